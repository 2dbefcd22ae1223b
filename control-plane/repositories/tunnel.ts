/**
 * The way out for a git that fetches what a stranger named: a proxy (CONNECT, RFC 9110 §9.3.6) of its own, on loopback. The
 * name is resolved here, once, and the address that was judged is the one that is called, so neither a name that changes
 * its address nor a redirect leads anywhere else. It also counts, since git has no limit for what it fetches.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, isIP, type Socket } from 'node:net'
import { type Duplex, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PlazaError } from '../errors.ts'

export type Tunnel = AsyncDisposable & {
  /** For `https_proxy`; the secret in it keeps other users of this machine out. */
  address: string
  /** Why a call was refused, where one was. */
  refusal(): PlazaError | undefined
}

export type TunnelOptions = {
  /** Whether an IP address may be called. */
  allowed: (address: string) => boolean
  /** Bytes that may come back, of all calls together. */
  mostBytes: number
}

const connectLimit = 15_000

export async function openTunnel(options: TunnelOptions): Promise<Tunnel> {
  const secret = randomBytes(18).toString('base64url')
  const wanted = Buffer.from(`Basic ${Buffer.from(`plaza:${secret}`).toString('base64')}`)
  const sockets = new Set<Duplex>()
  let refusal: PlazaError | undefined
  let received = 0

  const server = createServer((_request, response) => response.writeHead(405).end())
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy())
    sockets.add(client)
    client.once('close', () => sockets.delete(client))
    if (!isSame(request.headers['proxy-authorization'], wanted)) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="Plaza"\r\n\r\n')
      return
    }
    carry(request.url ?? '', client, head).catch((error: unknown) => {
      if (error instanceof PlazaError) refusal ??= error
      if (!client.destroyed) client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    address: `http://plaza:${secret}@127.0.0.1:${port}`,
    refusal: () => refusal,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }

  async function carry(authority: string, client: Duplex, head: Buffer): Promise<void> {
    const far = await reach(authority, options.allowed)
    sockets.add(far)
    far.once('close', () => sockets.delete(far))
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    far.write(head)
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        received += chunk.length
        if (received <= options.mostBytes) return done(null, chunk)
        refusal ??= new PlazaError(
          'payload_too_large',
          `The repository is larger than ${Math.round(options.mostBytes / 1e6)} MB, the most that is imported.`,
          'Import it without its large files, or push the part that is needed.',
        )
        done(refusal)
      },
    })
    // How a connection ends is git's to report.
    await Promise.all([pipeline(client, far), pipeline(far, counted, client)]).catch(() => {
      client.destroy()
      far.destroy()
    })
  }
}

/** @throws PlazaError where the host has no address that may be called. */
async function reach(authority: string, allowed: TunnelOptions['allowed']): Promise<Socket> {
  const { hostname, port } = new URL(`https://${authority}`)
  const host = hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host)
    ? [host]
    : (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address)
  if (addresses.length === 0) {
    throw new PlazaError('unprocessable', `No address is known for ${host}.`, 'Correct the host’s name.')
  }
  // A name with one private address among others is a name that somebody prepared.
  if (!addresses.every(allowed)) {
    throw new PlazaError(
      'unprocessable',
      `${host} is inside a private network, which nothing is imported from.`,
      'Use a public address, or ask the operator to open this one.',
    )
  }
  for (const address of addresses) {
    const socket = connect({ host: address, port: Number(port || 443) })
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(connectLimit) })
      socket.on('error', () => socket.destroy())
      return socket
    } catch {
      socket.destroy()
    }
  }
  throw new PlazaError('unprocessable', `${host} does not answer.`, 'Try again later.')
}

function isSame(given: string | undefined, wanted: Buffer): boolean {
  const bytes = Buffer.from(given ?? '')
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted)
}
