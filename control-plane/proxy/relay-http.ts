/** One request to an app and its answer back, streamed both ways. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket, TcpNetConnectOpts } from 'node:net'
import type { Duplex } from 'node:stream'
import { Doors } from './doors.ts'
import type { CheckedHead } from './head.ts'
import { responseHeaders } from './forwarded-headers.ts'
import type { Address } from './routes.ts'

export type RelayOutcome =
  /** Answered, or ended together with the visitor. */
  | { outcome: 'done' }
  /** Nobody listens; nothing of the request has been used up. */
  | { outcome: 'refused' }
  /** The connection ended without an answer. `repeatable`: sending the request again cannot do anything twice. */
  | { outcome: 'failed'; detail: string; repeatable: boolean }

export type HttpRelay = {
  head: CheckedHead
  /** For the app, from `requestHeaders`. */
  headers: readonly string[]
  target: Address
  hostName: string
  /** Set on the answer, whatever the app says. */
  ownHeaders: Readonly<Record<string, string>>
  /** Set-Cookie values to add to the answer. */
  cookies: readonly string[]
  /** Called when bytes of either body pass, and once when the answer begins. */
  onBytes: () => void
  onAnswer: () => void
}

/** Milliseconds. */
const connectWithin = 5_000
/** What a visitor still sends after the answer has ended is read and dropped for so long, milliseconds. */
const lingerFor = 5_000
/** uvicorn, the server of most apps, closes idle connections after 5 s: leave them before it does. Milliseconds. */
const idleFor = 4_000
const maxAnswerHead = 64 * 1024

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Codes of a connection that never came about. */
const refusals = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
])

class DoorAgent extends http.Agent {
  readonly #doors: Doors

  constructor(doors: Doors, options: http.AgentOptions) {
    super({ ...options, maxTotalSockets: Infinity })
    this.#doors = doors
  }

  override createConnection(
    options: http.ClientRequestArgs,
    opened?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { host, port, ...rest } = options
    const target = { ...rest, host: host ?? undefined, port: Number(port) } as TcpNetConnectOpts
    this.#doors.connect(target, (socket) => opened?.(null, socket))
  }
}

/** Connections to apps. */
export class Upstreams implements Disposable {
  readonly doors = new Doors()
  readonly #kept = new DoorAgent(this.doors, { keepAlive: true, timeout: idleFor, maxFreeSockets: 64 })
  readonly #fresh = new DoorAgent(this.doors, { keepAlive: false })

  /**
   * A kept connection may be closed by the app in the instant of the next request. A request that can be repeated is;
   * any other gets a connection of its own.
   */
  agent(repeatable: boolean): http.Agent {
    return repeatable ? this.#kept : this.#fresh
  }

  [Symbol.dispose](): void {
    this.#kept.destroy()
    this.#fresh.destroy()
  }
}

export async function relayHttp(
  upstreams: Upstreams,
  request: IncomingMessage,
  response: ServerResponse,
  relay: HttpRelay,
): Promise<RelayOutcome> {
  const repeatable = idempotent.has(relay.head.method) && relay.head.body.kind === 'none'
  const first = await attempt(upstreams.agent(repeatable), request, response, relay, repeatable)
  // The kept connection was dead already. A new one tells whether the app is.
  if (first.outcome === 'failed' && first.repeatable && first.reused) {
    return await attempt(upstreams.agent(false), request, response, relay, repeatable)
  }
  return first
}

type Attempt =
  | Exclude<RelayOutcome, { outcome: 'failed' }>
  | (Extract<RelayOutcome, { outcome: 'failed' }> & { reused: boolean })

