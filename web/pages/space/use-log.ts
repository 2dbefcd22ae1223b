import { useEffect, useState } from 'react'
import { serverEvents } from '../../live/server-events.ts'
import { appendLog, emptyLog, type LogChunk, type LogText } from './log-text.ts'

export type LogState = 'loading' | 'live' | 'ended' | 'lost'

const firstWait = 1000
const longestWait = 15_000

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function chunkOf(data: string): LogChunk {
  const { timestamp, data: text }: { timestamp?: unknown; data?: unknown } = JSON.parse(data)
  return { timestamp: typeof timestamp === 'string' ? timestamp : '', data: typeof text === 'string' ? text : '' }
}

type Seen = { of: string; log: LogText; state: LogState }

/** Follows until the server ends the log; after a lost connection the log starts anew, since the server replays it. */
async function follow(path: string, show: (log: LogText, state: LogState) => void, signal: AbortSignal): Promise<void> {
  let pause = firstWait
  while (!signal.aborted) {
    let log = emptyLog
    let gathered: LogChunk[] = []
    let frame = 0
    const flush = () => {
      frame = 0
      log = appendLog(log, gathered)
      gathered = []
      show(log, 'live')
    }
    try {
      for await (const { data } of serverEvents(path, signal)) {
        gathered.push(chunkOf(data))
        pause = firstWait
        frame ||= requestAnimationFrame(flush)
      }
      cancelAnimationFrame(frame)
      show(appendLog(log, gathered), 'ended')
      return
    } catch {
      cancelAnimationFrame(frame)
      if (signal.aborted) return
      show(appendLog(log, gathered), 'lost')
      await wait(pause, signal)
      pause = Math.min(pause * 2, longestWait)
    }
  }
}

/**
 * A log as it grows. `generation` changes when the same address tells of something new (another run).
 * The lines of the log before stay until the first of the new one are there.
 */
export function useLog(path: string | undefined, generation: string): { log: LogText; state: LogState } {
  const of = `${path ?? ''} ${generation}`
  const [seen, setSeen] = useState<Seen>({ of, log: emptyLog, state: 'loading' })
  useEffect(() => {
    if (!path) return
    const stop = new AbortController()
    void follow(path, (log, state) => setSeen({ of: `${path} ${generation}`, log, state }), stop.signal)
    return () => stop.abort()
  }, [path, generation])
  if (seen.of === of) return { log: seen.log, state: seen.state }
  return { log: path && seen.of.startsWith(`${path} `) ? seen.log : emptyLog, state: 'loading' }
}
