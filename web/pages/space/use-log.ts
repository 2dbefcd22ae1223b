import { useEffect, useState } from 'react'
import { serverNow } from '../../api/clock.ts'
import { serverEvents } from '../../live/server-events.ts'
import { appendLog, emptyLog, type LogChunk, logFile, type LogText } from './log-text.ts'

export type LogState = 'loading' | 'live' | 'ended' | 'lost'

const firstWait = 1000
const longestWait = 15_000
/** Lines that wait for the next frame. */
const mostGathered = 2000
/** Milliseconds without a line, after which a reader has all that there is. */
const quiet = 2000

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
        // A page that is not seen draws no frames.
        if (gathered.length >= mostGathered) {
          log = appendLog(log, gathered)
          gathered = []
        }
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

/** All that the server keeps of a log up to now, as a text file. */
export async function wholeLog(path: string): Promise<string> {
  const until = serverNow()
  const stop = new AbortController()
  let timer = setTimeout(() => stop.abort(), longestWait)
  const chunks: LogChunk[] = []
  try {
    for await (const { data } of serverEvents(path, stop.signal)) {
      const chunk = chunkOf(data)
      if (Date.parse(chunk.timestamp) > until) break
      chunks.push(chunk)
      clearTimeout(timer)
      timer = setTimeout(() => stop.abort(), quiet)
    }
  } catch (error) {
    // A log that is followed does not end; what was quiet is read to its end.
    if (!stop.signal.aborted || chunks.length === 0) throw error
  } finally {
    clearTimeout(timer)
  }
  return logFile(appendLog(emptyLog, chunks, Infinity))
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
