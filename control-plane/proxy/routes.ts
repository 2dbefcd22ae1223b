/** Host → Space, in memory, following the rows. */
import { sql } from 'kysely'
import type { Changes } from '../store/changes.ts'
import type { Store } from '../store/database.ts'

export type SpaceRoute = {
  spaceId: string
  slug: string
  /** What it was reached by before it was renamed. */
  formerSlugs: readonly string[]
  visibility: 'public' | 'private'
  /** Its own loopback address, on an install that people reach at localhost. */
  address: string | undefined
  target: Target
  /** Headers that the running commit's card asks for. */
  headers: Readonly<Record<string, string>>
}

export type Target =
  /** One a replica. */
  | { kind: 'address'; addresses: Addresses }
  | { kind: 'static'; root: string; appFile: string }
  /** Asleep, building, failed, … */
  | { kind: 'none' }

export type Address = { host: string; port: number }
export type Addresses = readonly [Address, ...Address[]]

/** How long to wait before asking a store again that did not answer, milliseconds. */
const askAgainAfter = 250

export class Routes implements Disposable {
  readonly #store: Store
  readonly #spacesDomain: string
  readonly #spaces = new Map<string, SpaceRoute>()
  /** Host names and loopback addresses. A Map: `constructor` and `__proto__` are hosts like any other. */
  readonly #hosts = new Map<string, string>()
  /** Hosts that a Space had before: another one may have them now. */
  readonly #formerHosts = new Map<string, string>()
  readonly #listeners = new Set<(spaceId: string) => void>()
  readonly #pending = new Set<string>()
  #reading: Promise<void> | undefined
  #stop: () => void = () => {}
  #stopped = false

  private constructor(store: Store, spacesDomain: string) {
    this.#store = store
    this.#spacesDomain = spacesDomain.toLowerCase()
  }

  static async follow(store: Store, changes: Changes, spacesDomain: string): Promise<Routes> {
    const routes = new Routes(store, spacesDomain)
    // First the ear, then the rows: what happens in between is read twice, not missed.
    routes.#stop = changes.on((batch) => {
      for (const change of batch) {
        if (change.type === 'space' || change.type === 'route') routes.#pending.add(change.spaceId)
        else routes.#tell(change.spaceId)
      }
      void routes.#catchUp()
    })
    for (const route of await read(store)) routes.#put(route)
    return routes
  }

  /** @param name lower case, without port. */
  find(name: string): SpaceRoute | undefined {
    const spaceId = this.#hosts.get(name)
    return spaceId === undefined ? undefined : this.#spaces.get(spaceId)
  }

  /** The Space that had this host before it was renamed. */
  findMoved(name: string): SpaceRoute | undefined {
    const spaceId = this.#formerHosts.get(name)
    return spaceId === undefined ? undefined : this.#spaces.get(spaceId)
  }

  of(spaceId: string): SpaceRoute | undefined {
    return this.#spaces.get(spaceId)
  }

  /** Whether a host belongs to Spaces, known or not: below their domain, or a Space's own address. */
  owns(name: string): boolean {
    return name.endsWith(`.${this.#spacesDomain}`) || this.#hosts.has(name)
  }

  hostName({ slug }: { slug: string }): string {
    return `${slug}.${this.#spacesDomain}`
  }

  *addresses(): IterableIterator<string> {
    for (const route of this.#spaces.values()) if (route.address !== undefined) yield route.address
  }

  /** Calls `listener` after anything about a Space may have changed, its route or only its stage. */
  on(listener: (spaceId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when this Space's rows, as they are now, are what visitors get. */
  async refresh(spaceId: string): Promise<void> {
    this.#pending.add(spaceId)
    await this.#catchUp()
  }

  /** One reading at a time, in order: whoever comes meanwhile waits for the same one, which goes on until nothing is left. */
  async #catchUp(): Promise<void> {
    while (this.#pending.size > 0 && !this.#stopped) {
      this.#reading ??= this.#readPending().finally(() => {
        this.#reading = undefined
      })
      await this.#reading
    }
  }

  async #readPending(): Promise<void> {
    while (this.#pending.size > 0 && !this.#stopped) {
      const ids = [...this.#pending]
      this.#pending.clear()
      let rows: SpaceRoute[]
      try {
        rows = await read(this.#store, ids)
      } catch {
        for (const id of ids) this.#pending.add(id)
        await new Promise((resolve) => setTimeout(resolve, askAgainAfter).unref())
        continue
      }
      const found = new Map(rows.map((row) => [row.spaceId, row]))
      for (const id of ids) {
        const route = found.get(id)
        if (route) this.#put(route)
        else this.#remove(id)
        this.#tell(id)
      }
    }
  }

  #put(route: SpaceRoute): void {
    this.#remove(route.spaceId)
    this.#spaces.set(route.spaceId, route)
    this.#hosts.set(this.hostName(route), route.spaceId)
    if (route.address !== undefined) this.#hosts.set(route.address, route.spaceId)
    for (const slug of route.formerSlugs) this.#formerHosts.set(this.hostName({ slug }), route.spaceId)
  }

  #remove(spaceId: string): void {
    const route = this.#spaces.get(spaceId)
    if (!route) return
    this.#spaces.delete(spaceId)
    // A slug may have gone to another Space meanwhile: only what still is this Space's.
    for (const host of [this.hostName(route), route.address]) {
      if (host !== undefined && this.#hosts.get(host) === spaceId) this.#hosts.delete(host)
    }
    for (const slug of route.formerSlugs) {
      const host = this.hostName({ slug })
      if (this.#formerHosts.get(host) === spaceId) this.#formerHosts.delete(host)
    }
  }

  #tell(spaceId: string): void {
    for (const listener of this.#listeners) listener(spaceId)
  }

  [Symbol.dispose](): void {
    this.#stopped = true
    this.#stop()
    this.#listeners.clear()
  }
}

