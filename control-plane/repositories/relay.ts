/** One request and one git: streams both ways with backpressure, and an end for git when its client is gone or silent. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Gunzip, createGunzip } from 'node:zlib'
import { PlazaError } from '../errors.ts'
import { type GitProcess, collectWords, end, ended } from './git.ts'

export type Relay = {
  child: GitProcess
  request: IncomingMessage
  /** What git reads: the request, decoded. */
  body: IncomingMessage | Gunzip
  response: ServerResponse
  /** Sends status and headers; called at git's first byte, so that a git which says nothing can still become an error. */
  begin(): void
  /** Whether git goes on when the client has left after sending everything. A whole push is a push. */
  finishes: boolean
  /** Milliseconds without a byte in either direction. */
  idleLimit: number
}

/** Ends with git; the response stays open for its last byte. `words` is what git wrote to its stderr. */
export async function relay(parts: Relay): Promise<{ exitCode: number | null; words: string }> {
  const { child, request, body, response, finishes, idleLimit } = parts
  const stop = (): void => end(child)
  const idle = setTimeout(() => {
    stop()
    // A client that reads nothing would let git's last words wait for ever.
    response.destroy()
  }, idleLimit)
  const words = collectWords(child.stderr)

  body.on('data', () => idle.refresh())
  body.on('error', stop)
  request.on('error', stop)
  body.pipe(child.stdin)
  child.stdin.once('error', () => {
    // git has seen enough. The rest is read and dropped, since the client listens only once it has sent everything.
    body.unpipe(child.stdin)
    body.resume()
  })

  child.stdout.once('data', () => {
    if (!response.headersSent && !response.destroyed) parts.begin()
  })
  child.stdout.on('data', () => idle.refresh())
  child.stdout.pipe(response, { end: false })
  const left = (): void => {
    child.stdout.unpipe(response)
    child.stdout.resume()
    if (!response.writableEnded && !(finishes && request.complete)) stop()
  }
  response.once('close', left)
  if (response.destroyed) left()
  try {
    return { exitCode: await ended(child), words: words() }
  } finally {
    clearTimeout(idle)
  }
}

/** git clients compress requests of more than a kilobyte. @throws PlazaError for another encoding. */
export function decoded(request: IncomingMessage): IncomingMessage | Gunzip {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return request
  if (encoding === 'gzip' || encoding === 'x-gzip') return request.pipe(createGunzip())
  throw new PlazaError('bad_request', `Content-Encoding ${encoding} is not understood.`, 'Send gzip or none.')
}
