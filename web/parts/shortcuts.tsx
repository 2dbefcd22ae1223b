import { Dialog } from './dialog.tsx'

const keys: readonly { keys: readonly string[]; words: string }[] = [
  { keys: ['/'], words: 'Search Spaces' },
  { keys: ['J', 'K'], words: 'Next and previous card; arrows work too' },
  { keys: ['space'], words: 'Peek at the card’s app; arrows go on to the next one' },
  { keys: ['↵'], words: 'Open its page' },
  { keys: ['L'], words: 'Like, or take it back' },
  { keys: ['T'], words: 'Find a file of a Space' },
  { keys: ['E'], words: 'Edit the file that is shown' },
  { keys: ['Ctrl S', '⌘ S'], words: 'Commit what is edited' },
  { keys: ['Ctrl K', '⌘ K'], words: 'Command palette' },
  { keys: ['?'], words: 'This list' },
  { keys: ['esc'], words: 'Close what floats' },
]

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" about="They work wherever no field has the cursor." open onClose={onClose}>
      <dl className="keys">
        {keys.map((one) => (
          <div key={one.words}>
            <dt>
              {one.keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{one.words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
