/** kill -9 of the platform at bad moments, then a start: nothing acknowledged is lost, nothing is left over, all is back. */
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capabilities } from '../../runtime/local/capabilities.ts'
import { git, type RepositoryFiles, TestPlaza } from '../plaza.ts'
import { probingApp } from '../probing-app.ts'
import { slowPackage } from './slow-package.ts'
import { eventually, isAlive, orphansOf, processesOf } from './processes.ts'

const isMissing = (await capabilities(undefined)).sandbox === undefined
const noSigterm = 'import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)'
const staticFiles = (text: string): RepositoryFiles => ({
  'README.md': '---\ntitle: Page\nsdk: static\n---\n',
  'index.html': text,
})

type Answer = { boot: string; starts: number; says: string }

describe.skipIf(isMissing)(
  'kill -9 of the platform (needs bubblewrap and passt: its apps keep a list in /data)',
  () => {
    let plaza: TestPlaza

    beforeAll(async () => {
      plaza = await TestPlaza.start({ yaml: 'frozenMemory: 0' })
    })
    afterAll(async () => await plaza[Symbol.asyncDispose]())

    const answer = async (id: string) => (await (await plaza.visit(id)).json()) as Answer
    const instances = () => readdirSync(path.join(plaza.data, 'instances'))
    const bareRepository = (spaceId: string) => path.join(plaza.data, 'repositories', `${spaceId}.git`)
    /** Looks as often as it can: what is waited for lasts milliseconds. */
    const atOnce = async (isThere: () => boolean) => {
      const deadline = Date.now() + 20_000
      while (!isThere()) {
        if (Date.now() > deadline) throw new Error('the moment to kill did not come')
        await sleep(1)
      }
    }

    test.each([
      [
        'while git takes the objects in',
        (repository: string) => readdirSync(path.join(repository, 'objects')).some((name) => name.startsWith('tmp_')),
      ],
      ['once the branch has moved', (repository: string) => existsSync(path.join(repository, 'refs', 'heads', 'main'))],
    ])(
      'in a push of 20 MiB, %s: what git acknowledged becomes the running version, and a repeated push works',
      async (moment, isNow) => {
        const name = `big-${moment.split(' ')[0]}`
        const spaceId = await plaza.createSpace('alice', name)
        const files = { ...staticFiles(moment), 'weights.bin': randomBytes(20 * 1024 * 1024) }
        const pushed = plaza.push('alice', name, files).then(
          (sha) => ({ sha }),
          (error: Error) => ({ error }),
        )
        await atOnce(() => isNow(bareRepository(spaceId)))
        await plaza.kill()
        const outcome = await pushed
        await plaza.launch()
        const head = await readFile(path.join(bareRepository(spaceId), 'refs', 'heads', 'main'), 'utf8').catch(() => '')
        // Whether or not its pusher was told: what main is at is what should run.
        if (head !== '') expect(await plaza.waitFor(`alice/${name}`, 'RUNNING')).toMatchObject({ sha: head.trim() })
        if ('sha' in outcome) expect(head.trim()).toBe(outcome.sha)
        const again = await plaza.push('alice', name, { ...files, 'index.html': 'again' })
        await plaza.waitFor(`alice/${name}`, (runtime) => runtime.stage === 'RUNNING' && runtime.sha === again)
        expect(await (await plaza.visit(`alice/${name}`)).text()).toBe('again')
        expect(await git(bareRepository(spaceId), 'fsck', '--connectivity-only')).not.toContain('missing')
        expect(orphansOf(plaza)).toEqual([])
        expect(
          readdirSync(path.join(bareRepository(spaceId), 'objects')).filter((one) => one.startsWith('tmp_')),
        ).toEqual([])
      },
    )

    test('between the moved branch and its row: the commit becomes the running version', async () => {
      const spaceId = await plaza.createSpace('alice', 'unrecorded')
      await plaza.push('alice', 'unrecorded', staticFiles('one'))
      await plaza.waitFor('alice/unrecorded', 'RUNNING')
      await plaza.kill()
      // What git's receive-pack does before the platform writes its row.
      const tree = (await git(bareRepository(spaceId), 'rev-parse', 'main^{tree}')).trim()
      const sha = (await git(bareRepository(spaceId), 'commit-tree', '-p', 'main', '-m', 'two', tree)).trim()
      await git(bareRepository(spaceId), 'update-ref', 'refs/heads/main', sha)
      await plaza.launch()
      await plaza.waitFor('alice/unrecorded', (runtime) => runtime.stage === 'RUNNING' && runtime.sha === sha)
    })

    test('in a build, while it chooses and again while it installs: the build begins anew and no process of the old one is left', async () => {
      await plaza.publish('bob', 'building', {
        ...slowPackage,
        ...probingApp({ first: 'import slow' }),
      })
      for (const phase of ['resolving', 'installing']) {
        await plaza.waitFor('bob/building', (runtime) => runtime.phase?.name === phase)
        const building = await eventually(() => {
          const found = processesOf(plaza).filter(({ group }) => group?.startsWith('build-'))
          expect(found.some(({ command }) => command.includes('backend'))).toBe(true)
          return found
        })
        await plaza.kill()
        await plaza.launch()
        expect(building.filter(isAlive)).toEqual([])
      }
      await plaza.waitFor('bob/building', 'RUNNING')
      expect(await answer('bob/building')).toMatchObject({ starts: 1 })
      // Compiling bytecode goes on behind a start.
      const runs = readdirSync(path.join(plaza.data, 'sandbox', 'runs'))
      expect(runs.filter((name) => name.startsWith('build-'))).toEqual([])
      // What a killed build has left goes at a start, in the background.
      await eventually(() => expect(readdirSync(path.join(plaza.data, 'builds'))).toEqual([]))
    })

    test('while an app starts: that start goes on', async () => {
      await plaza.publish('alice', 'starting', probingApp({ takes: 4 }))
      await plaza.waitFor('alice/starting', 'APP_STARTING')
      const [started] = await eventually(() => {
        const found = processesOf(plaza).filter(({ command }) => command.endsWith('app.py '))
        expect(found.length).toBeGreaterThan(0)
        return found
      })
      await plaza.kill()
      await plaza.launch()
      await plaza.waitFor('alice/starting', 'RUNNING')
      expect(await answer('alice/starting')).toMatchObject({ starts: 1 })
      expect(started && isAlive(started)).toBe(true)
    })

    test('while an app serves: the same process is found again, and its log has every line once', async () => {
      const ticking = `
import threading
def tick():
    for n in range(10_000):
        print(f'tick {n}.', flush=True)
        time.sleep(0.05)
threading.Thread(target=tick, daemon=True).start()`
      await plaza.publish('alice', 'serving', probingApp({ first: ticking }))
      await plaza.waitFor('alice/serving', 'RUNNING')
      const before = await answer('alice/serving')
      const requests = Array.from({ length: 20 }, async () => await answer('alice/serving').catch(() => undefined))
      await plaza.kill()
      await Promise.all(requests)
      await plaza.launch()
      // No waiting for a stage: as soon as the platform answers, its Spaces do.
      expect(await answer('alice/serving')).toEqual(before)
      expect(await plaza.runtime('alice/serving')).toMatchObject({ stage: 'RUNNING' })
      const log = await plaza.log('alice/serving', 'run', (text) => text.includes('tick 150.'))
      const ticks = [...log.matchAll(/tick (\d+)\./g)].map(([, n]) => Number(n))
      expect(ticks).toEqual(ticks.map((_, index) => index))
    })

    test('while an app that will not end is put to sleep: it is gone, and a visit wakes the Space', async () => {
      const spaceId = await plaza.createSpace('alice', 'stubborn', { sleepTimeSeconds: 1 })
      await plaza.push('alice', 'stubborn', probingApp({ first: noSigterm }))
      await plaza.waitFor('alice/stubborn', 'RUNNING')
      await plaza.waitFor('alice/stubborn', 'SLEEPING')
      const ours = () =>
        processesOf(plaza).filter(({ group }) => {
          const id = group?.replace(/^instance-/, '') ?? ''
          const file = path.join(plaza.data, 'instances', id, 'workload.json')
          return existsSync(file) && readFileSync(file, 'utf8').includes(spaceId)
        })
      const ending = ours()
      expect(ending.length).toBeGreaterThan(0)
      await plaza.kill()
      await plaza.launch()
      expect(await plaza.runtime('alice/stubborn')).toMatchObject({ stage: 'SLEEPING' })
      await eventually(() => expect(ending.filter(isAlive)).toEqual([]))
      expect(await answer('alice/stubborn')).toMatchObject({ starts: 2 })
    })

    test('while a Space is deleted: nothing of it is left', async () => {
      const spaceId = await plaza.createSpace('alice', 'deleted')
      await plaza.push('alice', 'deleted', probingApp({ first: noSigterm }))
      await plaza.waitFor('alice/deleted', 'RUNNING')
      await plaza.json('DELETE', '/api/repos/delete', 'alice', { type: 'space', name: 'deleted' }).catch(() => {})
      await plaza.kill()
      await plaza.launch()
      expect((await plaza.api('GET', '/api/spaces/alice/deleted')).status).toBe(404)
      await eventually(() => {
        const left = ['spaces', 'logs', 'repositories'].flatMap((folder) => readdirSync(path.join(plaza.data, folder)))
        expect(left.filter((one) => one.includes(spaceId))).toEqual([])
        expect(orphansOf(plaza, instances())).toEqual([])
      })
      const workloads = instances().map((id) =>
        readFileSync(path.join(plaza.data, 'instances', id, 'workload.json'), 'utf8'),
      )
      expect(workloads.filter((text) => text.includes(spaceId))).toEqual([])
      // The name is free again.
      await plaza.publish('alice', 'deleted', staticFiles('anew'))
      await plaza.waitFor('alice/deleted', 'RUNNING')
    })

    test('at ten moments, whatever was going on: in the end every Space is as it was last asked to be', async () => {
      const random = generator(20_261_124)
      const pick = <T>(of: readonly [T, ...T[]]): T => of[Math.floor(random() * of.length)] ?? of[0]
      const names = ['r1', 'r2', 'r3'] as const
      const said = new Map<string, { says: string; sha: string } | undefined>()
      const act = async (name: string, n: number): Promise<void> => {
        const exists = said.has(name)
        if (!exists) {
          await plaza.createSpace('bob', name)
          said.set(name, undefined)
        }
        const what = said.get(name) === undefined ? 'push' : pick(['push', 'push', 'restart', 'delete', 'brief'])
        if (what === 'restart') await plaza.json('POST', `/api/spaces/bob/${name}/restart`, 'bob')
        if (what === 'brief')
          await plaza.json('POST', `/api/spaces/bob/${name}/sleeptime`, 'bob', { seconds: pick([1, 3_600]) })
        if (what === 'delete') {
          await plaza.json('DELETE', '/api/repos/delete', 'bob', { type: 'space', name })
          said.delete(name)
        }
        if (what === 'push') {
          const says = `${name} ${n}`
          const sha = await plaza.push('bob', name, probingApp({ says, takes: random() * 0.5 }))
          said.set(name, { says, sha })
        }
      }
      for (let n = 0; n < 10; n++) {
        const acts = names.map(async (name) => await act(name, n).catch(() => {}))
        await sleep(random() * 2_500)
        await plaza.kill()
        await Promise.all(acts)
        await plaza.launch()
      }
      // What was not acknowledged may or may not have happened: asked for again, it must.
      for (const name of names) {
        const isThere = (await plaza.api('GET', `/api/spaces/bob/${name}`, 'bob')).ok
        const last = said.get(name)
        if (!isThere || last === undefined) continue
        const answered = await eventually(async () => {
          const found = await answer(`bob/${name}`)
          const { repository, running } = (await plaza.runtime(`bob/${name}`)).commits
          expect(running).toBe(repository)
          return found
        }, 40_000)
        const { sha } = await plaza.runtime(`bob/${name}`)
        if (sha === last.sha) expect(answered.says).toBe(last.says)
      }
      await eventually(() => expect(orphansOf(plaza, instances())).toEqual([]))
      for (const name of names) {
        await plaza.json('DELETE', '/api/repos/delete', 'bob', { type: 'space', name }).catch(() => {})
      }
      const others = ['bob/building', 'alice/starting', 'alice/serving', 'alice/stubborn']
      await eventually(() => expect(instances().length).toBeLessThanOrEqual(others.length))
      for (const id of others)
        expect(await plaza.runtime(id)).toMatchObject({ stage: expect.stringMatching(/RUNNING|SLEEPING/) })
      await eventually(() => expect(orphansOf(plaza, instances())).toEqual([]))
    })
  },
)

/** The same numbers in every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
