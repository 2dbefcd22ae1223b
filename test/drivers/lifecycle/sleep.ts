/** Asleep in memory, or ended; and awake by those who visit. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { AdminInstances } from '../../../control-plane/hub/admin-instances.ts'
import type { TestPlaza } from '../../plaza.ts'
import { ask, type Answer, probingApp, rush } from '../../probing-app.ts'
import type { Driven } from './driven.ts'

const requests = 50
const sockets = 10
const id = 'bob/sleeper'

/** @param settings plaza.yaml of this Plaza; `frozenMemory` is added. */
export function sleeping(given: () => Driven, settings: string): void {
  let plaza: TestPlaza
  const state = async () => {
    const { instances } = await plaza.json<AdminInstances>('GET', '/api/plaza/admin/instances', 'root-admin')
    return instances.find(({ space, wanted }) => space === id && wanted)?.state
  }
  /** Asleep: nobody comes for as long as it takes. */
  const fallAsleep = async () => await plaza.waitFor(id, 'SLEEPING')

  test('a Space that nobody visits stands still in memory; all who come at once wake it, and it goes on where it was', async () => {
    ;({ plaza } = given())
    await plaza.createSpace('bob', 'sleeper', { sleepTimeSeconds: 3 })
    await plaza.push('bob', 'sleeper', probingApp({ takes: 1 }))
    await plaza.waitFor(id, 'RUNNING')
    const before = await ask(plaza, id)
    await fallAsleep()
    expect(await state()).toBe('frozen')
    expect([...(await rush(plaza, id, requests, sockets))]).toEqual([before.boot])
    expect(await ask(plaza, id)).toEqual(before)
  })

  describe('where sleepers may keep no memory', () => {
    let neighbour: Answer
    beforeAll(async () => {
      neighbour = await ask(plaza, 'alice/kept')
      await plaza.stop()
      await plaza.configure(`${settings}\nfrozenMemory: 0`)
      await plaza.launch()
    })

    test('it ends; all who come at once make it start once, and every one is answered', async () => {
      await fallAsleep()
      expect(await state()).toBeUndefined()
      const boots = await rush(plaza, id, requests, sockets)
      expect(boots.size).toBe(1)
      const after = await ask(plaza, id)
      expect(after).toMatchObject({ boot: [...boots][0], starts: 2 })
    })

    test('its neighbours are the same processes as before the platform was started again', async () => {
      expect(await ask(plaza, 'alice/kept')).toEqual(neighbour)
    })
  })
}
