/**
 * Makes what is desired so. For each Space that changed: read the rows, ask `next`, do, and ask again until nothing is
 * left. Level-triggered: twice, late or after a crash comes to the same. One at a time per Space, many Spaces at once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Builder } from '../../builder/builder.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { Logger } from '../log.ts'
import { type Change, type Changes, publish } from '../store/changes.ts'
import type { Store } from '../store/database.ts'
import { BuildQueue } from './builds.ts'
import type { FrozenRoom } from './frozen.ts'
import { type Action, next, type Next } from './lifecycle.ts'
import type { Logs } from './logs.ts'
import { observeSpace, observeSpaces, type SpaceState, stageNow } from './observe.ts'
import type { Workloads } from './workloads.ts'

/** Every Space is looked at again so often, whatever the changes said. Milliseconds. */
const resyncEvery = 30_000
/** Looking at very many takes its time: it rests so many times as long. */
const resyncRest = 20
/** So many Spaces are read at once. */
const resyncBatch = 200
/** After a fault of ours (store away, runtime away) a Space is looked at again after so long. Milliseconds. */
const retryAfter = 2_000
/** A Space that still has something to do after so many rounds waits for the next look: a bug must not spin. */
const mostRounds = 20
/** `setTimeout` fires at once beyond 2^31 ms. */
const longestTimer = 86_400_000

/** Changes that ask for nothing: the reconciler made them itself, or they are none of its business. */
const toldOnly: ReadonlySet<Change['type']> = new Set(['route', 'stage', 'like', 'picture', 'hidden', 'notification'])

export type ReconcilerParts = {
  store: Store
  changes: Changes
  builder: Builder
  runtime: Runtime
  builds: BuildQueue
  logs: Logs
  log: Logger
  workloads: Workloads
  frozen: FrozenRoom
  /** Removes a deleted Space's repository. */
  forgetRepository: (spaceId: string) => Promise<void>
}

