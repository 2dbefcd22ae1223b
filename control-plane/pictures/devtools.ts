/**
 * Chromium's DevTools protocol over a pipe: JSON messages, each ended by a NUL. What comes back may be written by a page
 * that has taken the browser over, so nothing of it is trusted beyond its shape and size.
 */
import { z } from 'zod'

const message = z.object({
  id: z.number().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  sessionId: z.string().optional(),
})

/** Bytes of one message. A picture of 1280×800 with noise all over is 3 MB in base64. */
const largest = 16 * 1024 * 1024

type Pending = { resolve: (result: unknown) => void; reject: (error: Error) => void }

export class DevTools {
  readonly #write: (text: string) => void
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Set<(method: string, params: unknown) => void>()
  #parts: string[] = []
  #size = 0
  #id = 0
  /** Why no more comes. */
  #ended: Error | undefined

  /** @param write gets whole messages. */
  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** Takes what the browser wrote, in whatever pieces. */
  receive(text: string): void {
    const pieces = text.split('\0')
    const last = pieces.pop() ?? ''
    for (const piece of pieces) {
      this.#take([...this.#parts, piece].join(''))
      this.#parts = []
      this.#size = 0
    }
    this.#parts.push(last)
    this.#size += last.length
    if (this.#size > largest) this.end(new Error('The browser said too much.'))
  }

  /** Events of every session; there is only one page. */
  on(listener: (method: string, params: unknown) => void): void {
    this.#listeners.add(listener)
  }

  /** @throws Error with the browser's words, or after `limit` milliseconds. */
  async command<T>(
    method: string,
    params: Readonly<Record<string, unknown>>,
    options: { answer: z.ZodType<T>; sessionId?: string; limit: number },
  ): Promise<T> {
    if (this.#ended) throw this.#ended
    const id = ++this.#id
    let timer: ReturnType<typeof setTimeout> | undefined
    try {
      const result = await new Promise<unknown>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject })
        timer = setTimeout(() => reject(new Late(`${method} took longer than ${options.limit} ms.`)), options.limit)
        const { sessionId } = options
        this.#write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`)
      })
      return options.answer.parse(result)
    } finally {
      clearTimeout(timer)
      this.#pending.delete(id)
    }
  }

  /** Whoever waits, waits no longer. */
  end(error: Error): void {
    this.#ended ??= error
    this.#parts = []
    this.#size = 0
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }

  #take(text: string): void {
    if (this.#ended) return
    const parsed = message.safeParse(json(text))
    // Before its first message the browser's wrapper may complain in words.
    if (!parsed.success) return
    const { id, result, error, method, params } = parsed.data
    if (id === undefined) {
      if (method !== undefined) for (const listener of this.#listeners) listener(method, params)
      return
    }
    const waiting = this.#pending.get(id)
    if (error) waiting?.reject(new Error(error.message))
    else waiting?.resolve(result)
  }
}

/** The browser is there and does not answer: mostly a page that keeps it busy. */
export class Late extends Error {}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
