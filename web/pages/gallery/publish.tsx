import { lazy, Suspense } from 'react'
import { Link } from 'react-router'
import type { Me } from '../../api/types.ts'
import { words } from '../../words/gallery.ts'

const Starts = lazy(async () => ({ default: (await import('./starts.tsx')).Starts }))

/** Where no Space is yet: what would be here, and how it gets here. */
export function Publish({ me }: { me: Me | null | undefined }) {
  const { none, createSpace, signInToCreate } = words()
  return (
    <>
      <div className="empty">
        <p>{none}</p>
        {me ? (
          <Link className="button go" to="/new">
            {createSpace}
          </Link>
        ) : (
          <Link className="button go" to="/sign-in?next=/new">
            {signInToCreate}
          </Link>
        )}
      </div>
      <Suspense>
        <Starts me={me} />
      </Suspense>
    </>
  )
}
