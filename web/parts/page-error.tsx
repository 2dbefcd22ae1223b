import { Link, useRouteError } from 'react-router'
import { Button } from './button.tsx'
import { useTitle } from './title.ts'

/** A page that does not exist, or that one may not see: the two are told apart by nobody. */
export function NotFound({ what = 'Nothing is at this address.' }: { what?: string }) {
  useTitle('Not found')
  return (
    <main className="sheet">
      <header>
        <h1>{what}</h1>
        <p>
          It may have been deleted or renamed, or it is private and you are not signed in as somebody who may see it.
        </p>
      </header>
      <Link className="button" to="/">
        See all Spaces
      </Link>
    </main>
  )
}

/** A bug in a page. The rest of Plaza goes on. */
export function PageError() {
  const error = useRouteError()
  useTitle('Error')
  // A page's code that is gone: the platform was updated while this tab was open.
  const updated = error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)
  return (
    <main className="sheet" role="alert">
      <header>
        <h1>{updated ? 'Plaza has been updated.' : 'This page stopped on an error.'}</h1>
        <p>
          {updated
            ? 'Load the page again to go on with the new version.'
            : error instanceof Error
              ? error.message
              : String(error)}
        </p>
      </header>
      <Button onClick={() => location.reload()}>Load the page again</Button>
    </main>
  )
}
