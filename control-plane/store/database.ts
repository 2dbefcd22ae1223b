/** The one way to the rows: reads at any time, writes only inside a transaction. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, PostgresDialect, type Transaction, sql } from 'kysely'
import { Client, Pool } from 'pg'
import { migrations } from './migrations/index.ts'
import type { Database } from './schema.ts'

export type Reader = Kysely<Database>

/** A transaction in progress. `now` is one instant for all that it writes; `onCommit` callbacks run after it is durable. */
export type Writer = { readonly db: Transaction<Database>; readonly now: Date; onCommit(then: () => void): void }

/** SQLSTATEs after which the same transaction may succeed when it is run again. */
const worthRetrying = new Set(['40001', '40P01'])
const maxAttempts = 5

export class Store implements AsyncDisposable {
  readonly read: Reader
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
    this.read = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  }

  /** Runs `work` as one transaction. `work` must be repeatable: it is run again after a serialization failure or deadlock. */
  async transaction<T>(work: (tx: Writer) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const then: (() => void)[] = []
      try {
        const result = await this.read
          .transaction()
          .execute((db) => work({ db, now: new Date(), onCommit: (callback) => void then.push(callback) }))
        for (const callback of then) callback()
        return result
      } catch (error) {
        if (attempt === maxAttempts || !worthRetrying.has(sqlState(error))) throw error
      }
    }
  }

  /** A connection of its own, outside the pool, for LISTEN. The caller ends it. */
  async connection(): Promise<Client> {
    const client = new Client(this.#pool.options)
    client.on('error', () => {})
    await client.connect()
    return client
  }

  /** Brings the schema up to date and returns the names of what was applied. Two processes may call it at once. */
  async migrate(): Promise<string[]> {
    return await this.read.transaction().execute(async (db) => {
      await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(db)
      await sql`create table if not exists migrations (name text primary key, at timestamptz not null default now())`.execute(
        db,
      )
      const { rows } = await sql<{ name: string }>`select name from migrations`.execute(db)
      const done = new Set(rows.map((row) => row.name))
      const fresh = migrations.filter((migration) => !done.has(migration.name))
      for (const migration of fresh) {
        await migration.up(db)
        await sql`insert into migrations (name) values (${migration.name})`.execute(db)
      }
      return fresh.map((migration) => migration.name)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.read.destroy()
  }
}

/** Any constant that nothing else in the database locks with. */
const migrationLock = 7_052_023
const serverLock = 7_052_024

/** Milliseconds between two tries to get the install back, and how long somebody else may have it before it is theirs. */
const claimAgainEvery = 500
const claimLostAfter = 30_000

/**
 * Holds the install for this process; undefined where another process has it. When the store restarts, whoever comes
 * first has it again: `lost` is called where that was somebody else.
 */
export async function claimInstall(store: Store, lost: () => void): Promise<AsyncDisposable | undefined> {
  const over = new AbortController()
  const first = await tryClaim(store)
  if (!first) return undefined
  const holding = (async () => {
    if (!(await hold(store, first, over.signal))) lost()
  })()
  return {
    async [Symbol.asyncDispose]() {
      over.abort()
      await holding
    },
  }
}

/** Until the signal: true; or until another process has it: false. */
async function hold(store: Store, first: Client, signal: AbortSignal): Promise<boolean> {
  let client: Client | undefined = first
  let without = 0
  while (!signal.aborted) {
    if (client) {
      await ended(client, signal)
      without = Date.now()
    }
    if (signal.aborted) break
    // False may also be our own old session, which the server has not given up yet.
    const got = await tryClaim(store).catch(() => 'away' as const)
    if (got === 'away') without = Date.now()
    else if (!got && Date.now() - without > claimLostAfter) return false
    client = got === 'away' ? undefined : got
    if (!client) await sleep(claimAgainEvery, undefined, { signal }).catch(() => {})
  }
  await client?.end().catch(() => {})
  return true
}

async function tryClaim(store: Store): Promise<Client | undefined> {
  const client = await store.connection()
  const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [serverLock])
  if (rows[0]?.got) return client
  await client.end()
  return undefined
}

async function ended(client: Client, signal: AbortSignal): Promise<void> {
  await once(client, 'end', { signal }).catch(() => {})
}

/** @param url `postgres://…`, or a socket folder as `postgres:///plaza?host=/folder&user=plaza`. */
export async function openStore(url: string): Promise<Store> {
  const pool = new Pool({
    connectionString: url,
    max: 16,
    connectionTimeoutMillis: 10_000,
    application_name: 'plaza',
  })
  // An idle connection that the server ends is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {})
  // So would one that breaks between two queries of a transaction: the next query fails, and that is enough.
  pool.on('connect', (client) => client.on('error', () => {}))
  const store = new Store(pool)
  const { rows } = await sql<{ version: string }>`select current_setting('server_version_num') as version`.execute(
    store.read,
  )
  const version = Number(rows[0]?.version)
  if (version < 150_000) {
    await store[Symbol.asyncDispose]()
    throw new Error(`PLAZA_DATABASE_URL points to PostgreSQL ${Math.floor(version / 10_000)}. Use 15 or newer.`)
  }
  await store.migrate()
  return store
}

/** Whether an error says that the store is away for now, and nothing about what was asked of it. */
export function isStoreAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // Connection exceptions, no resources, and being stopped or started.
  if (/^(08|53|57P)/.test(sqlState(error))) return true
  if ('syscall' in error && error.syscall === 'connect') return true
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
    error.message,
  )
}

export function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
