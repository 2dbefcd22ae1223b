/** kill -9 of the platform at random moments of container builds and starts: in the end all is as it was last asked to be. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inventory } from '../drivers/inventory.ts'
import { ask, probingApp } from '../probing-app.ts'
import { testEngine } from '../drivers/test-engine.ts'
import { TestPlaza } from '../plaza.ts'
import { eventually, orphansOf } from './processes.ts'

const found = await testEngine()
const engine = 'missing' in found ? undefined : found
const why = 'missing' in found ? ` (not here: ${found.missing})` : ''

/** The same moments again: PLAZA_TEST_SEED. */
const seed = Number(process.env['PLAZA_TEST_SEED'] ?? Date.now() % 1_000_000)
const rounds = 20
const names = ['r1', 'r2', 'r3'] as const

type Act = 'push' | 'restart' | 'rebuild' | 'delete' | 'brief' | 'nothing'

/** What is asked of each Space, how long its app takes to start, and how long after the first of it the platform dies. */
const moments = fc.sample(
  fc.record({
    acts: fc.tuple(
      ...names.map(() => fc.constantFrom<Act>('push', 'push', 'restart', 'rebuild', 'delete', 'brief', 'nothing')),
    ),
    /** Milliseconds; even over the span, so not as fast-check would choose a number. */
    after: fc.constantFrom(...Array.from({ length: 60 }, (_, n) => 300 + n * 50)),
    takes: fc.constantFrom(0, 0.5, 1),
  }),
  { seed, numRuns: rounds },
)

describe.skipIf(!engine)(`kill -9 of the platform among containers, seed ${seed}${why}`, () => {
  let plaza: TestPlaza
  beforeAll(async () => {
    if (engine) plaza = await TestPlaza.start({ docker: engine })
  })
  afterAll(async () => await plaza?.[Symbol.asyncDispose]())

  test(`at ${rounds} moments: every Space comes to what was asked of it by itself, and nothing is orphaned`, async () => {
    if (!engine) return
    console.log(`PLAZA_TEST_SEED=${seed}`)
    /** What the last acknowledged push of a Space says, and its commit; undefined for a Space without one. */
    const said = new Map<string, { says: string; sha: string } | undefined>()
    const act = async (name: string, wanted: Act, says: string, takes: number): Promise<void> => {
      const id = `bob/${name}`
      if (!said.has(name)) {
        await plaza.createSpace('bob', name)
        said.set(name, undefined)
      }
      switch (said.get(name) === undefined ? 'push' : wanted) {
        case 'push':
          said.set(name, { says, sha: await plaza.push('bob', name, probingApp({ says, takes })) })
          return
        case 'restart':
          return void (await plaza.json('POST', `/api/spaces/${id}/restart`, 'bob'))
        case 'rebuild':
          return void (await plaza.json('POST', `/api/spaces/${id}/restart?factory=true`, 'bob'))
        case 'brief':
          return void (await plaza.json('POST', `/api/spaces/${id}/sleeptime`, 'bob', { seconds: 3 }))
        case 'delete':
          await plaza.api('DELETE', '/api/repos/delete', 'bob', { type: 'space', name })
          said.delete(name)
          return
        case 'nothing':
      }
    }
    let acknowledged = 0
    const interrupted = new Map<string, number>()
    for (const [n, { acts, after, takes }] of moments.entries()) {
      const asked = names.map(async (name, at) => {
        await act(name, acts[at] ?? 'nothing', `${name} ${n}`, takes).then(
          () => acknowledged++,
          () => {},
        )
      })
      await sleep(after)
      for (const stage of await stages(plaza)) interrupted.set(stage, (interrupted.get(stage) ?? 0) + 1)
      await plaza.kill()
      await Promise.all(asked)
      await plaza.launch()
    }

    console.log(`${acknowledged} of ${rounds * names.length} acknowledged; killed in`, Object.fromEntries(interrupted))
    expect(acknowledged).toBeGreaterThan(5)

    // What was not acknowledged may or may not have happened.
    for (const name of names) {
      const last = said.get(name)
      if (!last || !(await plaza.api('GET', `/api/spaces/bob/${name}`, 'bob')).ok) continue
      const answered = await eventually(async () => {
        const answer = await ask(plaza, `bob/${name}`)
        const { repository, running, building } = (await plaza.runtime(`bob/${name}`)).commits
        expect({ running, building }).toEqual({ running: repository, building: null })
        return answer
      }, 60_000)
      const { sha } = await plaza.runtime(`bob/${name}`)
      if (sha === last.sha) expect(answered.says).toBe(last.says)
    }
    // Whatever the dice: a push at the end is served.
    const sha = await plaza.push('bob', names[0], probingApp({ says: 'last' })).catch(async () => {
      return await plaza.publish('bob', names[0], probingApp({ says: 'last' }))
    })
    await plaza.waitFor(`bob/${names[0]}`, (runtime) => runtime.stage === 'RUNNING' && runtime.sha === sha)
    expect((await ask(plaza, `bob/${names[0]}`)).says).toBe('last')

    for (const name of names) await plaza.api('DELETE', '/api/repos/delete', 'bob', { type: 'space', name })
    const install = await plaza.install()
    await eventually(async () => {
      expect(await inventory(engine.engine, install)).toEqual([])
      const folders = ['builds', 'repositories', 'logs', 'spaces'].flatMap((folder) => {
        const names = list(path.join(plaza.data, folder)).filter((one) => !one.startsWith('.'))
        return names.map((one) => `${folder}/${one}`)
      })
      expect(folders).toEqual([])
      expect(orphansOf(plaza)).toEqual([])
    }, 40_000)
  }, 240_000)
})

/** Of all Spaces, at this moment. */
async function stages(plaza: TestPlaza): Promise<string[]> {
  const all = names.map(async (name) => (await plaza.runtime(`bob/${name}`).catch(() => undefined))?.stage ?? 'none')
  return await Promise.all(all)
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
