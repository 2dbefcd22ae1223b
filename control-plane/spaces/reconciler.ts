/**
 * Makes what is desired so. For each Space that changed: read the rows, ask `next`, do, and ask again until nothing is
 * left. Level-triggered: twice, late or after a crash comes to the same. One at a time per Space, many Spaces at once.
 */
import { randomBytes } from 'node:crypto'
import type { Builder, Image } from '../../builder/builder.ts'
import type { Instance, Runtime, Workload } from '../../runtime/runtime.ts'
import type { Logger } from '../log.ts'
import type { Flavor } from '../scheduling/flavors.ts'
import { flavorOf } from '../scheduling/flavors.ts'
import { type Change, type Changes, publish } from '../store/changes.ts'
import type { Store } from '../store/database.ts'
import type { WorkloadState } from '../store/schema.ts'
import { BuildQueue } from './builds.ts'
import { type Action, next } from './lifecycle.ts'
import type { Logs } from './logs.ts'
import { observeSpace, type SpaceState } from './observe.ts'
import { settingsOf } from './secrets.ts'
import { workloadOf } from './workload.ts'

/** Every Space is looked at again so often, whatever the changes said. Milliseconds. */
const resyncEvery = 30_000
/** After a fault of ours (store away, runtime away) a Space is looked at again after so long. Milliseconds. */
const retryAfter = 2_000
/** A Space that still has something to do after so many rounds waits for the next look: a bug must not spin. */
const mostRounds = 20
/** `setTimeout` fires at once beyond 2^31 ms. */
const longestTimer = 86_400_000
/** A workload's last lines are waited for so long before it is removed. Milliseconds. */
const lastWords = 1_000
const keptRuns = 5

export type ReconcilerParts = {
  store: Store
  changes: Changes
  builder: Builder
  runtime: Runtime
  builds: BuildQueue
  logs: Logs
  log: Logger
  flavors: readonly Flavor[]
  /** Opens the secrets of Spaces. */
  secretsKey: Buffer
  /** Host (with port) of a Space's own origin. */
  hostOf: (slug: string) => string
  /** Removes a deleted Space's repository. */
  forgetRepository: (spaceId: string) => Promise<void>
}

