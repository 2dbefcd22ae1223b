/** One PostgreSQL server for a whole test run: the embedded one, or the tester's own by `PLAZA_DATABASE_URL`. */
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../control-plane/store/postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string
    /** Of the oldest PostgreSQL that is promised; empty where the machine has none. */
    oldestDatabaseUrl: string
  }
}

/** Debian's place; 15 is the oldest that Plaza runs on. */
const oldest = '/usr/lib/postgresql/15'

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const endOldest = await startOldest(project)
  const own = process.env['PLAZA_DATABASE_URL']
  if (own) {
    project.provide('databaseUrl', own)
    return endOldest
  }
  const server = await startServer({})
  project.provide('databaseUrl', server.url)
  return async () => {
    await server.end()
    await endOldest()
  }
}

async function startOldest(project: TestProject): Promise<() => Promise<void>> {
  const server = existsSync(path.join(oldest, 'bin', 'initdb')) ? await startServer({ binaries: oldest }) : undefined
  project.provide('oldestDatabaseUrl', server?.url ?? '')
  return async () => await server?.end()
}

async function startServer(options: { binaries?: string }): Promise<{ url: string; end(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-test-store-'))
  await chmod(folder, 0o755)
  const postgres = await startPostgres(folder, options)
  return {
    url: postgres.url,
    async end() {
      await postgres[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
