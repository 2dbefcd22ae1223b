import { words } from '../words/shared.ts'
import { Dialog } from './dialog.tsx'

function rows(): readonly { keys: readonly string[]; words: string }[] {
  const { keys } = words()
  return [
    { keys: ['/'], words: keys.search },
    { keys: ['J', 'K'], words: keys.move },
    { keys: [keys.space], words: keys.peek },
    { keys: ['↵'], words: keys.open },
    { keys: ['L'], words: keys.like },
    { keys: ['T'], words: keys.find },
    { keys: ['E'], words: keys.edit },
    { keys: ['Ctrl S', '⌘ S'], words: keys.commit },
    { keys: ['Ctrl K', '⌘ K'], words: keys.palette },
    { keys: ['?'], words: keys.list },
    { keys: [keys.escape], words: keys.close },
  ]
}

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const { keys } = words()
  return (
    <Dialog title={keys.title} about={keys.about} open onClose={onClose}>
      <dl className="keys">
        {rows().map((one) => (
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
