import { Link } from 'react-router'
import type { Me } from '../../api/types.ts'

/** Where no Space is yet: what would be here, and how it gets here. */
export function Publish({ me }: { me: Me | null | undefined }) {
  return (
    <div className="empty">
      <p>No Space yet. Create one, then push a repository to it.</p>
      {me ? (
        <Link className="button go" to="/new">
          Create a Space
        </Link>
      ) : (
        <Link className="button go" to="/sign-in?next=/new">
          Sign in to create one
        </Link>
      )}
    </div>
  )
}
