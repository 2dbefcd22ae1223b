import { useLocation } from 'react-router'
import { Link } from 'react-router'
import type { SpaceDetail } from '../../api/types.ts'
import { Mark } from '../../parts/mark.tsx'
import { working } from '../../parts/stage.ts'
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
  const live = space.commits.running === sha
  const failed = !live && !working(space.stage) && space.errorMessage
  return (
    <div className={failed ? 'notice bad committed' : 'notice ok committed'} aria-live="polite">
      <Mark name={live ? 'running' : failed ? 'failed' : 'working'} />
      <p>
        Committed{' '}
        <Link className="link mono" to={commitPlace(space.id, sha)}>
          {short(sha)}
        </Link>
        .{' '}
        {live ? (
          <>
            It is live.{' '}
            <Link className="link" to={`/spaces/${space.id}`}>
              Open the app
            </Link>
          </>
        ) : failed ? (
          <>
            {space.errorMessage}{' '}
            {space.may.logs && (
              <Link className="link" to={`/spaces/${space.id}/logs`}>
                Read its log
              </Link>
            )}
          </>
        ) : (
          <>
            It takes over once it is built and answers.{' '}
            {space.may.logs && (
              <Link className="link" to={`/spaces/${space.id}/logs`}>
                Follow its build
              </Link>
            )}
          </>
        )}
      </p>
    </div>
  )
}
