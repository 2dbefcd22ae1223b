import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from './queries.ts'
import type { Install, Me } from './types.ts'

/** Who is here and which install this is; both undefined until the first answer, `me` null when nobody is signed in. */
export function useSession(): { me: Me | null | undefined; install: Install | undefined } {
  const { data } = useQuery(sessionQuery)
  return { me: data?.me, install: data?.install }
}

/** The page that one comes back to after signing in: only ever one of this origin's. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/'
}
