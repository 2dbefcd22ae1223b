import { useMutation } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { Me, SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { CodeLines } from '../../parts/code.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Status } from '../../parts/status.tsx'
import { cardText, pushLines } from './first-push.ts'

function Lines({ space, me }: { space: SpaceDetail; me: Me }) {
  const { mutate, data, isPending, error } = useMutation({
    mutationFn: () => post<{ token: string }>('/api/plaza/tokens', { name: `push to ${space.name}`, role: 'write' }),
  })
  const card = cardText(space.title, space.sdk)
  return (
    <>
      <div>
        <Status tone="replaced">Nothing pushed yet</Status>
        <h2>Push a folder, and it runs here.</h2>
        <p>
          These three lines do it from a folder with your files. The log starts with the push, and the app opens on this
          page.
        </p>
        <div className="do">
          {data ? (
            <p className="once">
              The token is in the second line now. It is shown this once, so copy the lines before you leave.
            </p>
          ) : (
            <Button kind="go" busy={isPending && 'Creating a token'} onClick={() => mutate()}>
              Create a token for it
            </Button>
          )}
        </div>
        <Refusal error={error} />
      </div>
      <div className="said">
        <CodeLines
          label="Lines for your terminal"
          lines={pushLines({ gitUrl: space.gitUrl, user: me.name, token: data?.token })}
        />
        <div>
          <p className="caption">README.md starts with a card:</p>
          <div className="screen code">
            <pre>{card}</pre>
            <CopyButton text={card} label="Copy the card" />
          </div>
        </div>
      </div>
    </>
  )
}

/** What an empty Space shows: the way to fill it, for those who may. */
export function FirstPush({ space }: { space: SpaceDetail }) {
  const { me } = useSession()
  if (space.may.push && me) return <Lines space={space} me={me} />
  return (
    <div>
      <Status tone="replaced">Nothing pushed yet</Status>
      <h2>There is nothing here yet.</h2>
      <p>The page turns into the app when {space.owner} pushes one.</p>
    </div>
  )
}
