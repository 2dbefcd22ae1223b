/**
 * Spaces that have nowhere to send a request to yet: one wake each however many wait, a bounded queue of held
 * requests, and a feed of the stage for waiting pages.
 */
import type { Routes } from './routes.ts'

/** What people are told about a Space that does not answer now. */
export type StageAnswer = {
  stage: string
  /** Asleep, building or starting: worth waiting for. */
  willStart: boolean
  phase?: { name: string; startedAt: Date; position?: number; detail?: string }
  title: string
  emoji?: string
  /** The Space's page on the platform. */
  pageUrl: string
  errorMessage?: string
}

export type HoldLimits = {
  /** Held requests and websockets of one Space, and of all. */
  heldPerSpace: number
  held: number
  /** Milliseconds that one is held at most. */
  holdFor: number
}

export type HoldOutcome =
  | { outcome: 'ready' }
  /** It will not start: `stage` says why. */
  | { outcome: 'stopped'; stage: StageAnswer }
  | { outcome: 'full' | 'late' | 'gone' }

/** Milliseconds between two looks at the stage of a Space that somebody waits for; changes are looked at when told. */
const lookEvery = 1_000
/** A Space that still sleeps so long after it was woken is woken again, milliseconds. */
const wakeAgainAfter = 5_000

type Waiter = { spaceId: string; settle: (outcome: HoldOutcome) => void }
type StageListener = (stage: StageAnswer) => void

export class Wakes implements Disposable {
  readonly #routes: Routes
  readonly #stageOf: (spaceId: string) => Promise<StageAnswer>
  readonly #wake: (spaceId: string) => Promise<void>
  readonly #limits: HoldLimits
  readonly #waiters = new Map<string, Set<Waiter>>()
  readonly #watchers = new Map<string, Set<StageListener>>()
  readonly #woken = new Map<string, number>()
  readonly #looking = new Set<string>()
  readonly #stop: () => void
  #held = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    routes: Routes,
    stageOf: (spaceId: string) => Promise<StageAnswer>,
    wake: (spaceId: string) => Promise<void>,
    limits: HoldLimits,
  ) {
    this.#routes = routes
    this.#stageOf = stageOf
    this.#wake = wake
    this.#limits = limits
    this.#stop = routes.on((spaceId) => this.#changed(spaceId))
  }

  get held(): number {
    return this.#held
  }

  /** Asks once for a start. Who comes soon after asks for the same one. */
  wake(spaceId: string): void {
    const now = Date.now()
    const before = this.#woken.get(spaceId)
    if (before !== undefined && now - before < wakeAgainAfter) return
    if (this.#woken.size > 10_000) this.#woken.clear()
    this.#woken.set(spaceId, now)
    this.#wake(spaceId).catch(() => this.#woken.delete(spaceId))
  }

  /**
   * Waits until a route is there, or, with `retryAfter` (milliseconds), until it changes or that time is over: the
   * route is there, but nobody answers behind it.
   */
  hold(spaceId: string, options: { signal: AbortSignal; since: number; retryAfter?: number }): Promise<HoldOutcome> {
    const { signal } = options
    if (signal.aborted) return Promise.resolve({ outcome: 'gone' })
    const left = options.since + this.#limits.holdFor - Date.now()
    if (left <= 0) return Promise.resolve({ outcome: 'late' })
    const waiters = this.#waiters.get(spaceId) ?? new Set<Waiter>()
    if (waiters.size >= this.#limits.heldPerSpace || this.#held >= this.#limits.held) {
      return Promise.resolve({ outcome: 'full' })
    }
    this.#waiters.set(spaceId, waiters)
    this.#held++
    this.wake(spaceId)
    this.#watch()
    return new Promise((resolve) => {
      const waiter: Waiter = {
        spaceId,
        settle: (outcome) => {
          if (!waiters.delete(waiter)) return
          this.#held--
          if (waiters.size === 0) this.#waiters.delete(spaceId)
          clearTimeout(timer)
          signal.removeEventListener('abort', gone)
          resolve(outcome)
        },
      }
      const retryAfter = options.retryAfter
      const timer =
        retryAfter !== undefined && retryAfter < left
          ? setTimeout(() => waiter.settle({ outcome: 'ready' }), retryAfter)
          : setTimeout(() => waiter.settle({ outcome: 'late' }), left)
      const gone = () => waiter.settle({ outcome: 'gone' })
      signal.addEventListener('abort', gone, { once: true })
      waiters.add(waiter)
      // It may have come between the look at the route and this call.
      if (retryAfter === undefined && this.#isRouted(spaceId)) waiter.settle({ outcome: 'ready' })
    })
  }

  /** Tells `listener` the stage whenever it was looked at, until the returned function is called. */
  watch(spaceId: string, listener: StageListener): () => void {
    const watchers = this.#watchers.get(spaceId) ?? new Set<StageListener>()
    this.#watchers.set(spaceId, watchers)
    watchers.add(listener)
    this.#watch()
    void this.#look(spaceId)
    return () => {
      watchers.delete(listener)
      if (watchers.size === 0 && this.#watchers.get(spaceId) === watchers) this.#watchers.delete(spaceId)
    }
  }

  #isRouted(spaceId: string): boolean {
    const target = this.#routes.of(spaceId)?.target
    return target !== undefined && target.kind !== 'none'
  }

  #changed(spaceId: string): void {
    if (this.#isRouted(spaceId)) {
      // It is up. The next sleep is a new one, and is woken from at once.
      this.#woken.delete(spaceId)
      for (const waiter of this.#waiters.get(spaceId) ?? []) waiter.settle({ outcome: 'ready' })
    }
    if (this.#waiters.has(spaceId) || this.#watchers.has(spaceId)) void this.#look(spaceId)
  }

  #watch(): void {
    this.#timer ??= setInterval(() => {
      const spaceIds = new Set([...this.#waiters.keys(), ...this.#watchers.keys()])
      if (spaceIds.size === 0) {
        clearInterval(this.#timer)
        this.#timer = undefined
      }
      for (const spaceId of spaceIds) void this.#look(spaceId)
    }, lookEvery).unref()
  }

  async #look(spaceId: string): Promise<void> {
    if (this.#looking.has(spaceId)) return
    this.#looking.add(spaceId)
    try {
      const stage = await this.#stageOf(spaceId)
      for (const listener of this.#watchers.get(spaceId) ?? []) listener(stage)
      if (!this.#waiters.has(spaceId)) return
      if (isWorthHolding(stage)) {
        if (stage.stage === 'SLEEPING') this.wake(spaceId)
        return
      }
      for (const waiter of this.#waiters.get(spaceId) ?? []) waiter.settle({ outcome: 'stopped', stage })
    } catch {
      // The store is away: the next look tells.
    } finally {
      this.#looking.delete(spaceId)
    }
  }

  [Symbol.dispose](): void {
    this.#stop()
    clearInterval(this.#timer)
    for (const waiters of this.#waiters.values()) {
      for (const waiter of waiters) waiter.settle({ outcome: 'late' })
    }
    this.#watchers.clear()
  }
}

/** A running Space whose route is not here yet, or whose app has just died, is soon one that starts. */
export function isWorthHolding(stage: StageAnswer): boolean {
  return stage.willStart || stage.stage.startsWith('RUNNING')
}
