import type { SpaceDetail, Version } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { useRollback } from './acts.ts'
import { short } from './use-space.ts'

type Props = { space: SpaceDetail; version: Version | undefined; onClose: () => void }

/** Says what going back does, and what it leaves alone. */
export function RollbackDialog({ space, version, onClose }: Props) {
  const { mutate, isPending, error, reset } = useRollback(space.id, onClose)
  const close = () => {
    reset()
    onClose()
  }
  const serving = space.commits.running
  const meanwhile = serving ? `Visitors get ${short(serving)} until it answers.` : 'It opens as soon as it answers.'
  return (
    <Dialog
      title={version ? `Go back to “${version.title}”` : ''}
      about={
        <>
          Version <code>{version && short(version.sha)}</code> is what runs from now on. {meanwhile} The repository
          stays as it is, and the next push takes over as always.
        </>
      }
      open={version !== undefined}
      onClose={close}
    >
      <Refusal error={error} />
      <div className="do">
        <Button kind="bare" onClick={close}>
          Leave it
        </Button>
        <Button kind="ink" busy={isPending && 'Going back'} onClick={() => version && mutate(version.sha)}>
          Go back to {version && short(version.sha)}
        </Button>
      </div>
    </Dialog>
  )
}
