/** Runs of versions: started, ended and observed, each a row that the runtime is made to agree with. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Builder, Image } from '../../builder/builder.ts'
import type { Instance, Runtime, Workload } from '../../runtime/runtime.ts'
import { tellCrash } from '../community/notifications.ts'
import type { Logger } from '../log.ts'
import { type Flavor, flavorOf } from '../scheduling/flavors.ts'
import { publish } from '../store/changes.ts'
import { isStoreAway, type Store } from '../store/database.ts'
import type { WorkloadState } from '../store/schema.ts'
import type { ObservedBuild } from './observed.ts'
import type { Logs } from './logs.ts'
import { settingsOf } from './secrets.ts'
import { workloadOf } from './workload.ts'

/** A workload's last lines are waited for so long before it is removed, and with it the runtime's own log. Milliseconds. */
const lastWords = 200
/** Milliseconds after which a store that was away is tried again. */
const storeRetry = 1_000

export type WorkloadsParts = {
  store: Store
  builder: Builder
  runtime: Runtime
  logs: Logs
  log: Logger
  flavors: readonly Flavor[]
  /** Opens the secrets of Spaces. */
  secretsKey: Buffer
  /** Host (with port) of a Space's own origin. */
  hostOf: (slug: string) => string
}

export class Workloads implements AsyncDisposable {
  readonly #parts: WorkloadsParts
  readonly #stop = new AbortController()
  readonly #removals = new Map<string, Promise<void>>()
  #following: Promise<void> = Promise.resolve()

  constructor(parts: WorkloadsParts) {
    this.#parts = parts
  }

  /** Tells the runtime what should run, then follows what it says of it. */
  async begin(): Promise<void> {
    await this.tellAgain()
    this.#following = this.#follow()
  }

  /** The row first: should the platform die before the runtime has heard, the next start tells it again. */
  async start(spaceId: string, build: ObservedBuild, revision: number): Promise<void> {
    const { store, runtime } = this.#parts
    if (!build.image) return
    const id = `w${randomBytes(9).toString('hex')}`
    const isStatic = build.image.kind === 'static'
    await store.transaction(async (tx) => {
      const pending: WorkloadState = isStatic
        ? { kind: 'ready', addresses: [], since: tx.now.toISOString() }
        : { kind: 'pending', reason: '' }
      await tx.db
        .insertInto('workloads')
        .values({
          id,
          space_id: spaceId,
          build_id: build.id,
          sha: build.sha,
          revision,
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
        'spaces.replicas',
        'accounts.name as owner',
        'commits.plan',
        'commits.card',
      ])
      .where('workloads.id', '=', id)
      .executeTakeFirst()
    if (!row?.image || !row.plan || row.plan.kind === 'static') return undefined
    const { variables, secrets } = await settingsOf(store.read, secretsKey, row.space_id)
    return workloadOf({
      id,
      space: { id: row.space_id, owner: row.owner, ownerId: row.owner_id, name: row.name },
      host: hostOf(row.slug),
      image: row.image,
      plan: row.plan,
      card: row.card ?? {},
      flavor: flavorOf(flavors, row.hardware),
      replicas: Math.min(row.replicas, this.#parts.runtime.mostReplicas),
      // A secret wins over a variable of the same name.
      settings: { ...variables, ...secrets },
    })
  }

  /** It is not wanted from now on; its processes end behind that. */
  async end(workloadId: string, spaceId: string): Promise<void> {
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

  /** Nothing of a Space's workloads is on the machine any more. */
  async ended(workloadIds: readonly string[]): Promise<void> {
    for (const id of workloadIds) this.#removeFromRuntime(id)
    await Promise.all(workloadIds.flatMap((id) => this.#removals.get(id) ?? []))
  }

  /** Ending takes seconds where an app does not want to; nobody has to wait for that. */
  #removeFromRuntime(workloadId: string): void {
    if (this.#removals.has(workloadId)) return
    const { runtime, logs, log } = this.#parts
    const removal = logs
      .copied(workloadId, lastWords)
      .then(async () => await runtime.remove(workloadId))
      .catch((error: unknown) => log.warn({ err: error, workload: workloadId }, 'a workload could not be removed'))
      .finally(() => this.#removals.delete(workloadId))
    this.#removals.set(workloadId, removal)
  }

  /**
   * After a start, or when a write may or may not have happened: what should run is told to the runtime again, which keeps
   * what it has and starts what is missing. With a Space: what should not run too.
   */
  async tellAgain(spaceId?: string): Promise<void> {
    const { store, runtime, log } = this.#parts
    const rows = await store.read
      .selectFrom('workloads')
      .select(['id', 'space_id', 'state', 'wanted'])
      .where((eb) => (spaceId === undefined ? eb('wanted', '=', true) : eb('space_id', '=', spaceId)))
      .execute()
    for (const row of rows) {
      if (!row.wanted) {
        this.#removeFromRuntime(row.id)
        continue
      }
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

  async #follow(): Promise<void> {
    const { runtime, log } = this.#parts
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        for await (const instance of runtime.instances(signal)) {
          await this.#recordOnceThere(instance).catch((error: unknown) => {
            log.error({ err: error, workload: instance.workloadId }, 'what a workload does could not be recorded')
          })
        }
      } catch (error) {
        if (!signal.aborted) log.error({ err: error }, 'the runtime could not be followed')
      }
    }
  }

  /** While the store is away, the runtime keeps the last state of each workload for us. */
  async #recordOnceThere(instance: Instance): Promise<void> {
    const { signal } = this.#stop
    for (;;) {
      try {
        return await this.#record(instance)
      } catch (error) {
        if (signal.aborted || !isStoreAway(error)) throw error
        await sleep(storeRetry, undefined, { signal }).catch(() => {})
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
        .select([
          'workloads.wanted',
          'workloads.state',
          'workloads.ready_at',
          'builds.id',
          'builds.space_id',
          'builds.image',
        ])
        .where('workloads.id', '=', workloadId)
        .forUpdate('workloads')
        .executeTakeFirst()
      if (!row?.wanted) return false
      const stored = JSON.stringify(state)
      // The store orders keys its own way.
      if (isDeepStrictEqual(JSON.parse(stored), row.state)) return true
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
      const { spaceId } = instance
      // What was lost with the machine is started again, and is no fault of the app.
      const hasCrashed = state.kind === 'exited' && state.exit.reason !== 'lost'
      if (hasCrashed) await tellCrash(tx, row, state.exit.message)
      await publish(
        tx,
        { type: 'workload', spaceId },
        ...(hasCrashed ? [{ type: 'notification', spaceId } as const] : []),
      )
      return true
    })
    if (settled) builder.settled(settled)
    if (!isWanted && state.kind !== 'gone') this.#removeFromRuntime(workloadId)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled([...this.#removals.values(), this.#following])
  }
}
