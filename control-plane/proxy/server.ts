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
import { badRequest, isNavigation, noAnswer, nothingHere, type Refusal, refuse, storeAway } from './answers.ts'
import { requestHeaders, type Visitor, withoutSign } from './forwarded-headers.ts'
import { type CheckedHead, checkHead, hostText, parseHost } from './head.ts'
import { type HttpRelay, relayHttp, type RelayOutcome, Upstreams } from './relay-http.ts'
import { relayWebsocket } from './relay-websocket.ts'
import { Routes, type SpaceRoute, type Target } from './routes.ts'
import { StageFeed } from './stage-feed.ts'
import { serveStatic } from './static.ts'
import { reservedPrefix, waitingPage } from './waiting-page.ts'
import { isWorthHolding, type StageAnswer, Wakes } from './wake.ts'

export type { Credentials, SpaceRoute, StageAnswer }

export type ProxyLimits = {
  /** Requests and websockets held for a Space that starts: of one Space, and of all. */
  heldPerSpace: number
  held: number
  /** Milliseconds that one is held at most. */
  holdFor: number
  /** Milliseconds between two reports of activity. */
  touchEvery: number
}

export const defaultLimits: ProxyLimits = { heldPerSpace: 1_000, held: 5_000, holdFor: 10 * 60_000, touchEvery: 5_000 }

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

export class Proxy implements AsyncDisposable {
  readonly #options: ProxyOptions
  readonly #routes: Routes
  readonly #tokens: AccessTokens
  readonly #access: Access
  readonly #wakes: Wakes
  readonly #activity: Activity
  readonly #feed: StageFeed
  readonly #upstreams = new Upstreams()
  readonly #trusted: net.BlockList
  readonly #protocol: 'http' | 'https'
  readonly #websockets = new Set<net.Socket>()
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
    this.#access = new Access(this.#tokens, options.mayOpen, this.#protocol === 'https' || isLocal)
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
    if (localAddress !== undefined && this.#routes.find(localAddress)) return true
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

  /** What the proxy knows of a host now: where its requests go; undefined where there is no such Space. */
  targetOf(host: string): Target['kind'] | undefined {
    return this.#routes.find(host)?.target.kind
  }

  /** Requests and websockets that wait for a start now. */
  get held(): number {
    return this.#wakes.held
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    request.on('error', () => {})
    response.on('error', () => {})
    const visitorLeft = new AbortController()
    response.once('close', () => visitorLeft.abort())
    this.#serve(request, response, { upgrade: false, signal: visitorLeft.signal }, async (relay) => {
      const answered = this.#activity.begin(relay.spaceId)
      try {
        return await relayHttp(this.#upstreams, request, response, { ...relay, onAnswer: answered })
      } finally {
        answered()
      }
    }).catch(() => refuse(request, response, storeAway))
  }

