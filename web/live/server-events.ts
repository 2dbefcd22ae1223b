import { EventSourceParserStream } from 'eventsource-parser/stream'
import { words } from '../words/shared.ts'

export type ServerEvent = { event: string; data: string }

/**
 * Server-sent events of one request, in order. Ends when the server ends the answer; throws when it is cut off or
 * refused, or when nothing at all (not even a heartbeat) came for `silence` milliseconds.
 * EventSource is not used because it cannot tell a finished log from a lost connection and replays it for ever.
 */
export async function* serverEvents(path: string, signal: AbortSignal, silence = 45_000): AsyncGenerator<ServerEvent> {
  const quiet = new AbortController()
  let timer = setTimeout(() => quiet.abort(), silence)
  try {
    const response = await fetch(path, {
      headers: { accept: 'text/event-stream' },
      signal: AbortSignal.any([signal, quiet.signal]),
    })
    if (!response.ok || !response.body) throw new Error(words().failure.answered(response.status))
    const heard = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        clearTimeout(timer)
        timer = setTimeout(() => quiet.abort(), silence)
        controller.enqueue(chunk)
      },
    })
    const reader = response.body
      .pipeThrough(heard)
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
      .getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield { event: value.event ?? 'message', data: value.data }
    }
  } finally {
    clearTimeout(timer)
    quiet.abort()
  }
}
