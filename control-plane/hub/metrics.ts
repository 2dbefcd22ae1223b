/** `GET /api/spaces/{id}/metrics`: what a Space uses and who is in it, once a second while somebody watches. */
import { Router } from 'express'
import type { Runtime, Usage } from '../../runtime/runtime.ts'
import { type Flavor, flavorOf } from '../scheduling/flavors.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'
import type { EventStream } from './event-stream.ts'
import type { OpenStreams } from './open-streams.ts'

/** The hub's names, and beside them what Plaza knows more. */
export type Metrics = {
  /** Of the cores that its hardware has, 0 to 100. */
  cpu_usage_pct: number
  /** Thousandths of a core that its hardware has; 0 while nothing runs. */
  cpu_millicores: number
  memory_used_bytes: number
  memory_total_bytes: number
  rx_bps: number
  tx_bps: number
  gpus: Record<string, never>
  replica: string
  /** Open now, through the proxy. */
  requests: number
  websockets: number
  /** How many are here, by what is open: tabs of the app, or of its page. */
  people: number
}

export type MetricsParts = {
  store: Store
  access: Access
  streams: OpenStreams
  runtime: Pick<Runtime, 'usage'>
  flavors: readonly Flavor[]
  occupancy(spaceId: string): { requests: number; websockets: number }
}

const every = 1_000

type Sample = { workload: string; at: number; usage: Usage }

export function metricsRouter(parts: MetricsParts): Router {
  const router = Router()
  const meters = new Map<string, Meter>()

  router.get('/api/spaces/:owner/:name/metrics', async (request, response) => {
    const { space, viewer } = await parts.access.space(request, 'space.see')
    const stream = parts.streams.open(request, response, viewer, { spaceId: space.id, permission: 'space.see' })
    const meter = meters.get(space.id) ?? new Meter(parts, space.id, () => meters.delete(space.id))
    meters.set(space.id, meter)
    meter.add(stream)
  })

  return router
}

/** One Space that somebody watches: looked at once a second, however many they are. */
class Meter {
  readonly #parts: MetricsParts
  readonly #spaceId: string
  readonly #idle: () => void
  readonly #streams = new Set<EventStream>()
  #timer: NodeJS.Timeout | undefined
  #isLooking = false
  #before: Sample | undefined
  #last: Metrics | undefined

  constructor(parts: MetricsParts, spaceId: string, idle: () => void) {
    this.#parts = parts
    this.#spaceId = spaceId
    this.#idle = idle
  }

  add(stream: EventStream): void {
    this.#streams.add(stream)
    const leave = () => {
      this.#streams.delete(stream)
      if (this.#streams.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#idle()
    }
    if (stream.signal.aborted) return leave()
    stream.signal.addEventListener('abort', leave)
    if (this.#last) void stream.send(this.#last)
    else this.#look()
    this.#timer ??= setInterval(() => this.#look(), every)
  }

  #look(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    // What cannot be read now is read a second later.
    this.#tell()
      .catch(() => {})
      .finally(() => (this.#isLooking = false))
  }

  async #tell(): Promise<void> {
    const metrics = await this.#sample()
    this.#last = metrics
    for (const stream of this.#streams) void stream.send(metrics)
  }

  async #sample(): Promise<Metrics> {
    const { store, runtime, flavors } = this.#parts
    const row = await store.read
      .selectFrom('spaces')
      .leftJoin('routes', 'routes.space_id', 'spaces.id')
      .select(['spaces.hardware', 'routes.workload_id'])
      .where('spaces.id', '=', this.#spaceId)
      .executeTakeFirst()
    const workload = row?.workload_id ?? undefined
    const usage = workload === undefined ? undefined : await runtime.usage(workload)
    const before = this.#before
    const now = workload !== undefined && usage ? { workload, at: performance.now(), usage } : undefined
    this.#before = now
    const open = this.#parts.occupancy(this.#spaceId)
    return metricsOf({
      before,
      now,
      limits: flavorOf(flavors, row?.hardware ?? ''),
      ...open,
      watching: this.#streams.size,
    })
  }
}

/** Two samples → what happened between them (pure). The first one of a run tells its memory only. */
export function metricsOf(seen: {
  before: Sample | undefined
  now: Sample | undefined
  /** Cores and bytes. */
  limits: { cpu: number; memory: number }
  requests: number
  websockets: number
  watching: number
}): Metrics {
  const { now, limits, requests, websockets } = seen
  const before = seen.before?.workload === now?.workload ? seen.before : undefined
  const seconds = now && before ? (now.at - before.at) / 1000 : 0
  const rate = (one: number | undefined, other: number | undefined): number =>
    one === undefined || other === undefined || seconds <= 0 ? 0 : Math.max(0, (one - other) / seconds)
  const cores = rate(now?.usage.cpuSeconds, before?.usage.cpuSeconds)
  return {
    cpu_usage_pct: Math.min(100, Math.round((cores / limits.cpu) * 1000) / 10),
    cpu_millicores: now ? limits.cpu * 1000 : 0,
    memory_used_bytes: now?.usage.memory ?? 0,
    memory_total_bytes: now ? limits.memory : 0,
    rx_bps: Math.round(rate(now?.usage.network?.received, before?.usage.network?.received)),
    tx_bps: Math.round(rate(now?.usage.network?.sent, before?.usage.network?.sent)),
    gpus: {},
    replica: now?.workload ?? '',
    requests,
    websockets,
    people: Math.max(seen.watching, requests + websockets),
  }
}
