import { useEffect, useState, useSyncExternalStore } from 'react'
import { connectionNow, onConnection } from '../live/stream.ts'
import { intlLanguage } from '../words/language.ts'
import { words } from '../words/shared.ts'
import { Mark } from './mark.tsx'

/** A restart of the platform takes less; nobody needs to hear of it. */
const unnoticed = 3000

/** Says that what one sees may be old, and since when. */
export function OfflineLine() {
  const connection = useSyncExternalStore(onConnection, connectionNow)
  const [late, setLate] = useState(false)
  const since = connection.state === 'lost' ? connection.since : undefined
  useEffect(() => {
    if (since === undefined) return
    const timer = setTimeout(() => setLate(true), unnoticed)
    return () => {
      clearTimeout(timer)
      setLate(false)
    }
  }, [since])
  return (
    <div aria-live="polite">
      {since !== undefined && late && (
        <p className="offline">
          <Mark name="working" />
          {words().offline(new Intl.DateTimeFormat(intlLanguage(), { timeStyle: 'short' }).format(since))}
        </p>
      )}
    </div>
  )
}
