/** A websocket to an app: two raw sockets and no frame parsed, after the app itself has agreed to it. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import net from 'node:net'
import type { Doors } from './doors.ts'
import { responseHeaders } from './forwarded-headers.ts'
import { type HttpRelay, type RelayOutcome, streamAnswer } from './relay-http.ts'

/** Milliseconds. */
const connectWithin = 5_000
/** A websocket that one side has ended is closed after this time even if the other side never ends it. */
const closeWithin = 30_000
/** TCP asks after a silent peer; without it one that lost its network would stay for ever. */
const askAfterSilence = 60_000

export type WebsocketRelay = Omit<HttpRelay, 'onAnswer'> & {
  /** What the visitor has sent beyond the head. */
  early: readonly Buffer[]
  /** The visitor's socket, paused, once it is a websocket: kept by the caller until it closes. */
  onOpen: () => void
}

/** @param response on the visitor's socket, for an app that does not agree. */
export function relayWebsocket(
  doors: Doors,
  client: net.Socket,
  response: ServerResponse,
  relay: WebsocketRelay,
): Promise<RelayOutcome> {
  return new Promise((resolve) => {
    let upstream: http.ClientRequest
    try {
      upstream = http.request({
        createConnection: (_options, opened) => {
          doors.connect({ ...relay.target, allowHalfOpen: true, noDelay: true }, (socket) => opened(null, socket))
          return undefined
        },
        method: 'GET',
        path: relay.head.target,
        headers: [...relay.headers],
        setDefaultHeaders: false,
        insecureHTTPParser: false,
      })
    } catch (error) {
      resolve({ outcome: 'failed', detail: messageOf(error), repeatable: false })
      return
    }
    let connected = false
    let answered = false
    const settle = (outcome: RelayOutcome) => {
      clearTimeout(connecting)
      client.off('close', visitorLeft)
      resolve(outcome)
    }
    const visitorLeft = () => {
      upstream.destroy()
      settle({ outcome: 'done' })
    }
    let connecting: NodeJS.Timeout | undefined
    client.once('close', visitorLeft)
    if (client.destroyed) visitorLeft()

    upstream.once('socket', (socket) => {
      const ready = () => {
        connected = true
        clearTimeout(connecting)
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
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      if (answered) return
      if (connected) settle({ outcome: 'failed', detail: messageOf(error), repeatable: true })
      else settle({ outcome: 'refused' })
    })
    upstream.on('response', (answer) => {
      answered = true
      settle({ outcome: 'done' })
      try {
        response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', answerHeaders(answer, relay))
      } catch {
        answer.on('error', () => {})
        upstream.destroy()
        client.destroy()
        return
      }
      streamAnswer(answer, response, relay.onBytes, () => upstream.destroy())
    })
    upstream.on('upgrade', (answer, app, head) => {
      answered = true
      settle({ outcome: 'done' })
      if (client.destroyed) {
        app.destroy()
        return
      }
      relay.onOpen()
      client.write(switchingProtocols(answer, relay), 'latin1')
      if (head.length > 0) client.write(head)
      for (const piece of relay.early) app.write(piece)
      join(client, app, relay.onBytes)
    })
    upstream.end()
  })
}

/** Passes bytes both ways, the end of either side too, until both have ended or one has broken. */
function join(client: net.Socket, app: Duplex, onBytes: () => void): void {
  for (const [from, to] of [
    [client, app],
    [app, client],
  ] as const) {
    from.on('data', onBytes)
    from.on('error', () => to.destroy())
    from.once('close', () => {
      // An end that was passed on closes by itself; a side that broke takes the other along.
      if (!from.readableEnded) to.destroy()
    })
    from.once('end', () => {
      const timer = setTimeout(() => {
        from.destroy()
        to.destroy()
      }, closeWithin).unref()
      to.once('close', () => clearTimeout(timer))
    })
    from.pipe(to)
  }
  for (const socket of [client, app]) {
    if (socket instanceof net.Socket) {
      socket.setTimeout(0)
      socket.setNoDelay(true)
      socket.setKeepAlive(true, askAfterSilence)
    }
  }
}

/** The app's own 101, with what it says of the protocol as it is. */
function switchingProtocols(answer: IncomingMessage, relay: WebsocketRelay): string {
  const headers = [
    'Upgrade',
    answer.headers.upgrade ?? 'websocket',
    'Connection',
    'Upgrade',
    ...answerHeaders(answer, relay),
  ]
  let head = 'HTTP/1.1 101 Switching Protocols\r\n'
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at] ?? ''}: ${headers[at + 1] ?? ''}\r\n`
  return `${head}\r\n`
}

function answerHeaders(answer: IncomingMessage, relay: WebsocketRelay): string[] {
  const headers = responseHeaders(answer.rawHeaders, relay.hostName, relay.ownHeaders)
  for (const cookie of relay.cookies) headers.push('Set-Cookie', cookie)
  return headers
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
