import { lazy, Suspense } from 'react'
import { useSession } from '../api/session.ts'

// Its list, words and menu come after the first paint.
const BellMenu = lazy(async () => ({ default: (await import('./bell-menu.tsx')).BellMenu }))

/** What has failed of one's own Spaces; nothing for visitors. */
export function Bell() {
  const { me } = useSession()
  if (!me) return null
  return (
    <Suspense fallback={<span className="icon" />}>
      <BellMenu />
    </Suspense>
  )
}
