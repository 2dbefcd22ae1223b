/** One PostgreSQL server for a whole test run: the embedded one, or the tester's own by `PLAZA_DATABASE_URL`. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../control-plane/store/postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const own = process.env['PLAZA_DATABASE_URL']
  if (own) {
    project.provide('databaseUrl', own)
    return async () => {}
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-test-store-'))
  await chmod(folder, 0o755)
  const postgres = await startPostgres(folder)
  project.provide('databaseUrl', postgres.url)
  return async () => {
    await postgres[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  }
}