export class Reconciler implements AsyncDisposable {
  readonly #parts: ReconcilerParts
  readonly #stop = new AbortController()
  readonly #busy = new Map<string, { again: boolean }>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #removals = new Map<string, Promise<void>>()
  readonly #tasks: Promise<unknown>[] = []
  #unsubscribe: () => void = () => {}

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    const { changes } = this.#parts
    this.#unsubscribe = changes.on((batch) => this.#heard(batch))
    await this.#applyAgain()
    this.#tasks.push(this.#followRuntime())
    await this.#resync()
    const resync = setInterval(() => void this.#resync(), resyncEvery)
    this.#stop.signal.addEventListener('abort', () => clearInterval(resync))
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
      if (change.type !== 'route') this.look(change.spaceId)
    }
  }

  async #resync(): Promise<void> {
    try {
      const spaces = await this.#parts.store.read.selectFrom('spaces').select('id').execute()
      for (const { id } of spaces) this.look(id)
      await this.#parts.changes.prune()
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the Spaces could not be listed')
    }
  }

  async #reconcile(spaceId: string): Promise<void> {
    for (let round = 0; round < mostRounds && !this.#stop.signal.aborted; round++) {
      const state = await observeSpace(this.#parts.store.read, spaceId)
      if (!state) return this.#lookAt(spaceId, null)
      const { actions, checkAgainAt } = next(state.desired, state.observed, new Date())
      if (actions.length === 0) return this.#lookAt(spaceId, checkAgainAt)
      for (const action of actions) await this.#do(action, state)
    }
    this.#lookAt(spaceId, new Date(Date.now() + retryAfter))
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
    const { store, builds } = this.#parts
    const spaceId = state.space.id
    switch (action.do) {
      case 'build':
        await store.transaction(async (tx) => await BuildQueue.add(tx, spaceId, action.sha, action.rebuild))
        return
      case 'cancel-build':
        await builds.cancel(action.build)
        return
      case 'apply':
        await this.#apply(action.build, state)
        return
      case 'remove':
        await this.#remove(action.workload, spaceId)
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

  /** The row first: should the platform die before the runtime has heard, the next start tells it again. */
  async #apply(buildId: string, state: SpaceState): Promise<void> {
    const { store, runtime } = this.#parts
    const spaceId = state.space.id
    const build = state.observed.builds.find((one) => one.id === buildId)
    if (!build?.image) return
    const id = `w${randomBytes(9).toString('hex')}`
    const isStatic = build.image.kind === 'static'
    await store.transaction(async (tx) => {
      const pending: WorkloadState = isStatic
        ? { kind: 'ready', address: { host: '', port: 0 }, since: tx.now.toISOString() }
        : { kind: 'pending', reason: '' }
      await tx.db
        .insertInto('workloads')
        .values({
          id,
          space_id: spaceId,
          build_id: buildId,
          sha: build.sha,
          revision: state.desired.revision,
          state: JSON.stringify(pending),
          created_at: tx.now,
          ready_at: isStatic ? tx.now : null,
        })
        .execute()
      await publish(tx, { type: 'workload', spaceId })
    })
    if (isStatic) return
    const workload = await this.#workload(id)
    if (!workload) return
    this.#copyLog(spaceId, id)
    try {
      await runtime.apply(workload)
    } catch (error) {
      this.#parts.log.error({ err: error, space: spaceId }, 'a workload could not be started')
      await this.#record({
        workloadId: id,
        spaceId,
        state: {
          kind: 'exited',
          at: new Date(),
          exit: {
            code: null,
            signal: null,
            reason: 'error',
            message: `The platform could not start the app: ${error instanceof Error ? error.message : String(error)}`,
          },
        },
      })
    }
  }

  /** What the runtime should know of a workload's row; undefined when the row or what it needs is gone. */
  async #workload(id: string): Promise<Workload | undefined> {
    const { store, flavors, secretsKey, hostOf } = this.#parts
    const row = await store.read
      .selectFrom('workloads')
      .innerJoin('builds', 'builds.id', 'workloads.build_id')
      .innerJoin('spaces', 'spaces.id', 'workloads.space_id')
      .innerJoin('accounts', 'accounts.id', 'spaces.owner_id')
      .innerJoin('commits', (join) =>
        join.onRef('commits.space_id', '=', 'workloads.space_id').onRef('commits.sha', '=', 'workloads.sha'),
      )
      .select([
        'workloads.space_id',
        'builds.image',
        'spaces.owner_id',
        'spaces.name',
        'spaces.slug',
        'spaces.hardware',
        'accounts.name as owner',
        'commits.plan',
        'commits.card',
      ])
      .where('workloads.id', '=', id)
      .executeTakeFirst()
    if (!row?.image || row.plan?.kind !== 'python') return undefined
    return workloadOf({
      id,
      space: { id: row.space_id, owner: row.owner, ownerId: row.owner_id, name: row.name },
      host: hostOf(row.slug),
      image: row.image,
      plan: row.plan,
      card: row.card ?? {},
      flavor: flavorOf(flavors, row.hardware),
      settings: await settingsOf(store.read, secretsKey, row.space_id),
    })
  }

  async #remove(workloadId: string, spaceId: string): Promise<void> {
    const { store } = this.#parts
    await store.transaction(async (tx) => {
      const row = await tx.db
        .selectFrom('workloads')
        .select('state')
        .where('id', '=', workloadId)
        .forUpdate()
        .executeTakeFirst()
      if (!row) return
      const gone: WorkloadState = { kind: 'gone' }
      await tx.db
        .updateTable('workloads')
        .set({
          wanted: false,
          // How it ended by itself is kept: it is the reason that people see.
          ...(row.state.kind === 'exited' ? {} : { state: JSON.stringify(gone), ended_at: tx.now }),
        })
        .where('id', '=', workloadId)
        .execute()
      await publish(tx, { type: 'workload', spaceId })
    })
    this.#removeFromRuntime(workloadId)
  }

  /** Ending takes seconds where an app does not want to; nobody has to wait for that. */
  #removeFromRuntime(workloadId: string): void {
    if (this.#removals.has(workloadId)) return
    const { runtime, logs, log } = this.#parts
    const removal = logs
      .copied(workloadId, 0)
      .then(async () => await runtime.remove(workloadId))
      .then(async () => await logs.copied(workloadId, lastWords))
      .catch((error: unknown) => log.warn({ err: error, workload: workloadId }, 'a workload could not be removed'))
      .finally(() => this.#removals.delete(workloadId))
    this.#removals.set(workloadId, removal)
  }

  async #route(workloadId: string, state: SpaceState): Promise<void> {
    const spaceId = state.space.id
    const workload = state.observed.workloads.find((one) => one.id === workloadId)
    const image = state.observed.builds.find((one) => one.id === workload?.buildId)?.image
    if (workload?.state.kind !== 'ready' || !image) return
    const { address } = workload.state
    await this.#parts.store.transaction(async (tx) => {
      const route = {
        workload_id: workloadId,
        sha: workload.sha,
        updated_at: tx.now,
        ...(image.kind === 'static'
          ? { kind: 'static' as const, root: image.root, host: null, port: null }
          : { kind: 'address' as const, root: null, host: address.host, port: address.port }),
      }
      await tx.db
        .insertInto('routes')
        .values({ space_id: spaceId, ...route })
        .onConflict((on) => on.column('space_id').doUpdateSet(route))
        .execute()
      await publish(tx, { type: 'route', spaceId }, { type: 'space', spaceId })
    })
  }

  /** Nothing of it runs any more: whatever is left of it on this machine goes, its row last. */
  async #purge(spaceId: string): Promise<void> {
    const { store, builder, runtime, logs, forgetRepository } = this.#parts
    const workloads = await store.read.selectFrom('workloads').select('id').where('space_id', '=', spaceId).execute()
    for (const { id } of workloads) {
      this.#removeFromRuntime(id)
      await this.#removals.get(id)
    }
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

  /** After a start: whatever should run is told to the runtime again, which keeps what it has and starts what is missing. */
  async #applyAgain(): Promise<void> {
    const { store, runtime, log } = this.#parts
    const rows = await store.read
      .selectFrom('workloads')
      .select(['id', 'space_id', 'state'])
      .where('wanted', '=', true)
      .execute()
    for (const row of rows) {
      if (row.state.kind === 'exited' || row.state.kind === 'gone') continue
      const workload = await this.#workload(row.id)
      if (!workload) continue
      this.#copyLog(row.space_id, row.id)
      await runtime
        .apply(workload)
        .catch((error: unknown) => log.error({ err: error, workload: row.id }, 'a workload could not be applied again'))
    }
  }

  #copyLog(spaceId: string, workloadId: string): void {
    this.#parts.logs.copyRun(this.#parts.runtime, spaceId, workloadId, this.#stop.signal)
  }

  async #followRuntime(): Promise<void> {
    const { runtime, log } = this.#parts
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        for await (const instance of runtime.instances(signal)) {
          await this.#record(instance).catch((error: unknown) => {
            log.error({ err: error, workload: instance.workloadId }, 'what a workload does could not be recorded')
          })
        }
      } catch (error) {
        if (!signal.aborted) log.error({ err: error }, 'the runtime could not be followed')
      }
    }
  }

  /** Observed → row. What nobody wants any more is told to end. */
  async #record(instance: Instance): Promise<void> {
    const { store, builder } = this.#parts
    const { workloadId, state } = instance
    let settled: Image | null = null
    const isWanted = await store.transaction(async (tx) => {
      const row = await tx.db
        .selectFrom('workloads')
        .innerJoin('builds', 'builds.id', 'workloads.build_id')
        .select(['workloads.wanted', 'workloads.state', 'workloads.ready_at', 'builds.image'])
        .where('workloads.id', '=', workloadId)
        .forUpdate('workloads')
        .executeTakeFirst()
      if (!row?.wanted) return false
      const stored = JSON.stringify(state)
      if (stored === JSON.stringify(row.state)) return true
      const isFirst = state.kind === 'ready' && row.ready_at === null
      settled = isFirst ? row.image : null
      await tx.db
        .updateTable('workloads')
        .set({
          state: stored,
          ...(isFirst ? { ready_at: tx.now } : {}),
          ...(state.kind === 'exited' || state.kind === 'gone' ? { ended_at: tx.now } : {}),
        })
        .where('id', '=', workloadId)
        .execute()
      await publish(tx, { type: 'workload', spaceId: instance.spaceId })
      return true
    })
    if (settled) builder.settled(settled)
    if (!isWanted && state.kind !== 'gone') this.#removeFromRuntime(workloadId)
  }

  /** Drops what replaced versions left: images that nobody goes back to soon, logs of old runs. Returns bytes freed. */
  async collect(): Promise<number> {
    const { store, builder, logs } = this.#parts
    const spaces = await store.read.selectFrom('spaces').select('id').execute()
    const keep: Image[] = []
    for (const { id } of spaces) {
      const state = await observeSpace(store.read, id)
      if (!state) continue
      const used = new Set(state.observed.workloads.filter((one) => one.wanted).map((one) => one.buildId))
      const built = state.observed.builds.filter((one) => one.state === 'succeeded')
      for (const [age, build] of built.entries()) {
        const isTarget = build.sha === state.desired.target?.sha
        if (build.image && (age < keptRuns || isTarget || used.has(build.id))) keep.push(build.image)
        else await store.read.updateTable('builds').set({ image: null }).where('id', '=', build.id).execute()
      }
      await logs.prune(
        id,
        state.observed.workloads.filter((one, age) => one.wanted || age < keptRuns).map((one) => one.id),
      )
    }
    return await builder.collect(keep)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    await Promise.allSettled([...this.#removals.values(), ...this.#tasks])
  }
}
