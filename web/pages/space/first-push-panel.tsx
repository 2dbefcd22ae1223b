import { useMutation } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { Me, SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { CodeLines } from '../../parts/code.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Status } from '../../parts/status.tsx'
import { words } from '../../words/space.ts'
import { cardText, pushLines } from './first-push.ts'

function Lines({ space, me }: { space: SpaceDetail; me: Me }) {
  const text = words().firstPush
  const { mutate, data, isPending, error } = useMutation({
    mutationFn: () => post<{ token: string }>('/api/plaza/tokens', { name: text.tokenName(space.name), role: 'write' }),
  })
  const card = cardText(space.title, space.sdk)
  return (
    <>
      <div>
        <Status tone="replaced">{text.nothing}</Status>
        <h2>{text.heading}</h2>
        <p>{text.about}</p>
        <div className="do">
          {data ? (
            <p className="once">{text.once}</p>
          ) : (
            <Button kind="go" busy={isPending && text.creating} onClick={() => mutate()}>
              {text.create}
            </Button>
          )}
        </div>
        <Refusal error={error} />
      </div>
      <div className="said">
        <CodeLines label={text.lines} lines={pushLines({ gitUrl: space.gitUrl, user: me.name, token: data?.token })} />
        <div>
          <p className="caption">{text.card}</p>
          <div className="screen code">
            <pre>{card}</pre>
            <CopyButton text={card} label={text.copyCard} />
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
  const text = words().firstPush
  return (
    <div>
      <Status tone="replaced">{text.nothing}</Status>
      <h2>{text.visitorHeading}</h2>
      <p>{text.visitorAbout(space.owner)}</p>
    </div>
  )
}
