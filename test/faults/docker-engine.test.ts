/** The container engine is killed under a running platform and comes back: Spaces do too, and nobody who waits is dropped. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureBaseImages } from '../drivers/base-images.ts'
import { type DockerdPlace, engineOf, hostOf, killDockerd, startDockerd, stopDockerd } from '../drivers/dockerd.ts'
import { inventory } from '../drivers/inventory.ts'
import { ask, type Answer, probingApp, rush } from '../probing-app.ts'
import { lacking } from '../drivers/test-engine.ts'
import { TestPlaza } from '../plaza.ts'
import { eventually } from './processes.ts'
import { slowPackage } from './slow-package.ts'

const missing = lacking()

describe.skipIf(missing !== undefined)(
  `kill -9 of the container engine under load${missing === undefined ? '' : ` (not here: ${missing})`}`,
  () => {
    let folder: string
    let place: DockerdPlace
    let plaza: TestPlaza

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'plaza-own-'))
      place = {
        folder: path.join(folder, 'run'),
        data: path.join(folder, 'data'),
        bridge: { name: 'plaza-t1', address: '10.211.0.1/24' },
        leavesFirewall: true,
      }
      await startDockerd({ ...place, keepsContainers: true })
      const host = hostOf(place)
      const images = await ensureBaseImages(engineOf(host))
      plaza = await TestPlaza.start({ docker: { host, images, subnet: '10.214.0.0/16' } })
      await plaza.publish('alice', 'serving', probingApp({ says: 'served' }))
      await plaza.createSpace('alice', 'asleep', { sleepTimeSeconds: 3 })
      await plaza.push('alice', 'asleep', probingApp({ takes: 1 }))
      await plaza.waitFor('alice/serving', 'RUNNING')
    })
    afterAll(async () => {
      await plaza?.[Symbol.asyncDispose]()
      await stopDockerd(place)
      await rm(folder, { recursive: true, force: true })
    })

    /** Visits without a pause by some at once, until `stop`. @throws with the first answer that was no good one. */
    function visit(id: string) {
      const done = new AbortController()
      const heard: Answer[] = []
      const visitors = Array.from({ length: 2 }, async () => {
        while (!done.signal.aborted) heard.push(await ask(plaza, id))
      })
      const all = Promise.all(visitors)
      all.catch(() => {})
      return {
        heard,
        async stop() {
          done.abort()
          await all
        },
      }
    }

    const containers = async () => {
      const held = await inventory(engineOf(hostOf(place)), await plaza.install())
      return held.filter((line) => line.startsWith('container '))
    }
    const engines = [
      { keepsContainers: true, what: 'whose containers go on without it' },
      { keepsContainers: false, what: 'that ends its containers as it comes back' },
    ]

    test.each(engines)('an engine $what: every request is answered, sleepers wake', async ({ keepsContainers }) => {
      await plaza.waitFor('alice/asleep', 'SLEEPING')
      const before = await ask(plaza, 'alice/serving')
      const visits = visit('alice/serving')
      await killDockerd(place)
      const answered = visits.heard.length
      // Those who visit an app do not notice.
      await eventually(() => expect(visits.heard.length).toBeGreaterThan(answered + 20))
      const waiting = rush(plaza, 'alice/asleep', 20, 5)
      waiting.catch(() => {})
      await startDockerd({ ...place, keepsContainers })
      expect((await waiting).size).toBe(1)
      await plaza.waitFor('alice/serving', 'RUNNING')
      const after = await ask(plaza, 'alice/serving')
      if (keepsContainers) expect(after).toEqual(before)
      await visits.stop()
      expect(new Set(visits.heard.map(({ says }) => says))).toEqual(new Set(['served']))
      await eventually(async () => expect(await containers()).toHaveLength(2), 30_000)
      expect((await containers()).filter((line) => !/\((running|paused)\)$/.test(line))).toEqual([])
    })

    test('a build that its end cuts off is made again, without anybody’s doing', async () => {
      await plaza.publish('bob', 'building', { ...slowPackage, ...probingApp({ first: 'import slow' }) })
      await plaza.waitFor('bob/building', (runtime) => runtime.phase?.name === 'installing')
      await eventually(() => expect(builds()).not.toEqual([]))
      await killDockerd(place)
      await startDockerd({ ...place, keepsContainers: true })
      await plaza.waitFor('bob/building', 'RUNNING')
      expect(await ask(plaza, 'bob/building')).toMatchObject({ starts: 1 })
    })
  },
)

/** Pids of the slow package's own build in a container, and not in a sandbox of the local driver. */
function builds(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const says = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'latin1')
      return /^\d+$/.test(pid) && says('cmdline').includes('backend') && !/\/plaza-/.test(says('cgroup'))
    } catch {
      return false
    }
  })
}
