import { useMutation, useQuery } from '@tanstack/react-query'
import { ArrowLeft, ArrowRight, X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { useEffect, useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { post } from '../../api/client.ts'
import { openingQuery, spacePath, spaceQuery } from '../../api/queries.ts'
import type { SpaceDetail, SpaceSummary } from '../../api/types.ts'
import { Picture } from '../../parts/picture.tsx'
import { errorWords } from '../../parts/failure.tsx'
import { isTyping } from '../../parts/keyboard.ts'
import { useLike } from '../../parts/like.tsx'
import { sentences, serves, stageTone, stageWords } from '../../parts/stage.ts'
import { Status } from '../../parts/status.tsx'
import { Running } from '../../parts/time.tsx'
import { words } from '../../words/gallery.ts'
import { words as shared } from '../../words/shared.ts'
import { allowed, sandbox } from '../space/frame.tsx'
import { frameAddress } from '../space/origin.ts'

type Props = {
  id: string
  all: readonly SpaceSummary[]
  onMove: (id: string) => void
  onClose: () => void
}

/** The app in its frame; until its first picture the drawn one stands. */
function App({ space, sign }: { space: SpaceDetail; sign: string | undefined }) {
  const [painted, setPainted] = useState(false)
  const [address] = useState(() =>
    frameAddress({ space, search: '', hash: '', theme: document.documentElement.dataset['theme'], sign }),
  )
  return (
    <iframe
      className={painted ? 'painted' : undefined}
      src={address}
      title={space.title}
      sandbox={sandbox}
      allow={allowed}
      onLoad={() => setPainted(true)}
    />
  )
}

function PrivateApp({ space }: { space: SpaceDetail }) {
  const { data: sign } = useQuery(openingQuery(space.id))
  return sign ? <App space={space} sign={sign} /> : null
}

/** What it does while there is no app to show, over its own picture. */
function Meanwhile({ space }: { space: SpaceSummary }) {
  const { stage, phase, errorMessage } = space
  const { peek } = words()
  const reason = errorMessage ? sentences(errorMessage).first : undefined
  return (
    <output className="meanwhile">
      <Status tone={stage === 'SLEEPING' ? 'working' : stageTone(stage)}>
        {stage === 'SLEEPING' ? peek.waking : stageWords(space)}
        {stageTone(stage) === 'working' && phase && (
          <>
            {' '}
            <Running since={phase.startedAt} />
          </>
        )}
      </Status>
      {reason && <p>{reason}</p>}
      {stage === 'PAUSED' && <p>{peek.onlyOwner(space.owner)}</p>}
    </output>
  )
}

/** One look wakes a Space once: one that falls asleep under our eyes stays so. */
function useWake(space: SpaceDetail | undefined): unknown {
  const { mutate, error } = useMutation({ mutationFn: (id: string) => post(`${spacePath(id)}/wake`) })
  const woken = useRef('')
  useEffect(() => {
    if (!space || woken.current === space.id) return
    woken.current = space.id
    if (space.stage === 'SLEEPING') mutate(space.id)
  }, [space, mutate])
  return error
}

/** The running app over the gallery. Arrows go on, Enter opens its page, Escape returns to where one was. */
export function Peek({ id, all, onMove, onClose }: Props) {
  const { data, error } = useQuery(spaceQuery(id))
  const wakeError = useWake(data)
  const navigate = useNavigate()
  const like = useLike()
  const at = all.findIndex((space) => space.id === id)
  const space = data ?? all[at]
  const before = at > 0 ? all[at - 1]?.id : undefined
  const after = at >= 0 ? all[at + 1]?.id : undefined

  const latest = useRef({ before, after, space })
  useEffect(() => {
    latest.current = { before, after, space }
  })
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { before, after, space } = latest.current
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const onButton = event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement
      const back = event.key === 'ArrowLeft' || event.key === 'k'
      const to = back ? before : event.key === 'ArrowRight' || event.key === 'j' ? after : undefined
      if (to) onMove(to)
      else if (event.key === 'Enter' && !onButton) void navigate(`/spaces/${id}`)
      else if (event.key.toLowerCase() === 'l' && space) like(space)
      else if (event.key === ' ' && !onButton) onClose()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [id, like, navigate, onClose, onMove])

  const box = useRef<HTMLDivElement>(null)
  const { peek } = words()
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="floor">
          <Radix.Content
            ref={box}
            className="screen peekbox"
            aria-describedby={undefined}
            onOpenAutoFocus={(event) => {
              // The frame itself, so that arrows and Enter are ours and no button swallows them.
              event.preventDefault()
              box.current?.focus()
            }}
            // The grid gives the focus to the card (cards.tsx).
            onCloseAutoFocus={(event) => event.preventDefault()}
          >
            <div className="pic">
              {space && (
                <div className={serves(space.stage) ? 'last' : 'last dim'}>
                  <Picture key={space.id} space={space} eager smallFirst sizes="(max-width: 700px) 100vw, 1120px" />
                </div>
              )}
              {data && serves(data.stage) && data.visibility === 'public' && (
                <App key={data.id} space={data} sign={undefined} />
              )}
              {data && serves(data.stage) && data.visibility === 'private' && <PrivateApp key={data.id} space={data} />}
              {space && !serves(space.stage) && <Meanwhile space={space} />}
              {Boolean(error ?? wakeError) && (
                <div className="meanwhile" role="alert">
                  <p>{errorWords(error ?? wakeError)}</p>
                </div>
              )}
            </div>
            <div className="strip">
              <div>
                {space && <Status tone={stageTone(space.stage)}>{stageWords(space)}</Status>}
                {space && <span className="hw">{space.hardware}</span>}
              </div>
              <div>
                <button
                  type="button"
                  className="icon"
                  aria-label={peek.previous}
                  aria-disabled={!before || undefined}
                  onClick={() => before && onMove(before)}
                >
                  <ArrowLeft className="i" />
                </button>
                <Radix.Title asChild>
                  <h2>{space?.title ?? id}</h2>
                </Radix.Title>
                <button
                  type="button"
                  className="icon"
                  aria-label={peek.next}
                  aria-disabled={!after || undefined}
                  onClick={() => after && onMove(after)}
                >
                  <ArrowRight className="i" />
                </button>
              </div>
              <div>
                <Link className="button go" to={`/spaces/${id}`}>
                  {peek.open} <kbd>↵</kbd>
                </Link>
                <Radix.Close asChild>
                  <button type="button" className="icon" aria-label={shared().close}>
                    <X className="i" />
                  </button>
                </Radix.Close>
              </div>
            </div>
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