async function read(store: Store, ids?: readonly string[]): Promise<SpaceRoute[]> {
  let query = store.read
    .selectFrom('spaces')
    .leftJoin('routes', 'routes.space_id', 'spaces.id')
    .leftJoin('commits', (join) =>
      join.onRef('commits.space_id', '=', 'routes.space_id').onRef('commits.sha', '=', 'routes.sha'),
    )
    .where('spaces.deleted_at', 'is', null)
    .select([
      'spaces.id',
      'spaces.slug',
      'spaces.visibility',
      'spaces.address',
      'routes.kind',
      'routes.addresses',
      'routes.root',
      sql<string[] | null>`(select array_agg(lower(redirects.slug)) from redirects
        where redirects.space_id = spaces.id and redirects.slug is not null and lower(redirects.slug) <> lower(spaces.slug))`.as(
        'former_slugs',
      ),
      sql<string | null>`commits.plan ->> 'appFile'`.as('app_file'),
      sql<Record<string, string> | null>`commits.card -> 'customHeaders'`.as('headers'),
    ])
  if (ids) query = query.where('spaces.id', 'in', ids)
  const rows = await query.execute()
  return rows.map((row) => ({
    spaceId: row.id,
    slug: row.slug.toLowerCase(),
    formerSlugs: row.former_slugs ?? [],
    visibility: row.visibility,
    address: row.address ?? undefined,
    target: targetOf(row),
    headers: row.headers ?? {},
  }))
}

function targetOf(row: {
  kind: 'address' | 'static' | null
  addresses: readonly Address[] | null
  root: string | null
  app_file: string | null
}): Target {
  const [first, ...others] = row.addresses ?? []
  if (row.kind === 'address' && first) return { kind: 'address', addresses: [first, ...others] }
  if (row.kind === 'static' && row.root !== null) {
    return { kind: 'static', root: row.root, appFile: row.app_file ?? 'index.html' }
  }
  return { kind: 'none' }
}
