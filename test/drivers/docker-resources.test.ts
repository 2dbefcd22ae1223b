/** Networks and volumes of Spaces, and what is counted of their disk, with a real engine: here, and as if it were elsewhere. */
import { randomBytes } from 'node:crypto'
import type Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DiskWatch } from '../../runtime/docker/disk.ts'
import { Networks } from '../../runtime/docker/networks.ts'
import { Volumes } from '../../runtime/docker/volumes.ts'
import { clearInstall, inventory } from './inventory.ts'
import { testEngine } from './test-engine.ts'

const found = await testEngine()
const missing = 'missing' in found ? found.missing : undefined
const log = { warn: () => undefined }
const mebibyte = 1024 ** 2

describe.skipIf(missing !== undefined)(
  `what Spaces have of an engine${missing === undefined ? '' : ` (not here: ${missing})`}`,
  () => {
    const install = `res${randomBytes(4).toString('hex')}`
    let engine: Docker
    let reference: string

    beforeAll(() => {
      if ('missing' in found) return
      ;({ engine } = found)
      reference = found.images.python['3.11'] ?? ''
    })
    afterAll(async () => {
      if (missing === undefined) await clearInstall(engine, install)
    })

    /** The same engine, as one of another machine tells of its folders. */
    const elsewhere = () =>
      new Proxy(engine, {
        get(target, name: keyof Docker) {
          if (name === 'getVolume')
            return (volume: string) => {
              const real = target.getVolume(volume)
              const inspect = async () => ({ ...(await real.inspect()), Mountpoint: `/not/here/${volume}/_data` })
              return { inspect, remove: async () => void (await real.remove()) }
            }
          if (name === 'getContainer')
            return (id: string) => {
              const real = target.getContainer(id)
              const inspect = async (options: object) => ({
                ...(await real.inspect(options)),
                GraphDriver: { Name: 'overlay2', Data: { UpperDir: '/not/here' } },
              })
              return { inspect }
            }
          const value: unknown = target[name]
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      })

    async function start(code: string, more: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
      const container = await engine.createContainer({
        Image: reference,
        Cmd: ['python3', '-c', code],
        Labels: { 'plaza.install': install },
        ...more,
        HostConfig: { NetworkMode: 'none', CapDrop: ['ALL'], ...more.HostConfig },
      })
      await container.start()
      return container
    }

    test('networks are one a Space, for everybody who asks at once, and none overlaps another', async () => {
      const [one, other] = [1, 2].map(() => new Networks({ engine, install, subnets: ['10.213.0.0/16'], log }))
      const wanted = ['a', 'b', 'c', 'a', 'b', 'c'].map(
        async (space, index) => await (index < 3 ? one : other)?.of(space),
      )
      const made = await Promise.all(wanted)
      expect(made.slice(0, 3)).toEqual(made.slice(3))
      expect(new Set(made.map((network) => network?.subnet)).size).toBe(3)
      const details = await engine.getNetwork(made[0]?.id ?? '').inspect()
      expect(details.Options?.['com.docker.network.bridge.name']).toMatch(/^pz[0-9a-f]{10}$/)
      expect(details).toMatchObject({ Internal: false, EnableIPv6: false, Labels: { 'plaza.space': 'a' } })
      for (const space of ['a', 'b', 'c', 'c']) await one?.remove(space)
      expect(await inventory(engine, install)).toEqual([])
    })

    test('when every subnet is taken, those of Spaces that sleep are taken back; else the remedy is told', async () => {
      const subnets = ['10.214.7.0/26']
      const before = new Networks({ engine, install, subnets, log })
      const busy = await before.of('busy')
      await start('import time; time.sleep(600)', { HostConfig: { NetworkMode: busy.id } })
      const idle = await before.of('idle')
      await expect(before.of('third')).rejects.toThrow(/every|taken.*containers: \{ subnets/is)
      // To the next platform it is long ago that anybody asked for them.
      const after = new Networks({ engine, install, subnets, log })
      expect((await after.of('third')).subnet).toBe(idle.subnet)
      expect(await after.of('busy')).toEqual(busy)
      await expect(after.of('fourth')).rejects.toThrow(/plaza\.yaml/)
      await clearInstall(engine, install)
    })

    test.each([
      { where: 'here', volumes: () => new Volumes({ engine, install }) },
      { where: 'elsewhere', volumes: () => new Volumes({ engine: elsewhere(), install }) },
    ])('a Space’s volume is written by its user and by root without power, and counted: $where', async (one) => {
      const volumes = one.volumes()
      const name = await volumes.of(one.where)
      expect(await volumes.of(one.where)).toBe(name)
      for (const User of ['1000:1000', '0:0', '4711:4711']) {
        const code = `open('/data/of-${User.replace(':', '-')}', 'wb').write(bytes(1024 * 1024))`
        const container = await start(code, {
          User,
          HostConfig: { Binds: [`${name}:/data:nocopy`] },
        })
        expect(await container.wait()).toMatchObject({ StatusCode: 0 })
        await container.remove()
      }
      expect(await volumes.stored(one.where)).toBeGreaterThanOrEqual(3 * mebibyte)
      expect(await volumes.stored(one.where)).toBeLessThan(4 * mebibyte)
      expect(await volumes.stored('nobody')).toBe(0)
      await volumes.forget(one.where)
      await volumes.forget(one.where)
      expect(await inventory(engine, install)).toEqual([])
    })

    test.each(['../x', 'a b', '', 'x'.repeat(65)])('%j names no volume', async (spaceId) => {
      await expect(new Volumes({ engine, install }).of(spaceId)).rejects.toThrow(/is not an id/)
    })

    test.each([
      { where: 'here', through: () => engine },
      { where: 'elsewhere', through: elsewhere },
    ])(
      'who writes more than the limit, into its layer and volumes without a name together, is told of once: $where',
      { timeout: 90_000 },
      async ({ through }) => {
        const disk = new DiskWatch({ engine: through(), log })
        const half = (folder: string) => `open('${folder}/half', 'wb').write(bytes(24 * 1024 * 1024))`
        const sleep = 'import time; time.sleep(600)'
        const Volumes = { '/scratch': {} }
        const modest = await start(`${half('/scratch')}; ${sleep}`, { Volumes })
        const greedy = await start(`${half('/scratch')}; ${half('/srv')}; ${sleep}`, { Volumes })
        const told: string[] = []
        const over = Promise.withResolvers<number>()
        const stops = [
          disk.watch(modest.id, 40 * mebibyte, () => told.push('modest')),
          disk.watch(greedy.id, 40 * mebibyte, (used) => {
            told.push('greedy')
            over.resolve(used)
          }),
        ]
        const used = await over.promise
        expect(used).toBeGreaterThanOrEqual(48 * mebibyte)
        expect(used).toBeLessThan(60 * mebibyte)
        expect(told).toEqual(['greedy'])
        for (const stop of stops) stop()
        await clearInstall(engine, install)
      },
    )
  },
)
