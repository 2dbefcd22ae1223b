/**
 * One stream of changes for the whole page: what the server says has changed becomes stale in the query cache.
 * After a gap everything is asked for again, since what happened meanwhile was not heard.
 */
import type { QueryClient } from '@tanstack/react-query'
import { refreshAll, refreshLists } from './lists.ts'
import { serverEvents } from './server-events.ts'

export type Connection = { state: 'connecting' | 'live' } | { state: 'lost'; since: number }

const firstWait = 500
const longestWait = 15_000
/** A tab that nobody looks at gives its connection back: browsers allow six per host. */
const hiddenFor = 30_000
/** A burst of changes (a build's phases) costs one request per resource. */
const gathered = 150

let connection: Connection = { state: 'connecting' }
const listeners = new Set<() => void>()

export function connectionNow(): Connection {
  return connection
}

export function onConnection(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function become(next: Connection): void {
  if (next.state === connection.state) return
  connection = next
  for (const listener of listeners) listener()
}

/** Collects the ids of changed Spaces and makes their queries stale together. */
function staleness(queries: QueryClient): (space: string | null) => void {
  const changed = new Set<string>()
  let isOneGone = false
  let timer: ReturnType<typeof setTimeout> | undefined
  return (space) => {
    // A deleted Space has no name any more: whichever is open asks whether it was that one.
    if (space === null) isOneGone = true
    else changed.add(space)
    timer ??= setTimeout(() => {
      timer = undefined
      if (isOneGone) void queries.invalidateQueries({ queryKey: ['space'] })
      else for (const id of changed) void queries.invalidateQueries({ queryKey: ['space', id] })
      isOneGone = false
      void refreshLists(queries, [...changed]).catch(() => queries.invalidateQueries({ queryKey: ['spaces'] }))
      changed.clear()
      void queries.invalidateQueries({ queryKey: ['admin'] })
    }, gathered)
  }
}

/** Waits, or less when the network or the person comes back. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      removeEventListener('online', done)
      document.removeEventListener('visibilitychange', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    addEventListener('online', done)
    document.addEventListener('visibilitychange', done)
    signal.addEventListener('abort', done)
  })
}

async function visible(signal: AbortSignal): Promise<void> {
  while (document.hidden && !signal.aborted) await pause(longestWait, signal)
}

/** Aborts once the tab has been hidden for a while, or with `stop`. */
function whileWatched(stop: AbortSignal): { signal: AbortSignal; end: () => void } {
  const away = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const turned = () => {
    clearTimeout(timer)
    if (document.hidden) timer = setTimeout(() => away.abort(), hiddenFor)
  }
  document.addEventListener('visibilitychange', turned)
  return {
    signal: AbortSignal.any([stop, away.signal]),
    end: () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', turned)
    },
  }
}

/** Follows the stream until `stop`; never throws. */
export async function followChanges(queries: QueryClient, stop: AbortSignal): Promise<void> {
  const stale = staleness(queries)
  let wait = firstWait
  let gap = false
  while (!stop.aborted) {
    await visible(stop)
    const watched = whileWatched(stop)
    // At first only what has changed since the page began to load; after a gap everything is asked for again.
    const path = gap ? '/api/plaza/events' : `/api/plaza/events?since=${Math.ceil(performance.now() / 1000) + 1}`
    try {
      for await (const { event, data } of serverEvents(path, watched.signal)) {
        if (connection.state !== 'live') {
          become({ state: 'live' })
          wait = firstWait
          if (gap) refreshAll(queries)
        }
        if (event === 'notifications') void queries.invalidateQueries({ queryKey: ['notifications'] })
        if (event !== 'change') continue
        const { space }: { space?: unknown } = JSON.parse(data)
        stale(typeof space === 'string' ? space : null)
      }
    } catch {
      // The wait below is the answer to every kind of failure.
    } finally {
      watched.end()
    }
    gap = true
    if (stop.aborted) return
    if (document.hidden) become({ state: 'connecting' })
    else become({ state: 'lost', since: Date.now() })
    await pause(wait * (0.75 + Math.random() / 2), stop)
    wait = Math.min(wait * 2, longestWait)
  }
}
