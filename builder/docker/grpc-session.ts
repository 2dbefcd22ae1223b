/**
 * The session of one build: BuildKit asks it for what may not lie in the context, the values of secrets and the
 * passwords of registries. It is gRPC over a connection that the engine turns round, so that we are its server.
 */
import { randomUUID } from 'node:crypto'
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import { fieldsOf, lengthField, numberField, textIn } from './protobuf.ts'

export type SessionOffer = {
  /** By id. */
  secrets: ReadonlyMap<string, Buffer>
  /** Name and password for a registry's host; undefined: none is known. */
  credentials: (host: string) => { username: string; password: string } | undefined
}

export type BuildSession = AsyncDisposable & { id: string }

/** `undefined`: there is none by that name, which BuildKit takes calmly. */
type Method = (request: Buffer) => Buffer | undefined

/** Messages of BuildKit's are names; more is none of them. Bytes. */
const longestRequest = 64 * 1024

export async function openSession(engine: Docker, offer: SessionOffer, signal: AbortSignal): Promise<BuildSession> {
  const methods = methodsOf(offer)
  const id = randomUUID()
  const socket = await hijack(engine, id, [...methods.keys()], signal)
  const session = performServerHandshake(socket)
  session.on('error', () => session.destroy())
  session.on('stream', (stream, headers) => answer(stream, methods.get(String(headers[':path']))))
  return { id, [Symbol.asyncDispose]: async () => end(session, socket) }
}

function methodsOf({ secrets, credentials }: SessionOffer): ReadonlyMap<string, Method> {
  return new Map<string, Method>([
    [
      '/moby.buildkit.secrets.v1.Secrets/GetSecret',
      (request) => {
        const secret = secrets.get(textIn(fieldsOf(request), 1) ?? '')
        return secret === undefined ? undefined : lengthField(1, secret)
      },
    ],
    [
      '/moby.filesync.v1.Auth/Credentials',
      (request) => {
        const found = credentials(textIn(fieldsOf(request), 1) ?? '')
        if (found === undefined) return Buffer.alloc(0)
        return Buffer.concat([lengthField(1, found.username), lengthField(2, found.password)])
      },
    ],
    // SERVING
    ['/grpc.health.v1.Health/Check', () => numberField(1, 1)],
  ])
}

function hijack(engine: Docker, id: string, methods: readonly string[], signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const dial = {
      path: '/session',
      method: 'POST',
      hijack: true,
      headers: {
        Upgrade: 'h2c',
        'X-Docker-Expose-Session-Uuid': id,
        'X-Docker-Expose-Session-Name': 'plaza',
        'X-Docker-Expose-Session-Grpc-Method': [...methods],
      },
      abortSignal: signal,
      statusCodes: { 200: true },
    }
    engine.modem.dial(dial, (error: unknown, socket: unknown) => {
      if (error === null) resolve(socket as Duplex)
      else reject(signal.aborted ? signal.reason : error)
    })
  })
}

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, for calls of one message each way. */
function answer(stream: ServerHttp2Stream, method: Method | undefined): void {
  stream.on('error', () => stream.destroy())
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > longestRequest) stream.destroy()
    else chunks.push(chunk)
  })
  stream.on('end', () => {
    const [status, message] = statusOf(method, Buffer.concat(chunks).subarray(5))
    if (stream.destroyed) return
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status) }))
    if (message === undefined) stream.end()
    else stream.end(framed(message))
  })
}

const [ok, notFound, unimplemented] = [0, 5, 12]

function statusOf(method: Method | undefined, request: Buffer): [number, Buffer | undefined] {
  if (method === undefined) return [unimplemented, undefined]
  const message = method(request)
  return message === undefined ? [notFound, undefined] : [ok, message]
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

function end(session: ServerHttp2Session, socket: Duplex): void {
  session.destroy()
  socket.destroy()
}
