/**
 * The queue of builds: rows that wait, taken in order, some at once, each to its end. The queue is the rows: after a
 * crash whatever was running waits again.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import {
  BuildError,
  type Builder,
  type BuildPhase,
  type BuildStep,
  type Image,
  type LogSink,
} from '../../builder/builder.ts'
import type { BuildPlan } from '../../builder/plan.ts'
import { tellBuildFailed } from '../community/notifications.ts'
import type { Logger } from '../log.ts'
import { type Change, publish } from '../store/changes.ts'
import { isStoreAway, type Store, type Writer } from '../store/database.ts'
import type { PhaseRecord } from '../store/schema.ts'
import type { Logs } from './logs.ts'
import { settingsOf } from './secrets.ts'

/** A build that took the platform down so often is not tried again. */
const mostAttempts = 3
/** Lines of the log that begin with `==> ` are headings. */
const headings: Record<BuildPhase, string> = {
  cloning: 'Cloning',
  resolving: 'Resolving requirements',
  installing: 'Installing packages',
}
/** Milliseconds: so often at most are steps told, since everyone who looks asks again then. */
const stepsEvery = 1_000
/** Milliseconds after which a store that was away is tried again. */
const storeRetry = 1_000

export type BuildQueueParts = {
  store: Store
  builder: Builder
  logs: Logs
  log: Logger
  /** Absolute path of a Space's bare repository. */
  repositoryOf: (spaceId: string) => string
  /** Opens the secrets of Spaces. */
  secretsKey: Buffer
  /** How many at once. */
  parallel: number
}

type Taken = {
  id: string
  space_id: string
  number: number
  sha: string
  phases: PhaseRecord[]
  owner_id: string
  plan: BuildPlan | null
  fresh: boolean
}

type Outcome = {
  phases: PhaseRecord[]
  steps?: readonly BuildStep[]
  image?: Image
  error?: { phase: BuildPhase; message: string }
}

export class BuildQueue implements AsyncDisposable {
  readonly #parts: BuildQueueParts
  readonly #running = new Map<string, { abort: AbortController; done: Promise<void> }>()
  #isPumping = false
  #isAskedAgain = false
  #isUnsure = false
  #isStopped = false

  constructor(parts: BuildQueueParts) {
    this.#parts = parts
  }

