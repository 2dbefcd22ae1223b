/**
 * What has changed, as rows of an outbox: written in the transaction of the change itself, so that it is visible if
 * and only if the change is. NOTIFY is only a hint to look; a lost hint costs a second, never an event.
 * At least once: whoever hears of a change looks at the rows again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Client } from 'pg'
import type { Store, Writer } from './database.ts'

/**
 * `stage`, `like` and `picture` are for whoever shows Spaces, `hidden` (not everybody who could see it still can) for
 * whoever has shown it, `notification` is for its owner: nothing is to be done about them.
 */
export type ChangeType =
  | 'space'
  | 'commit'
  | 'build'
  | 'workload'
  | 'route'
  | 'activity'
  | 'stage'
  | 'like'
  | 'picture'
  | 'hidden'
  | 'notification'
export type Change = { type: ChangeType; spaceId: string }

/** One transaction at a time appends, so that ids become visible in their order and a cursor misses none. */
const appendLock = 7_052_025
const channel = 'plaza_changes'
const keptFor = '1 hour'

/** Call it last in the transaction: others who append wait until it ends. */
export async function publish(tx: Writer, ...changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return
  await sql`select pg_advisory_xact_lock(${appendLock})`.execute(tx.db)
  await tx.db
    .insertInto('changes')
    .values(changes.map((change) => ({ type: change.type, space_id: change.spaceId })))
    .execute()
  await sql`select pg_notify(${channel}, '')`.execute(tx.db)
}

/** What has changed in the last so many seconds; the newest where there is too much. */
export async function recentChanges(store: Store, seconds: number, most: number): Promise<Change[]> {
  const rows = await store.read
    .selectFrom('changes')
    .select(['type', 'space_id'])
    .where('at', '>', sql<Date>`now() - ${seconds} * interval '1 second'`)
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
  return rows.map((row) => ({ type: row.type as ChangeType, spaceId: row.space_id }))
}

export class Changes implements AsyncDisposable {
  readonly #store: Store
  readonly #listeners = new Set<(changes: readonly Change[]) => void>()
  readonly #stop = new AbortController()
  #cursor: string
  #client: Client | undefined
  #wake: () => void = () => {}
  #running: Promise<void> = Promise.resolve()

  private constructor(store: Store, cursor: string) {
    this.#store = store
    this.#cursor = cursor
  }

  /** Follows the outbox from now on. What was before, a part reads from the rows when it starts. */
  static async follow(store: Store): Promise<Changes> {
    const { rows } = await sql<{ id: string | null }>`select max(id)::text as id from changes`.execute(store.read)
    const changes = new Changes(store, rows[0]?.id ?? '0')
    await changes.#listen()
    changes.#running = changes.#run()
    return changes
  }

  /** Calls `listener` with each batch, in order, until the returned function is called. It must not throw. */
  on(listener: (changes: readonly Change[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #listen(): Promise<void> {
    const client = await this.#store.connection()
    client.on('notification', () => this.#wake())
    client.on('error', () => {
      if (this.#client === client) this.#client = undefined
      this.#wake()
    })
    await client.query(`listen ${channel}`)
    this.#client = client
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const hint = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      try {
        if (!this.#client) await this.#listen()
        await this.#drain()
      } catch {
        // The store is away: look again soon. Nothing is lost, the cursor stays.
        if (signal.aborted) return
        await sleep(250)
        continue
      }
      await Promise.race([hint, sleep(1000, undefined, { signal, ref: false }).catch(() => {})])
    }
  }

  async #drain(): Promise<void> {
    for (;;) {
      const rows = await this.#store.read
        .selectFrom('changes')
        .select(['id', 'type', 'space_id'])
        .where('id', '>', this.#cursor)
        .orderBy('id')
        .limit(500)
        .execute()
      const last = rows.at(-1)
      if (!last) return
      this.#cursor = last.id
      const batch = rows.map((row) => ({ type: row.type as ChangeType, spaceId: row.space_id }))
      for (const listener of this.#listeners) listener(batch)
    }
  }

  /** Removes what every follower has long seen. */
  async prune(): Promise<void> {
    await sql`delete from changes where at < now() - ${keptFor}::interval`.execute(this.#store.read)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#running
    await this.#client?.end().catch(() => {})
  }
}
