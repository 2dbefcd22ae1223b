/** Where visitors come in: head → route → access → wake → relay. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import type { Changes } from '../store/changes.ts'
import type { Store } from '../store/database.ts'
import { Access, type Credentials } from './access.ts'
import { AccessTokens } from './access-token.ts'
import { Activity } from './activity.ts'
import type { AddressSource } from './addresses.ts'
import { Admission } from './admission.ts'
import { refuse, storeAway } from './answers.ts'
import { Delivery } from './delivery.ts'
import { parseHost } from './head.ts'
import { Occupancy, type OpenConnections } from './occupancy.ts'
import { OpenVisits } from './open-visits.ts'
import { Upstreams } from './relay-http.ts'
import { Replicas } from './replicas.ts'
import { Routes, type Target } from './routes.ts'
import { StageFeed } from './stage-feed.ts'
import { requestVisit, type Traffic, type Visit, websocketVisit } from './visit.ts'
import { plainAddress, visitorsBehind } from './visitor.ts'
import { reservedPrefix } from './waiting-page.ts'
import { type StageAnswer, Wakes } from './wake.ts'

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

export class Proxy implements AsyncDisposable {
  readonly #routes: Routes
  readonly #tokens: AccessTokens
  readonly #admission: Admission
  readonly #wakes: Wakes
  readonly #delivery: Delivery
  readonly #feed: StageFeed
  readonly #traffic: Traffic
  readonly #open: OpenVisits
  /** Sockets that an HTTP server no longer counts as its own. */
  readonly #upgraded = new Set<net.Socket>()

  constructor(options: ProxyOptions, routes: Routes) {
    const limits = { ...defaultLimits, ...options.limits }
    const { key, spacesDomain, platformUrl, stageOf } = options
    this.#routes = routes
    const protocol = platformUrl.protocol === 'https:' ? 'https' : 'http'
    const isLocal = spacesDomain === 'localhost' || spacesDomain.endsWith('.localhost')
    const secure = protocol === 'https' || isLocal
    this.#tokens = new AccessTokens(key)
    const access = new Access(this.#tokens, options.mayOpen, secure)
    this.#admission = new Admission(routes, access, protocol, platformUrl)
    this.#open = new OpenVisits(routes, this.#admission)
    this.#wakes = new Wakes(routes, stageOf, options.wake, limits)
    this.#traffic = {
      upstreams: new Upstreams(),
      activity: new Activity(options.touch, limits.touchEvery),
      occupancy: new Occupancy(),
      replicas: new Replicas(key, secure),
    }
    this.#delivery = new Delivery({
      routes,
      admission: this.#admission,
      wakes: this.#wakes,
      traffic: this.#traffic,
      stageOf,
      visitorOf: visitorsBehind(options.trustedProxies ?? [], protocol),
    })
    this.#feed = new StageFeed(this.#wakes, stageOf, (spaceId) => this.#delivery.answers(spaceId))
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
    return this.#traffic.occupancy.of(spaceId)
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    this.#serve(requestVisit(request, response, this.#traffic))
  }

  upgrade(request: IncomingMessage, socket: Duplex, first: Buffer): void {
    socket.on('error', () => {})
    if (!(socket instanceof net.Socket)) {
      socket.destroy()
      return
    }
    this.#upgraded.add(socket)
    socket.once('close', () => this.#upgraded.delete(socket))
    this.#serve(websocketVisit(request, socket, first, this.#traffic))
  }

  closeWebsockets(): void {
    for (const socket of this.#upgraded) socket.destroy()
  }

  #serve(visit: Visit): void {
    const { request, response } = visit
    const served = async () => {
      const admitted = await this.#admission.admit(visit)
      if ('status' in admitted) refuse(request, response, admitted)
      if (!('spaceId' in admitted)) return
      const { spaceId, head, target } = admitted
      const isOfPlatform = target.startsWith(reservedPrefix)
      if ((visit.upgrade || isOfPlatform) && !request.socket.destroyed) {
        const end = () => request.socket.destroy()
        const over = visit.upgrade ? request.socket : response
        over.once('close', this.#open.enter(spaceId, { visit, head, end }))
      }
      if (isOfPlatform) await this.#feed.answer(request, response, spaceId, target)
      else await this.#delivery.deliver(visit, admitted)
    }
    // Only what the store answers can fail here.
    served().catch(() => refuse(request, response, storeAway))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wakes[Symbol.dispose]()
    this.#feed[Symbol.dispose]()
    this.#routes[Symbol.dispose]()
    this.closeWebsockets()
    this.#traffic.upstreams[Symbol.dispose]()
    await this.#traffic.activity[Symbol.asyncDispose]()
  }
}

/** Reads the routes and follows them from then on. */
export async function openProxy(options: ProxyOptions): Promise<Proxy> {
  return new Proxy(options, await Routes.follow(options.store, options.changes, options.spacesDomain))
}