  /** Puts back what another life of the platform was building, then begins. */
  async start(): Promise<void> {
    await this.#parts.store.transaction(async (tx) => {
      const message = `The platform was stopped ${mostAttempts} times while it built this. Restart the Space to try again.`
      const failed = await tx.db
        .updateTable('builds')
        .set({ state: 'failed', ended_at: tx.now, error: JSON.stringify({ phase: 'installing', message }) })
        .where('state', '=', 'running')
        .where('attempts', '>=', mostAttempts)
        .returning(['id', 'space_id'])
        .execute()
      for (const build of failed) await tellBuildFailed(tx, build, message)
      await publish(tx, ...failed.flatMap(({ space_id }) => failedBuild(space_id)))
    })
    await this.#putBack()
    await this.pump()
  }

  async #putBack(): Promise<void> {
    const ours = [...this.#running.keys()]
    await this.#parts.store.transaction(async (tx) => {
      const waiting = await tx.db
        .updateTable('builds')
        .set({ state: 'queued', started_at: null, phases: JSON.stringify([begin('queued', tx.now)]), steps: '[]' })
        .where('state', '=', 'running')
        .$if(ours.length > 0, (query) => query.where('id', 'not in', ours))
        .returning('space_id')
        .execute()
      await publish(tx, ...waiting.map((row) => ({ type: 'build', spaceId: row.space_id }) as const))
    })
  }

  /** Adds a build to the queue unless the same is there; the transaction of the caller decides. */
  static async add(tx: Writer, spaceId: string, sha: string, rebuild: number): Promise<void> {
    await tx.db.selectFrom('spaces').select('id').where('id', '=', spaceId).forUpdate().execute()
    const same = await tx.db
      .selectFrom('builds')
      .select('id')
      .where('space_id', '=', spaceId)
      .where('sha', '=', sha)
      .where('rebuild', '=', rebuild)
      .where((eb) => eb.or([eb('state', '!=', 'succeeded'), eb('image', 'is not', null)]))
      .executeTakeFirst()
    if (same) return
    const { number } = await tx.db
      .selectFrom('builds')
      .select(sql<number>`coalesce(max(number), 0) + 1`.as('number'))
      .where('space_id', '=', spaceId)
      .executeTakeFirstOrThrow()
    await tx.db
      .insertInto('builds')
      .values({
        id: `b${randomBytes(9).toString('hex')}`,
        space_id: spaceId,
        number,
        sha,
        rebuild,
        state: 'queued',
        phases: JSON.stringify([begin('queued', tx.now)]),
      })
      .execute()
    await publish(tx, { type: 'build', spaceId })
  }

  async cancel(id: string): Promise<void> {
    await this.#parts.store.transaction(async (tx) => {
      const build = await tx.db
        .updateTable('builds')
        .set({ state: 'cancelled', ended_at: tx.now })
        .where('id', '=', id)
        .where('state', 'in', ['queued', 'running'])
        .returning('space_id')
        .executeTakeFirst()
      if (build) await publish(tx, { type: 'build', spaceId: build.space_id })
    })
    this.#running.get(id)?.abort.abort(new Error('The build was stopped.'))
  }

  /** Takes from the queue as long as there is room. Safe to call at any time. */
  async pump(): Promise<void> {
    // Whoever takes now may have read the queue before this caller's build was in it: then it reads once more.
    this.#isAskedAgain = this.#isPumping
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      if (this.#isUnsure) await this.#putBack()
      this.#isUnsure = false
      while (!this.#isStopped && this.#running.size < this.#parts.parallel) {
        this.#isAskedAgain = false
        const taken = await this.#take()
        if (!taken && this.#isAskedAgain) continue
        if (!taken) return
        const abort = new AbortController()
        const done = this.#build(taken, abort.signal)
          .catch((error: unknown) =>
            this.#parts.log.error({ err: error, build: taken.id }, 'a build could not be recorded'),
          )
          .finally(() => {
            this.#running.delete(taken.id)
            void this.pump()
          })
        this.#running.set(taken.id, { abort, done })
      }
    } catch (error) {
      // A commit whose answer was lost may have taken a build that nobody runs now.
      this.#isUnsure = true
      this.#parts.log.warn({ err: error }, 'the queue of builds could not be read')
      if (!this.#isStopped) setTimeout(() => void this.pump(), storeRetry).unref()
    } finally {
      this.#isPumping = false
    }
  }

  /** The oldest that waits; of several, one of the owner with the fewest running comes first. */
  async #take(): Promise<Taken | undefined> {
    return await this.#parts.store.transaction(async (tx) => {
      const next = await tx.db
        .selectFrom('builds')
        .innerJoin('spaces', 'spaces.id', 'builds.space_id')
        .innerJoin('commits', (join) =>
          join.onRef('commits.space_id', '=', 'builds.space_id').onRef('commits.sha', '=', 'builds.sha'),
        )
        .select([
          'builds.id',
          'builds.space_id',
          'builds.number',
          'builds.sha',
          'builds.rebuild',
          'builds.phases',
          'spaces.owner_id',
          'commits.plan',
        ])
        .select((eb) =>
          eb
            .selectFrom('builds as other')
            .innerJoin('spaces as theirs', 'theirs.id', 'other.space_id')
            .select((inner) => inner.fn.countAll<string>().as('count'))
            .where('other.state', '=', 'running')
            .whereRef('theirs.owner_id', '=', 'spaces.owner_id')
            .as('busy'),
        )
        .where('builds.state', '=', 'queued')
        .orderBy('busy')
        .orderBy('builds.created_at')
        .limit(1)
        .forUpdate('builds')
        .skipLocked()
        .executeTakeFirst()
      if (!next) return undefined
      const phases = follow(next.phases, 'cloning', tx.now)
      await tx.db
        .updateTable('builds')
        .set({ state: 'running', started_at: tx.now, phases: JSON.stringify(phases), attempts: sql`attempts + 1` })
        .where('id', '=', next.id)
        .execute()
      const earlier = await tx.db
        .selectFrom('builds')
        .select('id')
        .where('space_id', '=', next.space_id)
        .where('sha', '=', next.sha)
        .where('rebuild', '<', next.rebuild)
        .executeTakeFirst()
      await publish(tx, { type: 'build', spaceId: next.space_id })
      return { ...next, phases, fresh: earlier !== undefined }
    })
  }

  async #build(build: Taken, signal: AbortSignal): Promise<void> {
    const { store, builder, logs, repositoryOf, secretsKey } = this.#parts
    const output = logs.openBuild(build.space_id, build.number)
    let phases = build.phases
    let steps: readonly BuildStep[] = []
    let recording = Promise.resolve()
    let stepsTimer: NodeJS.Timeout | undefined
    const record = () => {
      const now = { phases, steps }
      recording = recording.then(() => this.#record(build, now)).catch(() => {})
    }
    const sink: LogSink = {
      write: (text) => output.write(text),
      phase: (phase) => {
        output.write(`==> ${headings[phase]}\n`)
        phases = follow(phases, phase, new Date())
        record()
      },
      steps: (now) => {
        steps = now
        stepsTimer ??= setTimeout(() => {
          stepsTimer = undefined
          record()
        }, stepsEvery)
      },
    }
    try {
      if (!build.plan) throw new BuildError('cloning', 'This commit has no plan.', 'Push it again.')
      const image = await builder.build(
        {
          id: build.id,
          spaceId: build.space_id,
          cacheScope: build.owner_id,
          repository: repositoryOf(build.space_id),
          commit: build.sha,
          plan: build.plan,
          ...(await settingsOf(store.read, secretsKey, build.space_id)),
          fresh: build.fresh,
        },
        sink,
        signal,
      )
      await recording
      await this.#settle(build, { phases: finish(phases, new Date()), steps, image })
    } catch (error) {
      await recording
      if (this.#isStopped) return
      const failure = describe(error, currentPhase(phases))
      if (!(error instanceof BuildError) && !signal.aborted) {
        this.#parts.log.error({ err: error, build: build.id }, 'a build ended by a fault of ours')
      }
      output.write(`\n${failure.message}\n`)
      await this.#settle(build, { phases: finish(phases, new Date()), steps, error: failure })
    } finally {
      clearTimeout(stepsTimer)
      await output.end()
    }
  }

  /** What a build came to is not lost because the store was away. */
  async #settle(build: { id: string; space_id: string }, outcome: Outcome): Promise<void> {
    for (;;) {
      try {
        return await this.#record(build, outcome)
      } catch (error) {
        if (this.#isStopped || !isStoreAway(error)) throw error
        await sleep(storeRetry)
      }
    }
  }

  async #record(build: { id: string; space_id: string }, outcome: Outcome): Promise<void> {
    const { phases, steps, image, error } = outcome
    await this.#parts.store.transaction(async (tx) => {
      const { numUpdatedRows } = await tx.db
        .updateTable('builds')
        .set({
          phases: JSON.stringify(phases),
          ...(steps ? { steps: JSON.stringify(steps) } : {}),
          ...(image ? { state: 'succeeded', image: JSON.stringify(image), ended_at: tx.now } : {}),
          ...(error ? { state: 'failed', error: JSON.stringify(error), ended_at: tx.now } : {}),
        })
        .where('id', '=', build.id)
        // A build that was cancelled meanwhile stays so.
        .where('state', '=', 'running')
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return
      if (error) await tellBuildFailed(tx, build, error.message)
      await publish(
        tx,
        ...(error ? failedBuild(build.space_id) : [{ type: 'build', spaceId: build.space_id } as const]),
      )
    })
  }

  /** Stops what runs; the rows stay `running`, and the next start puts them back into the queue. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    for (const { abort } of this.#running.values()) abort.abort(new Error('The platform stops.'))
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done))
  }
}

/** What changes with it: the build, and what its owner is told. */
function failedBuild(spaceId: string): Change[] {
  return [
    { type: 'build', spaceId },
    { type: 'notification', spaceId },
  ]
}

function describe(error: unknown, phase: BuildPhase): { phase: BuildPhase; message: string } {
  if (error instanceof BuildError) {
    // A message may end with the words of a program, the remedy is a sentence of its own.
    const fault = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`
    return { phase: error.phase, message: [fault, error.remedy].filter(Boolean).join(' ') }
  }
  const reason = error instanceof Error ? error.message : String(error)
  return { phase, message: `The build ended by a fault of the platform: ${reason}. Restart the Space to try again.` }
}

function begin(phase: PhaseRecord['phase'], now: Date): PhaseRecord {
  return { phase, startedAt: now.toISOString() }
}

function finish(phases: readonly PhaseRecord[], now: Date): PhaseRecord[] {
  return phases.map((one) => (one.endedAt ? one : { ...one, endedAt: now.toISOString() }))
}

function follow(phases: readonly PhaseRecord[], phase: BuildPhase, now: Date): PhaseRecord[] {
  if (phases.at(-1)?.phase === phase) return [...phases]
  return [...finish(phases, now), begin(phase, now)]
}

function currentPhase(phases: readonly PhaseRecord[]): BuildPhase {
  const last = phases.at(-1)?.phase
  return last === undefined || last === 'queued' ? 'cloning' : last
}
