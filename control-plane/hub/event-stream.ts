/** A server-sent event stream: opened at once, never buffered, ended by whoever leaves first. */
import { once } from 'node:events'
import type { Response } from 'express'

export type EventStream = {
  /** Aborted when the reader has gone, or was told that this is the end. */
  signal: AbortSignal
  /** Resolves when the reader can take more. */
  send(payload: unknown, event?: string): Promise<void>
  end(): void
}

/** Milliseconds between two comments, which keep proxies and the page from taking a quiet stream for a lost one. */
const heartbeat = 15_000

export function openEventStream(response: Response): EventStream {
  const gone = new AbortController()
  const beating = setInterval(() => response.write(':\n\n'), heartbeat)
  gone.signal.addEventListener('abort', () => clearInterval(beating))
  response.on('close', () => gone.abort())
  response.on('error', () => gone.abort())
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  })
  response.flushHeaders()
  /** One wait however many writes a slow reader holds up. */
  let drained: Promise<unknown> | undefined
  return {
    signal: gone.signal,
    async send(payload, event) {
      if (gone.signal.aborted) return
      const fits = response.write(`${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(payload)}\n\n`)
      if (fits) return
      drained ??= once(response, 'drain', { signal: gone.signal })
        .catch(() => {})
        .finally(() => (drained = undefined))
      await drained
    },
    end() {
      gone.abort()
      response.end()
    },
  }
}
