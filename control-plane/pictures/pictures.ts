/**
 * When a Space is photographed: as soon as a version of it serves visitors that none was taken of. One at a time and behind
 * everything else; a sleeping Space stays asleep, since only what is routed is looked at, and not through the proxy, which
 * would count it as a visit. Level-triggered: after a crash the rows say what is still to be taken.
 */
import { sql } from 'kysely'
import type { Address } from '../../runtime/runtime.ts'
import type { Logger } from '../log.ts'
import { serveStatic } from '../proxy/static.ts'
import { type Changes, publish } from '../store/changes.ts'
import type { Store } from '../store/database.ts'
import type { PictureOutcome } from '../store/schema.ts'
import type { Camera } from './camera.ts'
import { forwardTo } from './forward.ts'
import { isWorthAnother } from './judge.ts'
import { servePage } from './one-page.ts'
import type { PictureFiles } from './picture-files.ts'
import type { Shot } from './visit.ts'

/** Milliseconds after a version serves. Who pushes several times in a row gets one picture, and no browser beside the next publish. */
const settleFor = 1_000
/** Milliseconds until the second attempt, which is the last one. */
const tryAgainAfter = 45_000
const attempts = 2
/** Milliseconds after which a store that was away is asked again. */
const storeRetry = 2_000

const none = { small: null, large: null, dark_small: null, dark_large: null }

export type PicturesParts = {
  store: Store
  changes: Changes
  /** Undefined: the operator wants none. */
  camera: Camera | undefined
  files: PictureFiles
  /** Told once a Space has a new picture and nobody waits for the browser: what follows from it. */
  pictured: (spaceId: string) => Promise<void>
  log: Logger
}

type Subject = {
  spaceId: string
  workloadId: string
  version: string
  basePath: string
  target: { kind: 'address'; address: Address } | { kind: 'static'; root: string; appFile: string }
  /** Attempts at this version so far. */
  attempts: number
}

export class Pictures implements AsyncDisposable {
  readonly #parts: PicturesParts
  readonly #stop = new AbortController()
  /** Space → from when on it may be looked at, milliseconds since 1970; in the order in which they came. */
  readonly #due = new Map<string, number>()
  /** Spaces with a new picture, until there is time for what follows from it. */
  readonly #pictured = new Set<string>()
  #wake: () => void = () => {}
  #running: Promise<void> = Promise.resolve()
  #unsubscribe: () => void = () => {}

  constructor(parts: PicturesParts) {
    this.#parts = parts
  }

