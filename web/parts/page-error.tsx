import { useEffect, useState } from 'react'
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

/** As Chromium, Firefox and Safari say it of a script, and Vite of a style sheet. */
const missingCode = /dynamically imported module|module script|unable to preload css/i
const reloadedAt = 'plaza-reloaded-at'
/** Milliseconds in which a second failure is no passing one any more. */
const again = 30_000

/**
 * A page's code that did not come: the platform was updated while this tab was open, or the network changed under the
 * request, as it does on a machine whose containers come and go. Loading anew mends both; once, since a third cause would not
 * go away by it.
 */
function useReload(isCodeMissing: boolean): boolean {
  const [reloads] = useState(() => {
    if (!isCodeMissing) return false
    const before = Number(sessionStorage.getItem(reloadedAt) ?? 0)
    return Date.now() - before > again
  })
  useEffect(() => {
    if (!reloads) return
    sessionStorage.setItem(reloadedAt, String(Date.now()))
    location.reload()
  }, [reloads])
  return reloads
}

/** A bug in a page. The rest of Plaza goes on. */
export function PageError() {
  const error = useRouteError()
  const { page } = words()
  useTitle(page.errorTitle)
  const updated = error instanceof Error && missingCode.test(error.message)
  if (useReload(updated)) return <main className="sheet" aria-busy="true" />
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
