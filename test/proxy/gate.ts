/** The real proxy on a real port over a real store; what the other parts of Plaza would say is said by the test. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import type { Credentials } from '../../control-plane/proxy/access.ts'
import { openProxy, type Proxy, type ProxyOptions } from '../../control-plane/proxy/proxy.ts'
import type { Target } from '../../control-plane/proxy/routes.ts'
import { createProxyServer } from '../../control-plane/proxy/server.ts'
import type { StageAnswer } from '../../control-plane/proxy/wake.ts'
import { Changes, publish } from '../../control-plane/store/changes.ts'
import type { Store } from '../../control-plane/store/database.ts'

type SpaceOptions = {
  visibility?: 'public' | 'private'
  address?: string
  target?: Target
  stage?: Partial<StageAnswer>
  customHeaders?: Record<string, string>
}

export type Gate = AsyncDisposable & {
  proxy: Proxy
  server: http.Server
  port: number
  changes: Changes
  /** `Host` of a Space. */
  host(slug: string): string
  /** Makes a Space and returns its id. */
  space(slug: string, options?: SpaceOptions): Promise<string>
  route(spaceId: string, target: Target): Promise<void>
  stages: Map<string, StageAnswer>
  woken: string[]
  touched: string[]
  asked: Credentials[]
  /** Called for each wake. */
  onWake: (spaceId: string) => void
}

/** The bearer and the account that may open every private Space. */
export const friend = { bearer: 'hf_friend', accountId: 'account-friend' }

export async function openGate(store: Store, options: Partial<ProxyOptions> = {}): Promise<Gate> {
  const changes = await Changes.follow(store)
  const port = await freePort()
  const stages = new Map<string, StageAnswer>()
  await store.read
    .insertInto('accounts')
    .values({ id: 'owner', name: 'owner', name_key: 'owner', fullname: 'Owner', email: null, avatar: null })
    .execute()
  const proxy = await openProxy({
    store,
    changes,
    spacesDomain: 'spaces.localhost',
    platformUrl: new URL(`http://localhost:${port}`),
    key: randomBytes(32),
    mayOpen: async (_spaceId, credentials) => {
      gate.asked.push(credentials)
      return 'bearer' in credentials ? credentials.bearer === friend.bearer : credentials.accountId === friend.accountId
    },
    stageOf: async (spaceId) => stages.get(spaceId) ?? asleep,
    wake: async (spaceId) => {
      gate.woken.push(spaceId)
      gate.onWake(spaceId)
    },
    touch: async (spaceIds) => void gate.touched.push(...spaceIds),
    ...options,
  })
  const server = createProxyServer((request, response) => response.end(`platform ${request.url ?? ''}`), proxy)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const route = async (spaceId: string, target: Target) => {
    await store.transaction(async (tx) => {
      await tx.db.deleteFrom('routes').where('space_id', '=', spaceId).execute()
      if (target.kind !== 'none') {
        const place =
          target.kind === 'address'
            ? { addresses: JSON.stringify(target.addresses), root: null }
            : { addresses: null, root: target.root }
        await tx.db
          .insertInto('routes')
          .values({ space_id: spaceId, kind: target.kind, workload_id: null, sha: 'a'.repeat(40), ...place })
          .execute()
      }
      await publish(tx, { type: 'route', spaceId })
    })
  }
  const gate: Gate = {
    proxy,
    server,
    port,
    changes,
    host: (slug) => `${slug}.spaces.localhost:${port}`,
    space: async (slug, { visibility = 'public', address, target, stage, customHeaders = {} } = {}) => {
      const id = `space-${slug}`
      stages.set(id, { ...asleep, title: slug, ...stage })
      const known = new Promise<void>((resolve) => {
        const stop = proxy.addresses.on(() => {
          if (proxy.targetOf(`${slug}.spaces.localhost`) !== (target?.kind ?? 'none')) return
          stop()
          resolve()
        })
      })
      await store.transaction(async (tx) => {
        await tx.db
          .insertInto('spaces')
          .values({
            id,
            owner_id: 'owner',
            name: slug,
            name_key: slug,
            slug,
            address: address ?? null,
            sdk: null,
            visibility,
          })
          .execute()
        await tx.db
          .insertInto('commits')
          .values({
            space_id: id,
            sha: 'a'.repeat(40),
            title: '',
            author: '',
            account_id: null,
            authored_at: new Date(),
            plan: JSON.stringify({
              kind: 'static',
              appFile: target?.kind === 'static' ? target.appFile : 'index.html',
            }),
            card: JSON.stringify({ customHeaders }),
          })
          .execute()
        await publish(tx, { type: 'space', spaceId: id })
      })
      if (target) await route(id, target)
      await known
      return id
    },
    route,
    stages,
    woken: [],
    touched: [],
    asked: [],
    onWake: () => {},
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
      await changes[Symbol.asyncDispose]()
    },
  }
  return gate
}

const asleep: StageAnswer = {
  stage: 'SLEEPING',
  willStart: true,
  title: 'A Space',
  pageUrl: 'http://localhost/spaces/owner/a-space',
}

export const paused: StageAnswer = { ...asleep, stage: 'PAUSED', willStart: false }

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** An app: its address as a route's target. */
export async function openApp(
  listener: http.RequestListener,
): Promise<AsyncDisposable & { server: http.Server; target: Extract<Target, { kind: 'address' }> }> {
  const server = http.createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    server,
    target: { kind: 'address', addresses: [{ host: '127.0.0.1', port }] },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export type Answer = { status: number; headers: http.IncomingHttpHeaders; rawHeaders: string[]; body: string }

export type AskOptions = {
  path?: string
  method?: string
  headers?: Record<string, string | string[]>
  body?: string
  agent?: http.Agent
  localAddress?: string
}

/** One request to a Space, read to its end. Rejects when the answer is cut. */
export async function ask(gate: Gate, host: string, options: AskOptions = {}): Promise<Answer> {
  const request = http.request({
    host: options.localAddress ?? '127.0.0.1',
    port: gate.port,
    path: options.path ?? '/',
    method: options.method ?? 'GET',
    headers: { Host: host, ...options.headers },
    agent: options.agent ?? false,
  })
  request.end(options.body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  let body = ''
  response.setEncoding('utf8')
  for await (const piece of response) body += String(piece)
  return { status: response.statusCode ?? 0, headers: response.headers, rawHeaders: response.rawHeaders, body }
}

/** What a browser sends when a person opens an address. */
export const navigation = {
  Accept: 'text/html,application/xhtml+xml',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
}

/** Sends bytes as they are and returns everything that comes back until the connection is closed. */
export function sendRaw(port: number, bytes: string, limit = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    let received = ''
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`the connection stayed open; so far: ${received}`))
    }, limit)
    socket.on('data', (piece: Buffer) => {
      received += piece.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(received)
    })
    socket.write(bytes, 'latin1')
  })
}

/** Waits until it holds, asked again at every turn. */
export async function until(holds: () => boolean, limit = 5_000): Promise<void> {
  const end = Date.now() + limit
  while (!holds()) {
    if (Date.now() > end) throw new Error(`did not come to hold within ${limit} ms: ${holds.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
