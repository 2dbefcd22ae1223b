import { useEffect, useState } from 'react'
import { Link } from 'react-router'
import { post } from '../../api/client.ts'
import { Refusal } from '../../parts/failure.tsx'
import { Status } from '../../parts/status.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/people.ts'
import { arrive } from './page.tsx'

/** The secret stands after the #, which browsers send to no server; it is good once. */
function takeLink(): string {
  const link = location.hash.slice(1)
  history.replaceState(history.state, '', location.pathname)
  return decodeURIComponent(link)
}

let signingIn: Promise<unknown> | undefined

/** Once for this load of the page: React mounts a view twice in development, and the link is good once. */
function signIn(): Promise<unknown> {
  signingIn ??= post('/api/plaza/sign-in-link', { link: takeLink() })
  return signingIn
}

export function SignInLinkPage() {
  const [error, setError] = useState<unknown>()
  const { link, signIn: signInWords } = words()
  useTitle(signInWords.title)
  useEffect(() => {
    signIn().then(() => arrive('/'), setError)
  }, [])
  return (
    <main className="sheet narrow">
      <header>
        <h1>{error ? link.refused : signInWords.busy}</h1>
      </header>
      {error ? (
        <div className="form">
          <Refusal error={error} />
          <Link className="button" to="/sign-in">
            {link.withPassword}
          </Link>
        </div>
      ) : (
        <Status tone="working">{link.opening}</Status>
      )}
    </main>
  )
}
