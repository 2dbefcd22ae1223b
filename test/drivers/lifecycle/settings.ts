/** What belongs to a Space and not to a version of it: variables, secrets, `/data`, its name; and its end. */
import { expect, test } from 'vitest'
import type { SpaceRuntime } from '../../../control-plane/hub/runtime.ts'
import { eventually } from '../../faults/processes.ts'
import type { TestPlaza } from '../../plaza.ts'
import { ask, type Answer, probingApp } from '../../probing-app.ts'
import type { Driven } from './driven.ts'

const secret = 'hf_the_secret_of_this_Space'
const isAt = (sha: string) => (runtime: SpaceRuntime) => runtime.stage === 'RUNNING' && runtime.sha === sha

export function keeping(given: () => Driven): void {
  let plaza: TestPlaza
  const startsAfter = async (id: string, before: Answer) =>
    await eventually(async () => {
      const now = await ask(plaza, id)
      expect(now.starts).toBeGreaterThan(before.starts)
      return now
    }, 30_000)

  test('variables and secrets reach the app; nobody reads a secret again', async () => {
    ;({ plaza } = given())
    await plaza.publish('alice', 'keeper', probingApp())
    await plaza.waitFor('alice/keeper', 'RUNNING')
    const before = await ask(plaza, 'alice/keeper')
    const add = async (kind: string, key: string, value: string) =>
      await plaza.json('POST', `/api/spaces/alice/keeper/${kind}`, 'alice', { key, value })
    await add('variables', 'MODEL', 'small {port} $(id)')
    await add('secrets', 'TOKEN', secret)
    await startsAfter('alice/keeper', before)
    await eventually(async () => expect(await ask(plaza, 'alice/keeper', '/env?name=TOKEN')).toBe(secret))
    expect(await ask(plaza, 'alice/keeper', '/env?name=MODEL')).toBe('small {port} $(id)')
    const shown = ['/variables', '/secrets', '', '/runtime'].map((route) => `/api/spaces/alice/keeper${route}`)
    const pages = ['', '/versions', '/endpoints'].map((route) => `/api/plaza/spaces/alice/keeper${route}`)
    for (const route of [...shown, ...pages]) {
      const text = await (await plaza.api('GET', route, 'alice')).text()
      expect(text).not.toContain(secret)
    }
    expect(await plaza.log('alice/keeper', 'build')).not.toContain(secret)
  })

  test('/data outlives another version, a restart and another name', async () => {
    expect(await ask(plaza, 'alice/keeper', '/note?text=first.')).toBe('first.')
    const sha = await plaza.push('alice', 'keeper', probingApp({ says: 'anew' }))
    await plaza.waitFor('alice/keeper', isAt(sha))
    expect(await ask(plaza, 'alice/keeper', '/note?text=rebuilt.')).toBe('first.rebuilt.')
    const before = await ask(plaza, 'alice/keeper')
    await plaza.json('POST', '/api/spaces/alice/keeper/restart', 'alice')
    await startsAfter('alice/keeper', before)
    expect(await ask(plaza, 'alice/keeper', '/note?text=restarted.')).toBe('first.rebuilt.restarted.')
    const move = { fromRepo: 'alice/keeper', toRepo: 'alice/kept', type: 'space' }
    await plaza.json('POST', '/api/repos/move', 'alice', move)
    await plaza.waitFor('alice/kept', 'RUNNING')
    expect(await ask(plaza, 'alice/kept', '/note?text=renamed.')).toBe('first.rebuilt.restarted.renamed.')
    expect((await plaza.visitByName('alice-kept', '/')).text).toContain('anew')
    expect(await ask(plaza, 'alice/kept', '/env?name=TOKEN')).toBe(secret)
  })

  test('deleted, it leaves nothing: no process, no container, no network, no volume, no folder', async () => {
    const driven = given()
    const before = new Set(await driven.held())
    // Versions of others that were replaced a moment ago may still go.
    const more = async () => (await driven.held()).filter((line) => !before.has(line))
    await plaza.publish('alice', 'brief', probingApp())
    await plaza.waitFor('alice/brief', 'RUNNING')
    await ask(plaza, 'alice/brief', '/note?text=mine')
    expect((await more()).length).toBeGreaterThan(2)
    await plaza.api('DELETE', '/api/repos/delete', 'alice', { type: 'space', name: 'brief' })
    expect((await plaza.api('GET', '/api/spaces/alice/brief')).status).toBe(404)
    await eventually(async () => expect(await more()).toEqual([]), 30_000)
  })
}
