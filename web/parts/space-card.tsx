import { Lock } from 'lucide-react'
import { Link } from 'react-router'
import type { SpaceSummary } from '../api/types.ts'
import { Drawn } from './drawn.tsx'
import { stageTone, stageWords } from './stage.ts'
import { Status } from './status.tsx'
import { Ago, Running } from './time.tsx'

function spaceLink(id: string): string {
  return `/spaces/${id}`
}

function Strip({ space }: { space: SpaceSummary }) {
  return (
    <div className="strip" title={space.errorMessage ?? undefined}>
      <Status tone={stageTone(space.stage)}>
        {stageWords(space)}
        {stageTone(space.stage) === 'working' && space.phase && (
          <>
            {' '}
            <Running since={space.phase.startedAt} />
          </>
        )}
      </Status>
      <span className="hw">{space.hardware}</span>
    </div>
  )
}

/** A Space in the gallery: one link over all of it. */
export function SpaceCard({ space }: { space: SpaceSummary }) {
  return (
    <li className="card" data-s={stageTone(space.stage)}>
      <div className="screen">
        <div className="pic">
          <Drawn {...space} />
        </div>
        <Strip space={space} />
      </div>
      <div className="words">
        <h3>
          <Link to={spaceLink(space.id)}>{space.title}</Link>
        </h3>
        {space.visibility === 'private' && (
          <span className="private">
            <Lock className="i" />
            Private
          </span>
        )}
        {space.shortDescription && <p className="about">{space.shortDescription}</p>}
        <p className="by">
          <Link to={`/?author=${encodeURIComponent(space.owner)}`}>{space.owner}</Link> · changed{' '}
          <Ago at={space.updatedAt} />
        </p>
      </div>
    </li>
  )
}

/** The wide one at the head of the gallery. `why` says truly why it stands there. */
export function FeaturedCard({ space, why }: { space: SpaceSummary; why: string }) {
  return (
    <li className="card feature screen" data-s={stageTone(space.stage)}>
      <div className="pic">
        <Drawn {...space} />
      </div>
      <div className="say">
        <p className="why">{why}</p>
        <h3>{space.title}</h3>
        <p>{space.shortDescription}</p>
        <p className="by">
          {space.owner} · changed <Ago at={space.updatedAt} />
        </p>
        <div className="do">
          <Link className="button go" to={spaceLink(space.id)} aria-label={`Open ${space.title}`}>
            Open
          </Link>
        </div>
        <Strip space={space} />
      </div>
    </li>
  )
}
