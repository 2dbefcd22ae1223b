import { useLocation } from 'react-router'
import { Link } from 'react-router'
import type { SpaceDetail } from '../../api/types.ts'
import { Mark } from '../../parts/mark.tsx'
import { working } from '../../parts/stage.ts'
import { words } from '../../words/files.ts'
import { short } from '../space/use-space.ts'
import { commitPlace } from './place.ts'

/** What a page is told that one comes to by a commit. */
export type CommittedState = { committed: string }

function committedOf(state: unknown): string | undefined {
  if (typeof state !== 'object' || state === null || !('committed' in state)) return undefined
  return typeof state.committed === 'string' ? state.committed : undefined
}

/** After a commit: which one it was, and the way to its build. */
export function CommittedNotice({ space }: { space: SpaceDetail }) {
  const sha = committedOf(useLocation().state)
  if (!sha) return null
  const say = words().committed
  const live = space.commits.running === sha
  const why = !live && !working(space.stage) && space.errorMessage
  const commit = (
    <Link className="link mono" to={commitPlace(space.id, sha)}>
      {short(sha)}
    </Link>
  )
  const log = (label: string) =>
    space.may.logs && (
      <Link className="link" to={`/spaces/${space.id}/logs`}>
        {label}
      </Link>
    )
  const open = (
    <Link className="link" to={`/spaces/${space.id}`}>
      {say.open}
    </Link>
  )
  return (
    <div className={why ? 'notice bad committed' : 'notice ok committed'} aria-live="polite">
      <Mark name={live ? 'running' : why ? 'failed' : 'working'} />
      <p>
        {live
          ? say.live(commit, open)
          : why
            ? say.failed(commit, why, log(say.read))
            : say.building(commit, log(say.follow))}
      </p>
    </div>
  )
}
