import { Lock } from 'lucide-react'
import { memo } from 'react'
import { Link } from 'react-router'
import type { SpaceSummary } from '../api/types.ts'
import { LikeButton } from './like.tsx'
import { Picture } from './picture.tsx'
import { stageTone, stageWords } from './stage.ts'
import { Status } from './status.tsx'
import { Ago, Running } from './time.tsx'

function spaceLink(id: string): string {
  return `/spaces/${id}`
}

/** Below a second it wakes at once; nobody counts tenths. */
function WakesIn({ space }: { space: SpaceSummary }) {
  if (space.stage !== 'SLEEPING' || space.lastStartSeconds === undefined) return null
  return <>, wakes in {Math.max(1, Math.round(space.lastStartSeconds))} s</>
}

function Strip({ space, onPeek }: { space: SpaceSummary; onPeek?: (id: string) => void }) {
  return (
    <div className="strip" title={space.errorMessage ?? undefined}>
      <Status tone={stageTone(space.stage)}>
        {stageWords(space)}
        <WakesIn space={space} />
        {stageTone(space.stage) === 'working' && space.phase && (
          <>
            {' '}
            <Running since={space.phase.startedAt} />
          </>
        )}
      </Status>
      <span className="hw">{space.hardware}</span>
      {onPeek && (
        <button type="button" className="peek" aria-label={`Peek at ${space.title}`} onClick={() => onPeek(space.id)}>
          Peek <kbd>space</kbd>
        </button>
      )}
    </div>
  )
}

type Props = { space: SpaceSummary; isNew?: boolean; eager?: boolean; onPeek: (id: string) => void }

/** A Space in the gallery: one link over all of it; author, like and Peek lie above it. */
export const SpaceCard = memo(function SpaceCard({ space, isNew = false, eager = false, onPeek }: Props) {
  return (
    <li className={isNew ? 'card new' : 'card'} data-s={stageTone(space.stage)} data-id={space.id}>
      <div className="screen">
        <div className="pic">
          <Picture space={space} eager={eager} />
        </div>
        <Strip space={space} onPeek={onPeek} />
      </div>
      <div className="words">
        <h3>
          <Link to={spaceLink(space.id)}>{space.title}</Link>
        </h3>
        <LikeButton space={space} kind="like" />
        {space.shortDescription && <p className="about">{space.shortDescription}</p>}
        <p className="by">
          <Link to={`/?author=${encodeURIComponent(space.owner)}`}>{space.owner}</Link> · changed{' '}
          <Ago at={space.updatedAt} />
          {space.visibility === 'private' && (
            <span className="private">
              <Lock className="i" />
              Private
            </span>
          )}
        </p>
      </div>
    </li>
  )
})

/** The wide one at the head of the gallery. `why` says truly why it stands there. */
export function FeaturedCard({ space, why, onPeek }: Props & { why: string }) {
  return (
    <li className="card feature screen" data-s={stageTone(space.stage)} data-id={space.id}>
      <div className="pic">
        <Picture space={space} eager sizes="(max-width: 700px) 92vw, 820px" />
      </div>
      <div className="say">
        <p className="why">{why}</p>
        <h3>{space.title}</h3>
        <p className="about">{space.shortDescription}</p>
        <p className="by">
          <Link to={`/?author=${encodeURIComponent(space.owner)}`}>{space.owner}</Link> · changed{' '}
          <Ago at={space.updatedAt} />
        </p>
        <LikeButton space={space} kind="like" />
        <div className="do">
          <Link className="button go" to={spaceLink(space.id)} aria-label={`Open ${space.title}`}>
            Open
          </Link>
          <button
            type="button"
            className="button"
            aria-label={`Peek at ${space.title}`}
            onClick={() => onPeek(space.id)}
          >
            Peek <kbd>space</kbd>
          </button>
        </div>
        <Strip space={space} />
      </div>
    </li>
  )
}
