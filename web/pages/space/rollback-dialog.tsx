import type { SpaceDetail, Version } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { words } from '../../words/space.ts'
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
  const { rollback } = words()
  const serving = space.commits.running
  const sha = version ? short(version.sha) : ''
  return (
    <Dialog
      title={version ? rollback.title(version.title) : ''}
      about={rollback.about(sha, serving ? short(serving) : undefined)}
      open={version !== undefined}
      onClose={close}
    >
      <Refusal error={error} />
      <div className="do">
        <Button kind="bare" onClick={close}>
          {rollback.leave}
        </Button>
        <Button kind="ink" busy={isPending && rollback.going} onClick={() => version && mutate(version.sha)}>
          {rollback.go(sha)}
        </Button>
      </div>
    </Dialog>
  )
}
