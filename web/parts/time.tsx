import { useEffect, useState } from 'react'
import { serverNow } from '../api/clock.ts'
import { ago, clock } from './duration.ts'

/** The server's time, anew every `every` milliseconds. */
export function useNow(every: number): number {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** `20 min ago`, exact on hover. */
export function Ago({ at }: { at: string }) {
  const now = useNow(30_000)
  return (
    <time dateTime={at} title={exact.format(new Date(at))}>
      {ago(now - Date.parse(at))}
    </time>
  )
}

/** A clock that runs since `since`: `0:42`. */
export function Running({ since }: { since: string }) {
  const now = useNow(1000)
  return (
    <time dateTime={since} title={`Since ${exact.format(new Date(since))}`}>
      {clock(now - Date.parse(since))}
    </time>
  )
}