export class Reconciler implements AsyncDisposable {
  readonly #parts: ReconcilerParts
  readonly #stop = new AbortController()
  readonly #busy = new Map<string, { again: boolean }>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  /** Spaces whose last look ended by a fault. */
  readonly #unsure = new Set<string>()
  #unsubscribe: () => void = () => {}

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    const { changes } = this.#parts
    this.#unsubscribe = changes.on((batch) => this.#heard(batch))
    await this.#parts.workloads.begin()
    void this.#keepResyncing()
  }

  /** Looks at a Space as soon as it may. */
  look(spaceId: string): void {
    if (this.#stop.signal.aborted) return
    const busy = this.#busy.get(spaceId)
    if (busy) {
      busy.again = true
      return
    }
    const state = { again: false }
    this.#busy.set(spaceId, state)
    const task = this.#reconcile(spaceId)
      .catch((error: unknown) => {
        this.#parts.log.error({ err: error, space: spaceId }, 'a Space could not be reconciled')
        this.#unsure.add(spaceId)
        this.#lookAt(spaceId, new Date(Date.now() + retryAfter))
      })
      .finally(() => {
        this.#busy.delete(spaceId)
        if (state.again) this.look(spaceId)
      })
    void task
  }

  #heard(batch: readonly Change[]): void {
    for (const change of batch) {
      if (change.type === 'build') void this.#parts.builds.pump()
      if (!toldOnly.has(change.type)) this.look(change.spaceId)
    }
  }

  async #keepResyncing(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const start = performance.now()
      await this.#resync()
      const rest = Math.max(resyncEvery, resyncRest * (performance.now() - start))
      await sleep(rest, undefined, { signal }).catch(() => {})
    }
  }

  /** Reads many Spaces at once and looks closer at those only that have something to do: most of thousands are at rest. */
  async #resync(): Promise<void> {
    const { store, changes, log } = this.#parts
    try {
      const spaces = await store.read.selectFrom('spaces').select('id').execute()
      for (let start = 0; start < spaces.length && !this.#stop.signal.aborted; start += resyncBatch) {
        const ids = spaces.slice(start, start + resyncBatch).map(({ id }) => id)
        for (const state of await observeSpaces(store.read, ids)) this.#glance(state)
      }
      await changes.prune()
    } catch (error) {
      if (!this.#stop.signal.aborted) log.warn({ err: error }, 'the Spaces could not be listed')
    }
  }

  #glance(state: SpaceState): void {
    const { id, stage } = state.space
    // Frozen or not, whoever should fall asleep has something to do: how much room there is, the closer look asks.
    const { actions, checkAgainAt } = next(state.desired, state.observed, new Date(), {
      mayStay: (one) => one.state.kind === 'frozen',
      sideBySide: true,
    })
    if (actions.length > 0 || this.#unsure.has(id) || stage !== stageNow(state).name) this.look(id)
    // A timer that is there was set by a closer look.
    else if (checkAgainAt && !this.#timers.has(id)) this.#lookAt(id, checkAgainAt)
  }

  async #reconcile(spaceId: string): Promise<void> {
    // A commit whose answer was lost may have said what nobody did.
    if (this.#unsure.has(spaceId)) await this.#parts.workloads.tellAgain(spaceId)
    this.#unsure.delete(spaceId)
    for (let round = 0; round < mostRounds && !this.#stop.signal.aborted; round++) {
      const state = await observeSpace(this.#parts.store.read, spaceId)
      if (!state) return this.#lookAt(spaceId, null)
      await this.#tellStage(state)
      const { actions, checkAgainAt } = await this.#next(state)
      if (actions.length === 0) return this.#lookAt(spaceId, checkAgainAt)
      for (const action of actions) await this.#do(action, state)
      // What became of it the runtime tells, and that is a change to look at.
      if (actions.some((action) => action.do === 'freeze' || action.do === 'thaw')) break
    }
    this.#lookAt(spaceId, new Date(Date.now() + retryAfter))
  }

  /** With those of other Spaces in mind that are frozen too: they share the room, and the longest asleep leave it first. */
  async #next(state: SpaceState): Promise<Next> {
    const { frozen } = this.#parts
    const asleep = state.observed.workloads.some((one) => one.wanted && one.state.kind === 'frozen')
    const crowded = asleep ? await frozen.crowdedOut() : []
    for (const { spaceId } of crowded) if (spaceId !== state.space.id) this.look(spaceId)
    const out = new Set(crowded.map(({ workloadId }) => workloadId))
    const isScarce = frozen.isScarce(state.space.hardware)
    return next(state.desired, state.observed, new Date(), {
      mayStay: (one) => frozen.isOffered && !isScarce && !out.has(one.id),
      sideBySide: !isScarce,
    })
  }

  /** Lists filter by a stage that lies in the row: written whenever a look finds another one than there was. */
  async #tellStage(state: SpaceState): Promise<void> {
    const { id, stage: told } = state.space
    const stage = stageNow(state).name
    if (stage === told) return
    await this.#parts.store.transaction(async (tx) => {
      await tx.db.updateTable('spaces').set({ stage }).where('id', '=', id).execute()
      await publish(tx, { type: 'stage', spaceId: id })
    })
  }

  #lookAt(spaceId: string, time: Date | null): void {
    clearTimeout(this.#timers.get(spaceId))
    this.#timers.delete(spaceId)
    if (!time || this.#stop.signal.aborted) return
    const wait = Math.min(Math.max(time.getTime() - Date.now(), 0), longestTimer)
    this.#timers.set(
      spaceId,
      setTimeout(() => this.look(spaceId), wait),
    )
  }

  async #do(action: Action, state: SpaceState): Promise<void> {
    const { store, builds, workloads } = this.#parts
    const spaceId = state.space.id
    switch (action.do) {
      case 'build':
        await store.transaction(async (tx) => await BuildQueue.add(tx, spaceId, action.sha, action.rebuild))
        return
      case 'cancel-build':
        await builds.cancel(action.build)
        return
      case 'apply':
        await this.#start(action.build, state)
        return
      case 'remove':
        await workloads.end(action.workload, spaceId)
        return
      case 'freeze':
      case 'thaw':
        await this.#still(action, spaceId)
        return
      case 'route':
        await this.#route(action.workload, state)
        return
      case 'unroute':
        await store.transaction(async (tx) => {
          await tx.db.deleteFrom('routes').where('space_id', '=', spaceId).execute()
          await publish(tx, { type: 'route', spaceId })
        })
        return
      case 'purge':
        await this.#purge(spaceId)
    }
  }

  /** What cannot stand still, or go on, ends: asleep it starts anew at a visit, awake at once. */
  async #still(action: Extract<Action, { do: 'freeze' | 'thaw' }>, spaceId: string): Promise<void> {
    const { runtime, workloads, log } = this.#parts
    try {
      await (action.do === 'freeze' ? runtime.freeze(action.workload) : runtime.thaw(action.workload))
    } catch (error) {
      log.warn({ err: error, workload: action.workload }, `a workload did not ${action.do} and is ended`)
      await workloads.end(action.workload, spaceId)
    }
  }

  async #start(buildId: string, state: SpaceState): Promise<void> {
    const build = state.observed.builds.find((one) => one.id === buildId)
    if (build) await this.#parts.workloads.start(state.space.id, build, state.desired.revision)
  }

  async #route(workloadId: string, state: SpaceState): Promise<void> {
    const spaceId = state.space.id
    const workload = state.observed.workloads.find((one) => one.id === workloadId)
    const image = state.observed.builds.find((one) => one.id === workload?.buildId)?.image
    if (workload?.state.kind !== 'ready' || !image) return
    const { addresses } = workload.state
    await this.#parts.store.transaction(async (tx) => {
      const route = {
        workload_id: workloadId,
        sha: workload.sha,
        updated_at: tx.now,
        ...(image.kind === 'static'
          ? { kind: 'static' as const, root: image.root, addresses: null }
          : { kind: 'address' as const, root: null, addresses: JSON.stringify(addresses) }),
      }
      await tx.db
        .insertInto('routes')
        .values({ space_id: spaceId, ...route })
        .onConflict((on) =>
          on.column('space_id').doUpdateSet({
            ...route,
            // Another replica of the same version: since when that is led to has not changed.
            updated_at: sql`case when routes.workload_id = excluded.workload_id then routes.updated_at else excluded.updated_at end`,
          }),
        )
        .execute()
      await publish(tx, { type: 'route', spaceId }, { type: 'space', spaceId })
    })
  }

  /** Nothing of it runs any more: whatever is left of it on this machine goes, its row last. */
  async #purge(spaceId: string): Promise<void> {
    const { store, builder, runtime, logs, workloads, forgetRepository } = this.#parts
    const runs = await store.read.selectFrom('workloads').select('id').where('space_id', '=', spaceId).execute()
    await workloads.ended(runs.map(({ id }) => id))
    await runtime.forget(spaceId)
    await builder.forget(spaceId)
    await logs.forget(spaceId)
    await forgetRepository(spaceId)
    await store.transaction(async (tx) => {
      await tx.db.deleteFrom('spaces').where('id', '=', spaceId).execute()
      await publish(tx, { type: 'space', spaceId })
    })
    this.#lookAt(spaceId, null)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }
}
