/** Where visitors come in: head → route → access → wake → relay. */
import http, { type IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import type { Changes } from '../store/changes.ts'
import type { Store } from '../store/database.ts'
import { Access, type Credentials } from './access.ts'
import { AccessTokens } from './access-token.ts'
import { Activity } from './activity.ts'
import type { AddressSource } from './addresses.ts'
import {
  badRequest,
  isNavigation,
  misdirected,
  noAnswer,
  nothingHere,
  notRunning,
  type Refusal,
  refuse,
  starting,
  storeAway,
  tooLate,
  tooMany,
} from './answers.ts'
import { requestHeaders, type Visitor, withoutSign } from './forwarded-headers.ts'
import { type CheckedHead, checkHead, hostText, parseHost, type RequestHead } from './head.ts'
import { Occupancy, type OpenConnections } from './occupancy.ts'
import { type HttpRelay, relayHttp, type RelayOutcome, Upstreams } from './relay-http.ts'
import { relayWebsocket } from './relay-websocket.ts'
import { placeOf, Replicas } from './replicas.ts'
import { type Addresses, Routes, type SpaceRoute, type Target } from './routes.ts'
import { StageFeed } from './stage-feed.ts'
import { serveStatic } from './static.ts'
import { reservedPrefix } from './waiting-page.ts'
import { isWorthHolding, type StageAnswer, Wakes } from './wake.ts'

export type { Credentials, StageAnswer }

type ProxyLimits = {
  /** Requests and websockets held for a Space that starts: of one Space, and of all. */
  heldPerSpace: number
  held: number
  /** Milliseconds that one is held at most. */
  holdFor: number
  /** Milliseconds between two reports of activity. */
  touchEvery: number
}

const defaultLimits: ProxyLimits = { heldPerSpace: 1_000, held: 5_000, holdFor: 10 * 60_000, touchEvery: 2_000 }

export type ProxyOptions = {
  store: Store
  changes: Changes
  spacesDomain: string
  platformUrl: URL
  /** The install's own; a subkey of it signs access tokens and cookies. */
  key: Buffer
  /** Asked for private Spaces only, and its answer kept for some seconds. A PlazaError counts as no. */
  mayOpen: (spaceId: string, credentials: Credentials) => Promise<boolean>
  stageOf: (spaceId: string) => Promise<StageAnswer>
  /** Idempotent; the route appears later through `changes`. */
  wake: (spaceId: string) => Promise<void>
  /** Spaces in use, in batches; at once for the first. */
  touch: (spaceIds: readonly string[]) => Promise<void>
  limits?: Partial<ProxyLimits>
  /** Addresses or ranges (`10.0.0.0/8`) of the operator's own proxies in front: what they say of the visitor counts. */
  trustedProxies?: readonly string[]
}

/** Milliseconds until a request is tried again at an app that does not take it, doubled each time. */
const firstRetry = 250
const longestRetry = 2_000
/** An app that closes connections unanswered is asked so often in all. */
const attemptsUnanswered = 3
/** What a websocket's visitor may send before it is open, bytes. */
const maxEarly = 64 * 1024

/** A request or websocket under way. */
type Visit = {
  request: IncomingMessage
  response: ServerResponse
  upgrade: boolean
  whenLeft: () => AbortSignal
  relay: (relay: Omit<HttpRelay, 'onAnswer'> & { spaceId: string }) => Promise<RelayOutcome>
}

type Admitted = {
  spaceId: string
  visibility: SpaceRoute['visibility']
  head: CheckedHead
  /** Without `__sign`. */
  target: string
  cookies: readonly string[]
}

export class Proxy implements AsyncDisposable {
  readonly #options: ProxyOptions
  readonly #routes: Routes
  readonly #tokens: AccessTokens
  readonly #access: Access
  readonly #wakes: Wakes
  readonly #activity: Activity
  readonly #occupancy = new Occupancy()
  readonly #replicas: Replicas
  readonly #feed: StageFeed
  readonly #upstreams = new Upstreams()
  readonly #trusted: net.BlockList
  readonly #protocol: 'http' | 'https'
  /** Sockets that an HTTP server no longer counts as its own. */
  readonly #upgraded = new Set<net.Socket>()
  /** Spaces whose app lately took no connection: where, and when. */
  readonly #unreachable = new Map<string, { target: Target; at: number }>()

  constructor(options: ProxyOptions, routes: Routes) {
    const limits = { ...defaultLimits, ...options.limits }
    const { spacesDomain, platformUrl } = options
    this.#options = options
    this.#routes = routes
    this.#protocol = platformUrl.protocol === 'https:' ? 'https' : 'http'
    const isLocal = spacesDomain === 'localhost' || spacesDomain.endsWith('.localhost')
    this.#tokens = new AccessTokens(options.key)
    const secure = this.#protocol === 'https' || isLocal
    this.#access = new Access(this.#tokens, options.mayOpen, secure)
    this.#replicas = new Replicas(options.key, secure)
    this.#wakes = new Wakes(routes, options.stageOf, options.wake, limits)
    this.#activity = new Activity(options.touch, limits.touchEvery)
    this.#feed = new StageFeed(this.#wakes, options.stageOf, (spaceId) => this.#answers(spaceId))
    this.#trusted = blockList(options.trustedProxies ?? [])
  }

  /**
   * Whether a request is for a Space, known or not, and so never for the platform.
   * @param host the Host header. @param localAddress of the connection: at a Space's own address nobody else answers.
   */
  owns(host: string | undefined, localAddress?: string): boolean {
    if (this.#routes.find(plainAddress(localAddress))) return true
    const parsed = host === undefined ? undefined : parseHost(host)
    return parsed !== undefined && this.#routes.owns(parsed.name)
  }

  /** For `?__sign=`: lets that account open that Space, for minutes. */
  sign(spaceId: string, accountId: string): string {
    return this.#tokens.issue({ use: 'sign', spaceId, accountId }, Date.now())
  }

  /** For `AddressListeners`. */
  get addresses(): AddressSource {
    return { addresses: () => this.#routes.addresses(), on: (listener) => this.#routes.on(() => listener()) }
  }

  /** Resolves when visitors of a Space get what its rows say now. */
  async refresh(spaceId: string): Promise<void> {
    await this.#routes.refresh(spaceId)
  }

  /** What the proxy knows of a host now: where its requests go; undefined where there is no such Space. */
  targetOf(host: string): Target['kind'] | undefined {
    return this.#routes.find(host)?.target.kind
  }

  /** Requests and websockets that wait for a start now. */
  get held(): number {
    return this.#wakes.held
  }

  /** Who is in a Space now, as far as connections tell. */
  occupancy(spaceId: string): OpenConnections {
    return this.#occupancy.of(spaceId)
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    request.on('error', () => {})
    response.on('error', () => {})
    // Made only for those who wait: it costs more than all else here.
    const whenLeft = () => {
      const visitorLeft = new AbortController()
      if (response.closed) visitorLeft.abort()
      response.once('close', () => visitorLeft.abort())
      return visitorLeft.signal
    }
    const relay: Visit['relay'] = async (relay) => {
      const answered = this.#activity.begin(relay.spaceId)
      const leave = this.#occupancy.enter(relay.spaceId, 'requests')
      const leaveReplica = this.#replicas.enter(relay.target, 'requests')
      try {
        return await relayHttp(this.#upstreams, request, response, { ...relay, onAnswer: answered })
      } finally {
        leave()
        leaveReplica()
        answered()
      }
    }
    this.#serve({ request, response, upgrade: false, whenLeft, relay })
  }

  upgrade(request: IncomingMessage, socket: Duplex, first: Buffer): void {
    socket.on('error', () => {})
    if (!(socket instanceof net.Socket)) {
      socket.destroy()
      return
    }
    this.#upgraded.add(socket)
    socket.once('close', () => this.#upgraded.delete(socket))
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.on('error', () => {})
    response.assignSocket(socket)
    response.once('finish', () => socket.destroySoon())

    // Reading on is the only way to learn that a waiting visitor has left.
    const early: Buffer[] = first.length > 0 ? [first] : []
    let earlyBytes = first.length
    const visitorLeft = new AbortController()
    const leave = () => visitorLeft.abort()
    const collect = (piece: Buffer) => {
      early.push(piece)
      earlyBytes += piece.length
      if (earlyBytes > maxEarly) socket.pause()
    }
    const end = () => {
      leave()
      socket.destroy()
    }
    socket.on('data', collect).once('end', end).once('close', leave)
    const open = () => {
      socket.off('data', collect).off('end', end).off('close', leave)
      socket.pause()
      response.detachSocket(socket)
    }
    const relay: Visit['relay'] = async (relay) => {
      this.#activity.mark(relay.spaceId)
      const onOpen = () => {
        open()
        socket.once('close', this.#occupancy.enter(relay.spaceId, 'websockets'))
        socket.once('close', this.#replicas.enter(relay.target, 'websockets'))
      }
      return await relayWebsocket(this.#upstreams.doors, socket, response, { ...relay, early, onOpen })
    }
    this.#serve({ request, response, upgrade: true, whenLeft: () => visitorLeft.signal, relay })
  }

  closeWebsockets(): void {
    for (const socket of this.#upgraded) socket.destroy()
  }

  #serve(visit: Visit): void {
    const served = async () => {
      const admitted = await this.#admit(visit)
      if ('spaceId' in admitted) await this.#deliver(visit, admitted)
      else if ('status' in admitted) refuse(visit.request, visit.response, admitted)
    }
    // Only what the store answers can fail here.
    served().catch(() => refuse(visit.request, visit.response, storeAway))
  }

  /** Head, route, access: who may go on to which Space, or why not, or that it has been answered. */
  async #admit(visit: Visit): Promise<Admitted | Refusal | { answered: true }> {
    const { request, response, upgrade } = visit
    const head = checkHead(headOf(request))
    if ('fault' in head) {
      response.setHeader('Connection', 'close')
      return badRequest(head.fault)
    }
    if (upgrade && head.body.kind !== 'none' && !(head.body.kind === 'length' && Number(head.body.length) === 0)) {
      return badRequest('A websocket begins with a request without a body.')
    }
    const route = this.#routes.find(head.host.name)
    const here = this.#routes.find(plainAddress(request.socket.localAddress))
    // A page elsewhere whose name was pointed here (DNS rebinding) names itself, not this address.
    if (here && here !== route) return misdirected(hostText({ name: here.address ?? '', port: head.host.port }))
    const access = route && (await this.#access.check(route, head.target, request.rawHeaders))
    const moved = route ? undefined : this.#routes.findMoved(head.host.name)
    // Where a private one went is nobody's business.
    if (moved?.visibility === 'public' && !upgrade) {
      const host = hostText({ name: this.#routes.hostName(moved), port: head.host.port })
      response.writeHead(307, {
        Location: `${this.#protocol}://${host}${head.target}`,
        'Cache-Control': 'no-store',
        'Content-Length': 0,
      })
      response.end()
      return { answered: true }
    }
    if (!route || !access?.allowed) return this.#nothingHere(head)
    const target = withoutSign(head.target)
    const cookies = 'cookie' in access ? [access.cookie] : []
    if (cookies.length > 0 && isNavigation(request)) {
      response.writeHead(302, {
        Location: `${this.#protocol}://${hostText(head.host)}${target}`,
        'Set-Cookie': [...cookies],
        'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer',
        'Content-Length': 0,
      })
      response.end()
      return { answered: true }
    }
    if (target.startsWith(reservedPrefix)) {
      await this.#feed.answer(request, response, route.spaceId, target)
      return { answered: true }
    }
    return { spaceId: route.spaceId, visibility: route.visibility, head, target, cookies }
  }

  /** Wake and relay: to where the Space is now, again and again until it has answered or will not. */
  async #deliver(visit: Visit, admitted: Admitted): Promise<void> {
    const { request, response } = visit
    const { spaceId, visibility, head, target } = admitted
    const host = hostText(head.host)
    const since = Date.now()
    const unanswered = new Set<string>()
    let timesUnanswered = 0
    let signal: AbortSignal | undefined
    for (let tries = 0; ; tries++) {
      if (signal?.aborted) return
      const route = this.#routes.of(spaceId)
      // Deleted, or made private, while this one waited.
      if (!route || (route.visibility !== visibility && !(await this.#isOpen(route, visit, head)))) {
        refuse(request, response, this.#nothingHere(head))
        return
      }
      if (route.target.kind === 'static') {
        this.#activity.mark(spaceId)
        await serveStatic(request, response, target, { ...route.target, headers: route.headers })
        return
      }
      let reached: RelayOutcome = { outcome: 'refused' }
      if (route.target.kind === 'address') {
        reached = await this.#reach(visit, admitted, route.headers, route.target.addresses, unanswered)
        if (reached.outcome === 'done') {
          if (this.#unreachable.size > 0) this.#unreachable.delete(spaceId)
          return
        }
        if (reached.outcome === 'failed' && (!reached.repeatable || ++timesUnanswered >= attemptsUnanswered)) {
          refuse(request, response, noAnswer(reached.detail))
          return
        }
        this.#unreachable.set(spaceId, { target: route.target, at: Date.now() })
      }
      const stage = await this.#options.stageOf(spaceId)
      if (!isWorthHolding(stage)) {
        refuse(request, response, notRunning(stage, host, new Date()))
        return
      }
      if (isNavigation(request) && reached.outcome === 'refused') {
        this.#wakes.wake(spaceId)
        refuse(request, response, starting(stage, host, new Date()))
        return
      }
      signal ??= visit.whenLeft()
      const held = await this.#wakes.hold(spaceId, {
        signal,
        since,
        ...(route.target.kind === 'none' ? {} : { retryAfter: Math.min(firstRetry * 2 ** tries, longestRetry) }),
      })
      switch (held.outcome) {
        case 'ready':
          continue
        case 'gone':
          return
        case 'stopped':
          refuse(request, response, notRunning(held.stage, host, new Date()))
          return
        case 'full':
          refuse(request, response, tooMany)
          return
        case 'late':
          refuse(request, response, tooLate)
          return
      }
    }
  }

  /** To the visitor's replica; where that takes no connection, nothing of the request has been used up, and the next is tried. */
  async #reach(
    visit: Visit,
    { spaceId, head, target, cookies }: Admitted,
    ownHeaders: SpaceRoute['headers'],
    addresses: Addresses,
    unanswered: Set<string>,
  ): Promise<RelayOutcome> {
    const { request } = visit
    const visitor = this.#visitor(request)
    const headers = requestHeaders(request.rawHeaders, { ...head, visitor, upgrade: visit.upgrade })
    for (const { address, cookie } of this.#replicas.turns(addresses, request, visitor, unanswered)) {
      const reached = await visit.relay({
        spaceId,
        head: { ...head, target },
        headers,
        target: address,
        hostName: head.host.name,
        ownHeaders,
        cookies: cookie === undefined ? cookies : [...cookies, cookie],
        onBytes: () => this.#activity.mark(spaceId),
      })
      if (reached.outcome === 'refused') {
        this.#replicas.refused(address)
        continue
      }
      this.#replicas.answered(address)
      if (reached.outcome === 'failed') unanswered.add(placeOf(address))
      return reached
    }
    return { outcome: 'refused' }
  }

  async #isOpen(route: SpaceRoute, visit: Visit, head: CheckedHead): Promise<boolean> {
    return (await this.#access.check(route, head.target, visit.request.rawHeaders)).allowed
  }

  /** Whether a request would be taken now, as far as is known. */
  #answers(spaceId: string): boolean {
    const target = this.#routes.of(spaceId)?.target
    if (!target || target.kind === 'none') return false
    const failed = this.#unreachable.get(spaceId)
    return !failed || failed.target !== target || Date.now() - failed.at > longestRetry
  }

  #visitor(request: IncomingMessage): Visitor {
    const address = plainAddress(request.socket.remoteAddress)
    const family = net.isIPv6(address) ? 'ipv6' : 'ipv4'
    const trusted = net.isIP(address) !== 0 && this.#trusted.check(address, family)
    return { address, trusted, protocol: this.#protocol }
  }

  #nothingHere(head: CheckedHead): Refusal {
    const host = hostText(head.host)
    // The platform's page, which leads back here with a signed link.
    const signIn = new URL('/sign-in', this.#options.platformUrl)
    signIn.searchParams.set('space', `${this.#protocol}://${host}${withoutSign(head.target)}`)
    return nothingHere(host, signIn.href)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wakes[Symbol.dispose]()
    this.#feed[Symbol.dispose]()
    this.#routes[Symbol.dispose]()
    this.closeWebsockets()
    this.#upstreams[Symbol.dispose]()
    await this.#activity[Symbol.asyncDispose]()
  }
}

/** Reads the routes and follows them from then on. */
export async function openProxy(options: ProxyOptions): Promise<Proxy> {
  return new Proxy(options, await Routes.follow(options.store, options.changes, options.spacesDomain))
}

/**
 * The one server of an install's port: Spaces to the proxy, everything else to the platform. It takes strictly
 * formed HTTP only, and sets no limit on the time of a body or an answer.
 */
export function createProxyServer(platform: RequestListener, proxy: Proxy): http.Server {
  const isSpace = (request: IncomingMessage) => proxy.owns(request.headers.host, request.socket.localAddress)
  const dispatch = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => {
    if (isSpace(request)) {
      proxy.request(request, response)
      return
    }
    const head = checkHead(headOf(request))
    if ('fault' in head) {
      response.setHeader('Connection', 'close')
      refuse(request, response, badRequest(head.fault))
      return
    }
    if (awaitsContinue) response.writeContinue()
    platform(request, response)
  }
  const server = new ProxyServer(proxy, {
    insecureHTTPParser: false,
    requireHostHeader: true,
    maxHeaderSize: 64 * 1024,
    headersTimeout: 30_000,
    requestTimeout: 0,
    connectionsCheckingInterval: 5_000,
    // Longer than what load balancers in front keep (60 s), so that it is they who close.
    keepAliveTimeout: 75_000,
    noDelay: true,
    shouldUpgradeCallback: (request) =>
      request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket' && isSpace(request),
  })
  server.timeout = 0
  // Bounded by their size; a count would drop the last ones without a word.
  server.maxHeadersCount = 0
  server.on('request', (request, response) => dispatch(request, response, false))
  server.on('checkContinue', (request, response) => dispatch(request, response, true))
  server.on('upgrade', (request, socket, first) => proxy.upgrade(request, socket, first))
  server.on('connect', (_request, socket) => {
    socket.on('error', () => {})
    socket.end(
      'HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    )
  })
  return server
}

/** An HTTP server that closes its websockets too: `close()` waits for them, and Node leaves them to whoever has them. */
class ProxyServer extends http.Server {
  readonly #proxy: Proxy

  constructor(proxy: Proxy, options: http.ServerOptions) {
    super(options)
    this.#proxy = proxy
  }

  override closeAllConnections(): void {
    super.closeAllConnections()
    this.#proxy.closeWebsockets()
  }
}

function headOf(request: IncomingMessage): RequestHead {
  const { method = '', url = '', httpVersion, rawHeaders } = request
  return { method, url, httpVersion, rawHeaders }
}

/** A socket that listens on IPv6 too names IPv4 peers in IPv6's way. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}

function blockList(ranges: readonly string[]): net.BlockList {
  const list = new net.BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/', 2)
    const family = net.isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}
