/** What is known of replicas while the proxy runs: who is busy, who takes no connections, whose cookie is whose. */
import { createHmac, hkdfSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isNavigation } from './answers.ts'
import { cookieValues, inFrames } from './cookies.ts'
import type { Visitor } from './forwarded-headers.ts'
import { valuesOf } from './head.ts'
import { Occupancy, type OpenConnections } from './occupancy.ts'
import { type Caller, inTurn } from './replica.ts'
import type { Address, Addresses } from './routes.ts'

const replicaCookie = 'plaza-replica'

/** Milliseconds that a replica is passed over after it took no connection; by then the runtime has seen it too. */
const awayFor = 5_000
/** A connection to an address that nobody has any more takes seconds to fail, so they are kept in mind; so many at most. */
const rememberAtMost = 10_000

export type Turn = {
  address: Address
  /** The Set-Cookie value that keeps the caller at this replica; none where theirs already does. */
  cookie: string | undefined
}

export class Replicas {
  readonly #key: Buffer
  readonly #secure: boolean
  readonly #open = new Occupancy()
  readonly #away = new Map<string, number>()
  readonly #ids = new WeakMap<Address, string>()

  /**
   * @param key the install's own. Ids are made with a subkey: a cookie tells nobody where in the network an app runs.
   * @param secure as for `inFrames`.
   */
  constructor(key: Buffer, secure: boolean) {
    this.#key = Buffer.from(hkdfSync('sha256', key, '', 'plaza proxy replica', 32))
    this.#secure = secure
  }

  /** Counts a request or websocket at its replica until the returned function is called. */
  enter(address: Address, kind: keyof OpenConnections): () => void {
    return this.#open.enter(placeOf(address), kind)
  }

  /** It took no connection. One that ends a single request unanswered is none the worse for all others. */
  refused(address: Address): void {
    if (this.#away.size >= rememberAtMost) this.#away.clear()
    this.#away.set(placeOf(address), Date.now())
  }

  answered(address: Address): void {
    if (this.#away.size > 0) this.#away.delete(placeOf(address))
  }

  /**
   * Where to try a request, in this order. One replica is everybody's, and nobody gets a cookie for it.
   * @param unanswered places (`placeOf`) that have ended this request without an answer before.
   */
  *turns(
    addresses: Addresses,
    request: IncomingMessage,
    visitor: Visitor,
    unanswered: ReadonlySet<string>,
  ): Generator<Turn, void, void> {
    const [only, ...others] = addresses
    if (others.length === 0) {
      yield { address: only, cookie: undefined }
      return
    }
    const caller = callerOf(request, visitor)
    const replicas = addresses.map((address) => {
      const place = placeOf(address)
      const { requests, websockets } = this.#open.of(place)
      const isAway = unanswered.has(place) || this.#isAway(place)
      return { address, id: this.#idOf(address), open: requests + websockets, isAway }
    })
    for (const { address, id } of inTurn(replicas, caller)) {
      const cookie = `${replicaCookie}=${id}; Path=/; HttpOnly; ${inFrames(this.#secure)}`
      yield { address, cookie: caller.cookies.includes(id) ? undefined : cookie }
    }
  }

  #isAway(place: string): boolean {
    const at = this.#away.get(place)
    return at !== undefined && Date.now() - at < awayFor
  }

  #idOf(address: Address): string {
    const known = this.#ids.get(address)
    if (known !== undefined) return known
    const id = createHmac('sha256', this.#key).update(placeOf(address)).digest('base64url').slice(0, 16)
    this.#ids.set(address, id)
    return id
  }
}

export function placeOf({ host, port }: Address): string {
  return `${host}:${port}`
}

/**
 * The address that an operator's proxy names first is the visitor's; what a visitor invents there moves nobody else.
 * People behind one address who bring tokens of their own are told apart by them.
 */
function callerOf(request: IncomingMessage, visitor: Visitor): Caller {
  const { rawHeaders } = request
  const forwardedFor = visitor.trusted ? valuesOf(rawHeaders, 'x-forwarded-for').join(',').split(',')[0]?.trim() : ''
  const tokens = ['authorization', 'x-hf-authorization'].flatMap((name) => valuesOf(rawHeaders, name))
  return {
    cookies: cookieValues(rawHeaders, replicaCookie),
    opensPage: isNavigation(request),
    who: [forwardedFor || visitor.address, ...tokens].join(' '),
  }
}
