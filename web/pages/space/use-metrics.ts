import { useEffect, useState } from 'react'
import { hubPath } from '../../api/queries.ts'
import type { Metrics } from '../../api/types.ts'
import { serverEvents } from '../../live/server-events.ts'

/** As they came, the newest last; one a second. */
export type Samples = readonly Metrics[]

/** Two minutes. */
const kept = 120
const firstWait = 1_000
const longestWait = 15_000

/**
 * What a Space uses, while somebody looks: a hidden tab gives its connection back at once, since a browser allows six per
 * host over all of its tabs.
 */
export function useMetrics(id: string): Samples {
  const [seen, setSeen] = useState<{ id: string; samples: Samples }>({ id, samples: [] })
  useEffect(() => {
    const over = new AbortController()
    let watching = new AbortController()
    const watch = () => {
      watching.abort()
      watching = new AbortController()
      if (document.hidden) return
      void follow(id, AbortSignal.any([over.signal, watching.signal]), (metrics) =>
        setSeen((before) => ({ id, samples: [...(before.id === id ? before.samples : []), metrics].slice(-kept) })),
      )
    }
    watch()
    document.addEventListener('visibilitychange', watch)
    return () => {
      document.removeEventListener('visibilitychange', watch)
      over.abort()
    }
  }, [id])
  return seen.id === id ? seen.samples : []
}

async function follow(id: string, signal: AbortSignal, hear: (metrics: Metrics) => void): Promise<void> {
  let wait = firstWait
  while (!signal.aborted) {
    try {
      for await (const { data } of serverEvents(`${hubPath(id)}/metrics`, signal)) {
        hear(JSON.parse(data) as Metrics)
        wait = firstWait
      }
    } catch {
      // The stream of changes tells that the connection is lost; this one only tries again.
    }
    await pause(wait, signal)
    wait = Math.min(wait * 2, longestWait)
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
