/** A database of its own for a test, on the server that the run's set-up started (test/store/server.ts). */
import { Client } from 'pg'
import { inject } from 'vitest'
import { openStore, type Store } from '../../control-plane/store/database.ts'

let count = 0

/** An empty database, dropped at the end. @param server default: the run's own. */
export async function createDatabase(server = inject('databaseUrl')): Promise<AsyncDisposable & { url: string }> {
  const name = `test_${process.pid}_${Date.now().toString(36)}_${++count}`
  await administer(server, `create database ${name}`)
  return {
    url: databaseUrl(server, name),
    [Symbol.asyncDispose]: async () => await administer(server, `drop database if exists ${name} with (force)`),
  }
}

/** The same with our schema, opened. */
export async function testDatabase(server?: string): Promise<AsyncDisposable & { store: Store; url: string }> {
  const database = await createDatabase(server)
  const store = await openStore(database.url)
  return {
    store,
    url: database.url,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** The same server, another database: `postgres:///plaza?host=…` or `postgres://user@host/plaza`. */
function databaseUrl(server: string, name: string): string {
  return server.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`)
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
