/** Sleepers that stay in memory: they wake as they were, leave in the order in which they fell asleep, and outlive the platform. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { probingApp } from '../probing-app.ts'

type Said = { boot: string; starts: number; says: string }

/** Bytes that an app holds besides the interpreter, so that two of them do not fit into the room below. */
const ballast = 40 * 1024 * 1024
const room = '80Mi'

describe('sleepers', () => {
  let plaza: TestPlaza
  beforeAll(async () => {
    plaza = await TestPlaza.start({ yaml: `frozenMemory: ${room}` })
  })
  afterAll(async () => await plaza[Symbol.asyncDispose]())

  const answer = async (id: string) => (await (await plaza.visit(id)).json()) as Said
  async function published(name: string, app: Parameters<typeof probingApp>[0] = {}): Promise<string> {
    await plaza.createSpace('alice', name, { sleepTimeSeconds: 3 })
    await plaza.push('alice', name, probingApp(app))
    await plaza.waitFor(`alice/${name}`, 'RUNNING')
    return `alice/${name}`
  }
  const states = async (id: string) => {
    const answer = await plaza.json<{ instances: { space: string; state: string }[] }>(
      'GET',
      '/api/plaza/admin/instances',
      'root-admin',
    )
    return answer.instances.filter(({ space }) => space === id).map(({ state }) => state)
  }

  test('one wakes as it was, and everyone who comes at once is answered', async () => {
    const id = await published('still')
    const before = await answer(id)
    await plaza.waitFor(id, 'SLEEPING')
    expect(await states(id)).toEqual(['frozen'])
    const answers = await Promise.all(Array.from({ length: 100 }, async () => await answer(id)))
    expect(new Set(answers.map(({ boot }) => boot))).toEqual(new Set([before.boot]))
    await plaza.waitFor(id, 'RUNNING')
  })

  test('it stays asleep over a kill and a start of the platform, and wakes as it was', async () => {
    const id = await published('outlives')
    const before = await answer(id)
    await plaza.waitFor(id, 'SLEEPING')
    await plaza.kill()
    await plaza.launch()
    expect(await plaza.runtime(id)).toMatchObject({ stage: 'SLEEPING' })
    expect(await states(id)).toEqual(['frozen'])
    expect(await answer(id)).toEqual(before)
  })

  test('other settings start it anew instead', async () => {
    const id = await published('changed')
    const before = await answer(id)
    await plaza.waitFor(id, 'SLEEPING')
    await plaza.json('POST', `/api/spaces/${id}/variables`, 'alice', { key: 'COLOUR', value: 'blue' })
    await plaza.waitFor(id, 'RUNNING')
    expect((await answer(id)).boot).not.toBe(before.boot)
  })

  test('who has slept longest leaves when there is no room for all', async () => {
    const hungry = { first: `ballast = bytearray(os.urandom(1024)) * (${ballast} // 1024)` }
    const first = await published('first', hungry)
    await plaza.waitFor(first, 'SLEEPING')
    expect(await states(first)).toEqual(['frozen'])
    const second = await published('second', hungry)
    const before = await answer(second)
    await plaza.waitFor(second, 'SLEEPING')
    await expect.poll(async () => await states(first), { timeout: 20_000 }).toEqual([])
    expect(await plaza.runtime(first)).toMatchObject({ stage: 'SLEEPING' })
    expect(await states(second)).toEqual(['frozen'])
    expect(await answer(first)).toMatchObject({ starts: 2 })
    expect(await answer(second)).toEqual(before)
  })
})

test('without any room a sleeper is ended, and starts anew', async () => {
  await using plaza = await TestPlaza.start({ yaml: 'frozenMemory: 0' })
  await plaza.createSpace('alice', 'ends', { sleepTimeSeconds: 3 })
  await plaza.push('alice', 'ends', probingApp())
  await plaza.waitFor('alice/ends', 'RUNNING')
  await plaza.waitFor('alice/ends', 'SLEEPING')
  expect(await (await plaza.visit('alice/ends')).json()).toMatchObject({ starts: 2 })
})
