import { Lock } from 'lucide-react'
import { memo } from 'react'
import { Link } from 'react-router'
import type { SpaceSummary } from '../api/types.ts'
import { said } from '../words/said.ts'
import { words } from '../words/shared.ts'
import { LikeButton } from './like.tsx'
import { Picture } from './picture.tsx'
import { stageTone, stageWords } from './stage.ts'
import { Status } from './status.tsx'
import { Ago, Running } from './time.tsx'

function spaceLink(id: string): string {
  return `/spaces/${id}`
}

/** Below a second it wakes at once; nobody counts tenths. */
function stripWords(space: SpaceSummary): string {
  if (space.stage !== 'SLEEPING' || space.lastStartSeconds === undefined) return stageWords(space)
  return words().asleepWakesIn(Math.max(1, Math.round(space.lastStartSeconds)))
}

function Strip({ space, onPeek }: { space: SpaceSummary; onPeek?: (id: string) => void }) {
  const { card } = words()
  return (
    <div className="strip" title={space.errorMessage === undefined ? undefined : said(space.errorMessage)}>
      <Status tone={stageTone(space.stage)}>
        {stripWords(space)}
        {stageTone(space.stage) === 'working' && space.phase && (
          <>
            {' '}
            <Running since={space.phase.startedAt} />
          </>
        )}
      </Status>
      <span className="hw">{space.hardware}</span>
      {onPeek && (
        <button type="button" className="peek" aria-label={card.peekAt(space.title)} onClick={() => onPeek(space.id)}>
          {card.peek} <kbd data-key={card.spaceKey} />
        </button>
      )}
    </div>
  )
}

function By({ space }: { space: SpaceSummary }) {
  return words().card.by(
    <Link to={`/?author=${encodeURIComponent(space.owner)}`}>
      <span className="cut">{space.owner}</span>
    </Link>,
    <Ago at={space.updatedAt} />,
  )
}

type Props = {
  space: SpaceSummary
  /** Which one of how many it is: of a long list only a part is in the page. */
  place: number
  places: number | undefined
  isNew?: boolean
  eager?: boolean
  onPeek: (id: string) => void
}

/** A Space in the gallery: one link over all of it; author, like and Peek lie above it. */
export const SpaceCard = memo(function SpaceCard(props: Props) {
  const { space, place, places, isNew = false, eager = false, onPeek } = props
  return (
    <li
      className={isNew ? 'card new' : 'card'}
      data-s={stageTone(space.stage)}
      data-id={space.id}
      aria-posinset={place}
      aria-setsize={places ?? -1}
    >
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
        {/* Its line is kept where it says nothing: all rows are of one height. */}
        <p className="about">{space.shortDescription}</p>
        <p className="by">
          <By space={space} />
          {space.visibility === 'private' && (
            <span className="private">
              <Lock className="i" />
              {words().card.private}
            </span>
          )}
        </p>
      </div>
    </li>
  )
})

/** The wide one at the head of the gallery. `why` says truly why it stands there. */
export function FeaturedCard({ space, place, places, why, onPeek }: Props & { why: string }) {
  const { card } = words()
  return (
    <li
      className="card feature screen"
      data-s={stageTone(space.stage)}
      data-id={space.id}
      aria-posinset={place}
      aria-setsize={places ?? -1}
    >
      <div className="pic">
        <Picture space={space} eager sizes="(max-width: 700px) 92vw, 820px" />
      </div>
      <div className="say">
        <p className="why">{why}</p>
        <h3>{space.title}</h3>
        <p className="about">{space.shortDescription}</p>
        <p className="by">
          <By space={space} />
        </p>
        <LikeButton space={space} kind="like" />
        <div className="do">
          <Link className="button go" to={spaceLink(space.id)} aria-label={card.openSpace(space.title)}>
            {card.open}
          </Link>
          <button
            type="button"
            className="button"
            aria-label={card.peekAt(space.title)}
            onClick={() => onPeek(space.id)}
          >
            {card.peek} <kbd data-key={card.spaceKey} />
          </button>
        </div>
        <Strip space={space} />
      </div>
    </li>
  )
}
