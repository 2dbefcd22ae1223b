import { useEffect, useState, useSyncExternalStore } from 'react'
import { serverNow } from '../api/clock.ts'
import { intlLanguage } from '../words/language.ts'
import { words } from '../words/shared.ts'
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

let format: Intl.DateTimeFormat | undefined

/** The exact time, in this person's zone. */
export function exact(at: string): string {
  format ??= new Intl.DateTimeFormat(intlLanguage(), { dateStyle: 'medium', timeStyle: 'medium' })
  return format.format(new Date(at))
}

const listeners = new Set<() => void>()
let ticking: ReturnType<typeof setInterval> | undefined

/** One timer for all ages on a page: a gallery may show thousands. */
function everyHalfMinute(listener: () => void): () => void {
  listeners.add(listener)
  ticking ??= setInterval(() => listeners.forEach((tell) => tell()), 30_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(ticking)
    ticking = undefined
  }
}

/** `20 min ago`, exact on hover. Drawn again only when the words change. */
export function Ago({ at }: { at: string }) {
  const words = useSyncExternalStore(everyHalfMinute, () => ago(serverNow() - Date.parse(at)))
  return (
    <time dateTime={at} title={exact(at)}>
      {words}
    </time>
  )
}

/** A clock that runs since `since`: `0:42`. */
export function Running({ since }: { since: string }) {
  const now = useNow(1000)
  return (
    <time dateTime={since} title={words().time.since(exact(since))}>
      {clock(now - Date.parse(since))}
    </time>
  )
}
