/** The one way to the rows: reads at any time, writes only inside a transaction. */
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

/** Holds the install for this process while `client` stays connected; false where another process has it. */
export async function claimInstall(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [serverLock])
  return rows[0]?.got ?? false
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

export function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