  upgrade(request: IncomingMessage, socket: Duplex, first: Buffer): void {
    socket.on('error', () => {})
    if (!(socket instanceof net.Socket)) {
      socket.destroy()
      return
    }
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
      this.#websockets.add(socket)
      socket.once('close', () => this.#websockets.delete(socket))
    }
    this.#serve(request, response, { upgrade: true, signal: visitorLeft.signal }, async (relay) => {
      this.#activity.mark(relay.spaceId)
      return await relayWebsocket(socket, response, { ...relay, early, onOpen: open })
    }).catch(() => refuse(request, response, storeAway))
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    { upgrade, signal }: { upgrade: boolean; signal: AbortSignal },
    relay: (relay: Omit<HttpRelay, 'onAnswer'> & { spaceId: string }) => Promise<RelayOutcome>,
  ): Promise<void> {
    const head = checkHead({
      method: request.method ?? '',
      url: request.url ?? '',
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
    })
    if ('fault' in head) {
      response.setHeader('Connection', 'close')
      refuse(request, response, badRequest(head.fault))
      return
    }
    if (upgrade && head.body.kind !== 'none' && !(head.body.kind === 'length' && Number(head.body.length) === 0)) {
      refuse(request, response, badRequest('A websocket begins with a request without a body.'))
      return
    }
    const route = this.#routes.find(head.host.name)
    const here = this.#routes.find(request.socket.localAddress ?? '')
    if (here && here !== route) {
      // A page elsewhere whose name was pointed here (DNS rebinding) names itself, not this address.
      refuse(request, response, {
        status: 421,
        error: 'This address belongs to one Space.',
        remedy: `Ask for ${hostText({ name: here.address ?? '', port: head.host.port })}.`,
        code: 'misdirected',
      })
      return
    }
    const access = route && (await this.#access.check(route, head.target, request.rawHeaders))
    if (!route || !access?.allowed) {
      refuse(request, response, nothingHere(hostText(head.host), this.#signInUrl(head)))
      return
    }
    const target = withoutSign(head.target)
    const cookies = 'cookie' in access ? [access.cookie] : []
    if (cookies.length > 0 && isNavigation(request)) {
      response.writeHead(302, {
        Location: `${this.#protocol}://${hostText(head.host)}${target}`,
        'Set-Cookie': cookies,
        'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer',
        'Content-Length': 0,
      })
      response.end()
      return
    }
    if (target.startsWith(reservedPrefix)) {
      await this.#feed.answer(request, response, route.spaceId, target)
      return
    }
    const { spaceId } = route
    const since = Date.now()
    let allowed = route
    let unanswered = 0
    for (let tries = 0; ; tries++) {
      const current = this.#routes.of(spaceId)
      if (signal.aborted) return
      // Made private, or deleted, while this one waited.
      if (current && current.visibility !== allowed.visibility) {
        if (!(await this.#access.check(current, head.target, request.rawHeaders)).allowed) {
          refuse(request, response, nothingHere(hostText(head.host), this.#signInUrl(head)))
          return
        }
        allowed = current
      }
      if (!current) {
        refuse(request, response, nothingHere(hostText(head.host), this.#signInUrl(head)))
        return
      }
      let reached: RelayOutcome = { outcome: 'refused' }
      switch (current.target.kind) {
        case 'static':
          this.#activity.mark(spaceId)
          await serveStatic(request, response, target, { ...current.target, headers: current.headers })
          return
        case 'address': {
          const visitor = this.#visitor(request)
          reached = await relay({
            spaceId,
            head: { ...head, target },
            headers: requestHeaders(request.rawHeaders, { ...head, visitor, upgrade }),
            target: current.target,
            hostName: head.host.name,
            ownHeaders: current.headers,
            cookies,
            onBytes: () => this.#activity.mark(spaceId),
          })
          break
        }
        case 'none':
          break
      }
      if (reached.outcome === 'done') {
        if (this.#unreachable.size > 0) this.#unreachable.delete(spaceId)
        return
      }
      if (reached.outcome === 'failed' && (!reached.repeatable || ++unanswered >= attemptsUnanswered)) {
        refuse(request, response, noAnswer(reached.detail))
        return
      }
      const routed = current.target.kind === 'address'
      if (routed) this.#unreachable.set(spaceId, { target: current.target, at: Date.now() })
      const stage = await this.#options.stageOf(spaceId)
      if (!isWorthHolding(stage)) {
        refuse(request, response, this.#stopped(stage, head))
        return
      }
      if (isNavigation(request) && reached.outcome === 'refused') {
        this.#wakes.wake(spaceId)
        refuse(request, response, this.#waiting(stage, head))
        return
      }
      const held = await this.#wakes.hold(spaceId, {
        signal,
        since,
        ...(routed ? { retryAfter: Math.min(firstRetry * 2 ** tries, longestRetry) } : {}),
      })
      switch (held.outcome) {
        case 'ready':
          continue
        case 'gone':
          return
        case 'stopped':
          refuse(request, response, this.#stopped(held.stage, head))
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

  /** Whether a request would be taken now, as far as is known. */
  #answers(spaceId: string): boolean {
    const target = this.#routes.of(spaceId)?.target
    if (!target || target.kind === 'none') return false
    const failed = this.#unreachable.get(spaceId)
    return !failed || failed.target !== target || Date.now() - failed.at > longestRetry
  }

  #waiting(stage: StageAnswer, head: CheckedHead): Refusal {
    return {
      // No 2xx: whoever is not a person must not take this page for the app's own.
      status: 503,
      error: `${stage.title} is starting.`,
      remedy: 'Try again in a few seconds.',
      code: 'starting',
      retryAfter: 2,
      page: waitingPage(stage, hostText(head.host), new Date()),
    }
  }

  #stopped(stage: StageAnswer, head: CheckedHead): Refusal {
    return {
      status: 503,
      error: stage.errorMessage ?? `${stage.title} is not running (${stage.stage}).`,
      remedy: `See ${stage.pageUrl}.`,
      code: 'not_running',
      retryAfter: 60,
      fields: { stage: stage.stage, errorMessage: stage.errorMessage ?? null },
      page: waitingPage(stage, hostText(head.host), new Date()),
    }
  }

  #visitor(request: IncomingMessage): Visitor {
    const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    const family = net.isIPv6(address) ? 'ipv6' : 'ipv4'
    const trusted = net.isIP(address) !== 0 && this.#trusted.check(address, family)
    return { address, trusted, protocol: this.#protocol }
  }

  /** The platform's page, which leads back here with a signed link. */
  #signInUrl(head: CheckedHead): string {
    const url = new URL('/sign-in', this.#options.platformUrl)
    url.searchParams.set('space', `${this.#protocol}://${hostText(head.host)}${withoutSign(head.target)}`)
    return url.href
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wakes[Symbol.dispose]()
    this.#feed[Symbol.dispose]()
    this.#routes[Symbol.dispose]()
    for (const socket of this.#websockets) socket.destroy()
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
    const head = checkHead({
      method: request.method ?? '',
      url: request.url ?? '',
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
    })
    if ('fault' in head) {
      response.setHeader('Connection', 'close')
      refuse(request, response, badRequest(head.fault))
      return
    }
    if (awaitsContinue) response.writeContinue()
    platform(request, response)
  }
  const server = http.createServer({
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

const tooMany: Refusal = {
  status: 503,
  error: 'Too many requests wait for this Space to start.',
  remedy: 'Try again in a few seconds.',
  code: 'unavailable',
  retryAfter: 5,
}

const tooLate: Refusal = {
  status: 503,
  error: 'The Space did not start in the time that a request is held.',
  remedy: 'Try again later; the page of the Space says how far it is.',
  code: 'unavailable',
  retryAfter: 30,
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