  /** Goes on where the platform before this one ended. Without a camera it does nothing. */
  async start(): Promise<void> {
    const { store, changes, camera, log } = this.#parts
    if (!camera) return
    if (camera.problem !== undefined) {
      log.info({ reason: camera.problem }, 'no pictures of Spaces are taken')
      return
    }
    this.#unsubscribe = changes.on((batch) => {
      for (const { type, spaceId } of batch) if (type === 'route') this.#enqueue(spaceId, Date.now() + settleFor)
    })
    const waiting = await toTake(store).select('routes.space_id').execute()
    for (const row of waiting) this.#enqueue(row.space_id, 0)
    this.#running = this.#run(camera)
  }

  /** Removes the files of Spaces and versions that are gone. */
  async collect(): Promise<void> {
    const { store, files } = this.#parts
    const pictures = await store.read
      .selectFrom('pictures')
      .select(['small', 'large', 'dark_small', 'dark_large'])
      .execute()
    const previews = await store.read.selectFrom('previews').select('digest').execute()
    const kept = [...pictures, ...previews].flatMap((row) => Object.values(row).filter((one) => one !== null))
    await files.keepOnly(new Set(kept), Date.now())
  }

  #enqueue(spaceId: string, notBefore: number): void {
    this.#due.set(spaceId, notBefore)
    this.#wake()
  }

  async #run(camera: Camera): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const next = [...this.#due].find(([, notBefore]) => notBefore <= Date.now())
      if (!next) {
        const [pictured] = this.#pictured
        if (pictured === undefined) await this.#somethingDue()
        else await this.#follow(pictured)
        continue
      }
      const [spaceId] = next
      this.#due.delete(spaceId)
      try {
        await this.#photograph(camera, spaceId)
      } catch (error) {
        if (signal.aborted) return
        this.#parts.log.warn({ err: error, space: spaceId }, 'a picture could not be recorded')
        this.#enqueue(spaceId, Date.now() + storeRetry)
      }
    }
  }

  async #follow(spaceId: string): Promise<void> {
    this.#pictured.delete(spaceId)
    try {
      await this.#parts.pictured(spaceId)
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#parts.log.warn({ err: error, space: spaceId }, 'a preview was not drawn')
    }
  }

  async #somethingDue(): Promise<void> {
    const first = Math.min(...this.#due.values())
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      if (Number.isFinite(first)) timer = setTimeout(resolve, Math.max(first - Date.now(), 1))
    })
    clearTimeout(timer)
  }

  async #photograph(camera: Camera, spaceId: string): Promise<void> {
    const { log } = this.#parts
    const { signal } = this.#stop
    const subject = await this.#subject(spaceId)
    if (!subject) return
    let shot: Shot | undefined
    try {
      if (subject.target.kind === 'static') {
        const site = { ...subject.target, headers: {} }
        await using page = await servePage(
          (request, response) =>
            void serveStatic(request, response, request.url ?? '/', site).catch(() => response.destroy()),
        )
        shot = await camera.take(new URL(subject.basePath, page.url), signal)
      } else {
        const { address } = subject.target
        // The browser is given a port of this machine's loopback and nothing else.
        await using forward = address.host === '127.0.0.1' ? undefined : await forwardTo(address)
        const origin = forward?.url ?? `http://127.0.0.1:${address.port}`
        shot = await camera.take(new URL(subject.basePath, origin), signal)
      }
    } catch (error) {
      if (signal.aborted) return
      log.warn({ err: error, space: spaceId }, 'a picture could not be taken')
    }
    await this.#record(subject, shot)
  }

  async #subject(spaceId: string): Promise<Subject | undefined> {
    const row = await toTake(this.#parts.store)
      .leftJoin('commits', (join) =>
        join.onRef('commits.space_id', '=', 'routes.space_id').onRef('commits.sha', '=', 'routes.sha'),
      )
      .where('routes.space_id', '=', spaceId)
      .select([
        'routes.kind',
        'routes.addresses',
        'routes.root',
        'workloads.id',
        versionOf.as('version'),
        sql<string | null>`commits.plan ->> 'appFile'`.as('app_file'),
        sql<string | null>`commits.card ->> 'basePath'`.as('base_path'),
        sql<number>`case when pictures.version = ${versionOf} then pictures.attempts else 0 end`.as('attempts'),
      ])
      .executeTakeFirst()
    if (!row) return undefined
    const target = targetOf(row)
    if (!target) return undefined
    return {
      spaceId,
      workloadId: row.id,
      version: row.version,
      // One slash in front: `//host` would lead elsewhere.
      basePath: `/${(row.base_path ?? '').replace(/^[/\\]+/, '')}`,
      target,
      attempts: row.attempts,
    }
  }

  async #record(subject: Subject, shot: Shot | undefined): Promise<void> {
    const { store, files } = this.#parts
    const outcome: PictureOutcome = shot?.verdict ?? 'trouble'
    const tries = subject.attempts + 1
    const isAgain = isWorthAnother(outcome) && tries < attempts
    const taken = shot?.pictures && {
      small: await files.put(shot.pictures.small),
      large: await files.put(shot.pictures.large),
      dark_small: shot.pictures.dark ? await files.put(shot.pictures.dark.small) : null,
      dark_large: shot.pictures.dark ? await files.put(shot.pictures.dark.large) : null,
    }
    const isCurrent = await store.transaction(async (tx) => {
      // Something else may serve by now, and at the same port something else again.
      const route = await tx.db
        .selectFrom('routes')
        .select('workload_id')
        .where('space_id', '=', subject.spaceId)
        .executeTakeFirst()
      if (route?.workload_id !== subject.workloadId) return false
      const again = outcome === 'trouble' || isAgain ? new Date(tx.now.getTime() + tryAgainAfter) : null
      const row = {
        version: subject.version,
        outcome,
        attempts: tries,
        taken_at: tx.now,
        retry_at: again,
        // Until it is known what the new version looks like, the old one's picture stands.
        ...(taken ?? (isAgain || outcome === 'trouble' ? {} : none)),
      }
      await tx.db
        .insertInto('pictures')
        .values({ space_id: subject.spaceId, ...none, ...row })
        .onConflict((on) => on.column('space_id').doUpdateSet(row))
        .execute()
      await publish(tx, { type: 'picture', spaceId: subject.spaceId })
      return true
    })
    if (isCurrent && taken) this.#pictured.add(subject.spaceId)
    if (isCurrent && isAgain) this.#enqueue(subject.spaceId, Date.now() + tryAgainAfter)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort()
    this.#wake()
    await this.#running
  }
}

function targetOf(row: {
  kind: 'address' | 'static'
  addresses: readonly Address[] | null
  root: string | null
  app_file: string | null
}): Subject['target'] | undefined {
  if (row.kind === 'static') return { kind: 'static', root: row.root ?? '', appFile: row.app_file ?? 'index.html' }
  // Replicas look alike.
  const address = row.addresses?.[0]
  return address && { kind: 'address', address }
}

/** What makes it look different: the commit, what it was built into, and settings that a start reads. Waking up does not. */
const versionOf = sql<string>`concat_ws(' ', workloads.sha, workloads.build_id, workloads.revision)`

/** What serves visitors and has no picture yet, or waits for another attempt. */
function toTake(store: Store) {
  return store.read
    .selectFrom('routes')
    .innerJoin('workloads', 'workloads.id', 'routes.workload_id')
    .innerJoin('spaces', 'spaces.id', 'routes.space_id')
    .leftJoin('pictures', 'pictures.space_id', 'routes.space_id')
    .where('spaces.deleted_at', 'is', null)
    .where(
      sql<boolean>`(pictures.space_id is null or pictures.version <> ${versionOf} or pictures.retry_at is not null)`,
    )
}
