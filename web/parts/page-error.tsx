import { Link, useRouteError } from 'react-router'
import { words } from '../words/shared.ts'
import { Button } from './button.tsx'
import { useTitle } from './title.ts'

/** A page that does not exist, or that one may not see: the two are told apart by nobody. */
export function NotFound({ what }: { what?: string }) {
  const { page } = words()
  useTitle(page.notFoundTitle)
  return (
    <main className="sheet">
      <header>
        <h1>{what ?? page.nothingHere}</h1>
        <p>{page.maybeGone}</p>
      </header>
      <Link className="button" to="/">
        {page.seeAll}
      </Link>
    </main>
  )
}

/** A bug in a page. The rest of Plaza goes on. */
export function PageError() {
  const error = useRouteError()
  const { page } = words()
  useTitle(page.errorTitle)
  // A page's code that is gone: the platform was updated while this tab was open.
  const updated = error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)
  return (
    <main className="sheet" role="alert">
      <header>
        <h1>{updated ? page.updated : page.stopped}</h1>
        <p>{updated ? page.updatedNext : error instanceof Error ? error.message : String(error)}</p>
      </header>
      <Button onClick={() => location.reload()}>{page.reload}</Button>
    </main>
  )
}