function attempt(
  agent: http.Agent,
  request: IncomingMessage,
  response: ServerResponse,
  relay: HttpRelay,
  repeatable: boolean,
): Promise<Attempt> {
  const { head, target } = relay
  return new Promise((resolve) => {
    let upstream: http.ClientRequest
    try {
      upstream = http.request({
        agent,
        host: target.host,
        port: target.port,
        method: head.method,
        path: head.target,
        headers: [...relay.headers],
        setDefaultHeaders: false,
        maxHeaderSize: maxAnswerHead,
        insecureHTTPParser: false,
      })
    } catch (error) {
      resolve({ outcome: 'failed', detail: messageOf(error), repeatable: false, reused: false })
      return
    }

    upstream.maxHeadersCount = 0
    let connected = false
    let answered = false
    let settled = false
    const settle = (outcome: Attempt) => {
      if (settled) return
      settled = true
      clearTimeout(connecting)
      response.off('close', visitorLeft)
      resolve(outcome)
    }
    const visitorLeft = () => {
      upstream.destroy()
      settle({ outcome: 'done' })
    }
    let connecting: NodeJS.Timeout | undefined
    response.once('close', visitorLeft)
    if (response.destroyed) visitorLeft()

    upstream.once('socket', (socket: Socket) => {
      const ready = () => {
        connected = true
        clearTimeout(connecting)
        if (!settled) send()
      }
      if (!socket.connecting) {
        ready()
        return
      }
      socket.once('connect', ready)
      connecting = setTimeout(() => {
        if (!connected) upstream.destroy(Object.assign(new Error('no connection'), { code: 'ETIMEDOUT' }))
      }, connectWithin)
    })
    const send = () => {
      if (head.body.kind === 'none') {
        upstream.end()
        return
      }
      request.on('data', relay.onBytes)
      request.pipe(upstream)
      // A visitor who vanishes in the middle of an upload must not look like one who has finished it.
      request.once('error', () => upstream.destroy())
    }
    const stopSending = () => {
      request.off('data', relay.onBytes)
      request.unpipe(upstream)
    }

    upstream.on('continue', () => {
      if (request.headers.expect !== undefined && !response.headersSent) response.writeContinue()
    })
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      if (answered) return
      stopSending()
      if (!connected && refusals.has(error.code ?? '')) settle({ outcome: 'refused' })
      else {
        // Nonsense is an answer too: asking again would not make it better.
        const spoke = error.code?.startsWith('HPE_') === true
        settle({
          outcome: 'failed',
          detail: describe(error),
          repeatable: repeatable && !spoke,
          reused: upstream.reusedSocket,
        })
      }
    })
    // 101 to a request that did not ask for it.
    upstream.on('upgrade', (_answer, socket: Socket) => {
      socket.destroy()
      stopSending()
      settle({ outcome: 'failed', detail: 'it switched to another protocol unasked', repeatable: false, reused: false })
    })
    upstream.on('response', (answer) => {
      answered = true
      response.off('close', visitorLeft)
      relay.onAnswer()
      try {
        const headers = responseHeaders(answer.rawHeaders, relay.hostName, relay.ownHeaders)
        for (const cookie of relay.cookies) headers.push('Set-Cookie', cookie)
        response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers)
      } catch (error) {
        answer.on('error', () => {})
        upstream.destroy()
        stopSending()
        settle({ outcome: 'failed', detail: messageOf(error), repeatable: false, reused: false })
        return
      }
      streamAnswer(answer, response, relay.onBytes, () => {
        stopSending()
        linger(request, upstream)
        settle({ outcome: 'done' })
      })
    })
  })
}

/** Passes each piece on as it comes. An answer that is cut is cut for the visitor too, never ended as if it were whole. */
export function streamAnswer(
  answer: IncomingMessage,
  response: ServerResponse,
  onBytes: () => void,
  ended: () => void,
): void {
  let begun = false
  const begin = () => {
    begun = true
  }
  answer.once('data', begin)
  answer.on('data', onBytes)
  // The head goes out with the first piece of the body where that is there already, and alone otherwise.
  setImmediate(() => {
    if (!begun && !answer.readableEnded && !response.destroyed) response.flushHeaders()
  })
  answer.on('error', () => cut(response))
  answer.once('close', () => {
    if (!answer.complete) cut(response)
  })
  response.once('close', () => {
    if (!answer.complete) answer.destroy()
    ended()
  })
  answer.pipe(response)
}

function cut(response: ServerResponse): void {
  if (response.writableFinished) return
  // HTTP/1.0 has no chunks: a plain close would be a proper end.
  if (response.req.httpVersion === '1.0') response.socket?.resetAndDestroy()
  response.destroy()
}

/** The app answered without reading all that is being sent: read on for a little, so that the answer is not lost to a reset. */
function linger(request: IncomingMessage, upstream: http.ClientRequest): void {
  if (request.complete || request.destroyed) return
  upstream.destroy()
  request.resume()
  const timer = setTimeout(() => request.destroy(), lingerFor).unref()
  request.once('close', () => clearTimeout(timer))
  request.once('end', () => clearTimeout(timer))
}

function describe(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNRESET') return 'it closed the connection'
  if (error.code?.startsWith('HPE_')) return `what it sent is not HTTP (${messageOf(error)})`
  return messageOf(error)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
