/** The store dies or goes away under a running platform: it goes on, says so meanwhile, and loses nothing. */
import { mkdtemp, chmod, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capabilities } from '../../runtime/local/capabilities.ts'
import { startPostgres } from '../../control-plane/store/postgres.ts'
import { TestPlaza } from '../plaza.ts'
import { probingApp } from '../probing-app.ts'
import { eventually, isAlive } from './processes.ts'
import { slowPackage } from './slow-package.ts'

const isMissing = (await capabilities(undefined)).sandbox === undefined

type Answer = { boot: string; starts: number }

const postmaster = async (store: string) =>
  Number.parseInt(await readFile(path.join(store, 'cluster', 'postmaster.pid'), 'utf8'), 10)

describe.skipIf(isMissing)('a store that dies (needs bubblewrap and passt: its apps keep a list in /data)', () => {
  let plaza: TestPlaza
  let folder: string
  beforeAll(async () => {
    plaza = await TestPlaza.start({ embeddedStore: true })
    folder = await mkdtemp(path.join(tmpdir(), 'plaza-store-'))
    await chmod(folder, 0o711)
  })
  afterAll(async () => {
    await plaza[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const answer = async (id: string, from = plaza) => (await (await from.visit(id)).json()) as Answer

  test('kill -9 of the embedded PostgreSQL while apps serve, start and are built: each comes to its end by itself', async () => {
    const { pid } = plaza
    await plaza.publish('alice', 'serving', probingApp())
    await plaza.waitFor('alice/serving', 'RUNNING')
    const before = await answer('alice/serving')
    const host = await plaza.host('alice/serving')
    await plaza.publish('alice', 'starting', probingApp({ takes: 3 }))
    await plaza.publish('bob', 'building', { ...slowPackage, ...probingApp({ first: 'import slow' }) })
    await plaza.waitFor('alice/starting', 'APP_STARTING')
    await plaza.waitFor('bob/building', (runtime) => runtime.phase?.name === 'resolving')
    for (let round = 0; round < 3; round++) {
      process.kill(await postmaster(path.join(plaza.data, 'postgres')), 'SIGKILL')
      // Those who visit an app do not notice.
      expect(await (await fetch(host)).json()).toEqual(before)
      await eventually(async () => expect((await plaza.api('GET', '/api/spaces/alice/serving/runtime')).ok).toBe(true))
    }
    await Promise.all(['alice/starting', 'bob/building'].map(async (id) => await plaza.waitFor(id, 'RUNNING')))
    expect(await answer('alice/starting')).toMatchObject({ starts: 1 })
    expect(await answer('bob/building')).toMatchObject({ starts: 1 })
    expect(await answer('alice/serving')).toEqual(before)
    const sha = await plaza.push('alice', 'serving', probingApp({ says: 'two' }))
    await plaza.waitFor('alice/serving', (runtime) => runtime.stage === 'RUNNING' && runtime.sha === sha)
    expect(plaza.pid).toBe(pid)
  })

  test('a stop ends the embedded PostgreSQL too, and the next start brings everything back', async () => {
    const before = await answer('alice/starting')
    const store = await postmaster(path.join(plaza.data, 'postgres'))
    await plaza.stop()
    expect(isAlive({ pid: store })).toBe(false)
    await plaza.launch()
    expect(await answer('alice/starting')).toEqual(before)
  })

  test('a PostgreSQL of one’s own that is away for a while: 503 that says so, then everything as before', async () => {
    const postgres = await startPostgres(folder)
    try {
      await using other = await TestPlaza.start({ embeddedStore: true, env: { PLAZA_DATABASE_URL: postgres.url } })
      await other.publish('alice', 'app', probingApp())
      await other.waitFor('alice/app', 'RUNNING')
      const before = await answer('alice/app', other)
      const host = await other.host('alice/app')
      process.kill(await postmaster(folder), 'SIGKILL')
      const refused = await eventually(async () => {
        const refused = await other.api('GET', '/api/spaces/alice/app/runtime')
        expect(refused.status).toBe(503)
        return refused
      })
      expect(await refused.json()).toMatchObject({ code: 'unavailable' })
      expect(await (await fetch(host)).json()).toEqual(before)
      await startPostgres(folder)
      await eventually(async () => expect(await answer('alice/app', other)).toEqual(before))
      const sha = await other.push('alice', 'app', probingApp({ says: 'two' }))
      await other.waitFor('alice/app', (runtime) => runtime.stage === 'RUNNING' && runtime.sha === sha)
      // It holds the install again: a second one is refused.
      const rival = await startRival(other, postgres.url)
      expect(rival).toContain('Another Plaza runs on the store')
    } finally {
      await postgres[Symbol.asyncDispose]()
    }
  })
})

/** What a second Plaza on the same store ends with. */
async function startRival(plaza: TestPlaza, database: string): Promise<string> {
  return await eventually(
    async () =>
      await TestPlaza.start({ embeddedStore: true, env: { PLAZA_DATABASE_URL: database } }).then(
        async (rival) => {
          await rival.stop()
          throw new Error(`a second Plaza started beside ${plaza.url.origin}`)
        },
        (error: Error) => error.message,
      ),
  )
}
