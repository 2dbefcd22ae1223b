import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Image, Sha256 } from '../../builder/builder.ts'
import { DiskWatch } from '../../runtime/docker/disk.ts'
import { Gpus } from '../../runtime/docker/gpus.ts'
import type { Guard } from '../../runtime/docker/guard.ts'
import { Networks } from '../../runtime/docker/networks.ts'
import { openDockerRuntime } from '../../runtime/docker/runtime.ts'
import { Volumes } from '../../runtime/docker/volumes.ts'
import { slow, slowedDown } from '../../runtime/printing.ts'
import type { Address, InstanceState, LogLine, Runtime, Workload } from '../../runtime/runtime.ts'
import { insideApp } from './inside-app.ts'
import { testEngine } from './test-engine.ts'

const quiet = { info: () => undefined, warn: () => undefined }
const megabyte = 1024 ** 2
const found = await testEngine()
const missing = 'missing' in found ? found.missing : undefined

describe.skipIf(missing !== undefined)(
  `docker runtime${missing === undefined ? '' : ` (not here: ${missing})`}`,
  { timeout: 60_000 },
  () => {
    const install = `test${randomBytes(4).toString('hex')}`
    const reference = `plaza-test/runtime:${install}`
    let engine: Docker
    let host: string
    let folder: string
    let image: Image
    let runtime: Runtime
    let counter = 0

    function open(through: Docker = engine, extraCa?: string): Promise<Runtime> {
      const guard: Guard = {
        isolated: true,
        check: async () => undefined,
        findings: async () => [],
        [Symbol.asyncDispose]: async () => undefined,
      }
      return openDockerRuntime({
        engine: through,
        install,
        folder,
        guard,
        networks: new Networks({ engine: through, install, subnets: ['10.213.0.0/16'], log: quiet }),
        volumes: new Volumes({ engine: through, install }),
        disk: new DiskWatch({ engine: through, log: quiet }),
        gpus,
        extraCa,
        log: quiet,
      })
    }
    /** A stand-in: no engine here can give one to a container. */
    const gpus = new Gpus(['GPU-1'])
    /** As a platform that is killed: nothing is ended. */
    async function reopen(): Promise<void> {
      await runtime[Symbol.asyncDispose]()
      runtime = await open()
    }

    beforeAll(async () => {
      if ('missing' in found) return
      ;({ engine, host } = found)
      folder = mkdtempSync(join(tmpdir(), 'plaza-docker-'))
      image = {
        kind: 'oci',
        ...(await appImage(engine, found.images.python['3.11'] ?? '', reference)),
        writable: ['/home/user'],
      }
      runtime = await open()
    })
    afterAll(async () => {
      if (missing !== undefined) return
      await runtime[Symbol.asyncDispose]()
      for (const { Id } of await ours()) await engine.getContainer(Id).remove({ force: true, v: true })
      for (const { Id } of await engine.listNetworks({ filters: { label: [`plaza.install=${install}`] } }))
        await engine.getNetwork(Id).remove()
      const { Volumes: volumes } = await engine.listVolumes({ filters: { label: [`plaza.install=${install}`] } })
      for (const { Name } of volumes) await engine.getVolume(Name).remove()
      await engine.getImage(reference).remove({ force: true })
      rmSync(folder, { recursive: true, force: true })
    })

    const ours = (label = `plaza.install=${install}`) =>
      engine.listContainers({ all: true, filters: { label: [label] } })
    const containersOf = (id: string) => ours(`plaza.workload=${id}`)

    function workload(more: Partial<Workload> = {}): Workload {
      counter += 1
      return {
        id: `${install}-w${counter}`,
        spaceId: `${install}-s${counter}`,
        image,
        command: ['python', 'app.py', '{host}', '{port}'],
        env: {},
        port: 7860,
        limits: { cpu: 1, memory: 256 * megabyte, processes: 100 },
        replicas: 1,
        startupTimeout: 30,
        ...more,
      }
    }
    const running = (code: string, more: Partial<Workload> = {}) =>
      workload({ ...more, env: { CODE: code, ...more.env } })

    async function until(id: string, isIt: (state: InstanceState) => boolean, from: Runtime = runtime) {
      let last: InstanceState | undefined
      for await (const instance of from.instances(AbortSignal.timeout(40_000))) {
        if (instance.workloadId !== id) continue
        last = instance.state
        if (isIt(last)) return last
      }
      throw new Error(`${id} did not become so in time but ${JSON.stringify(last)}`)
    }
    const is =
      (...kinds: InstanceState['kind'][]) =>
      (state: InstanceState) =>
        kinds.some((kind) => kind === state.kind)
    async function exitOf(id: string, from?: Runtime) {
      const state = await until(id, is('exited'), from)
      return state.kind === 'exited' ? state.exit : undefined
    }
    async function readyAt(id: string, count = 1, from?: Runtime): Promise<readonly Address[]> {
      const state = await until(
        id,
        (seen) => seen.kind === 'exited' || (seen.kind === 'ready' && seen.addresses.length === count),
        from,
      )
      if (state.kind !== 'ready') throw new Error(JSON.stringify(state))
      return state.addresses
    }
    async function started(more: Partial<Workload> = {}) {
      const wanted = workload(more)
      await runtime.apply(wanted)
      const [address] = await readyAt(wanted.id)
      return { ...wanted, address, ask: asking(address) }
    }
    const asking =
      (address: Address | undefined) =>
      async (path: string, query: Record<string, string> = {}): Promise<unknown> => {
        const url = `http://${address?.host}:${address?.port}${path}?${new URLSearchParams(query)}`
        const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), headers: { Connection: 'close' } })
        return answer.json()
      }
    async function linesOf(id: string, from?: string, enough: (lines: LogLine[]) => boolean = () => false) {
      const lines: LogLine[] = []
      for await (const line of runtime.logs(id, from, AbortSignal.timeout(10_000))) {
        lines.push(line)
        if (enough(lines)) break
      }
      return lines
    }
    const textsOf = (lines: LogLine[]) => lines.map(({ text }) => text)
    const goneFrom = async (wanted: Workload) => {
      await runtime.remove(wanted.id)
      expect(await containersOf(wanted.id)).toEqual([])
    }

    test('an app becomes ready, answers at its address, and leaves nothing when it is removed', async () => {
      const { Volumes: before } = await engine.listVolumes({ filters: { dangling: ['true'] } })
      const space = await started({ env: { GOODBYE: '/data/goodbye' } })
      expect(await space.ask('/')).toBe('hello')
      const [container] = await containersOf(space.id)
      const { Mounts } = await engine.getContainer(container?.Id ?? '').inspect()
      const nameless = Mounts.flatMap(({ Name, Destination }) => (Destination === '/data' ? [] : [Name]))
      expect(nameless).toHaveLength(2)
      await goneFrom(space)
      const { Volumes: after } = await engine.listVolumes()
      expect(after.map(({ Name }) => Name).filter((name) => nameless.includes(name))).toEqual([])
      expect(before.map(({ Name }) => Name).filter((name) => nameless.includes(name))).toEqual([])
      // SIGTERM had reached it, and its /data outlives it.
      expect(await runtime.stored(space.spaceId)).toBeGreaterThan(0)
      await runtime.forget(space.spaceId)
      const label = [`plaza.space=${space.spaceId}`]
      expect((await engine.listVolumes({ filters: { label } })).Volumes).toEqual([])
      expect(await engine.listNetworks({ filters: { label } })).toEqual([])
      await runtime.remove(space.id)
      await runtime.remove('never-there')
    })

    test('its variables and nothing else; secrets in no label and on no command line', async () => {
      const value = `a'b"c$(id)\`id\`;\n-x {port}=`
      const space = await started({ env: { STRANGE: value, PORT: '{port}', TOKEN: 'hf_very_secret_value' } })
      const env = (await space.ask('/env')) as Record<string, string>
      expect(env).toMatchObject({ STRANGE: value, PORT: '7860', HOME: '/home/user', TOKEN: 'hf_very_secret_value' })
      expect(Object.keys(env)).not.toContain('VITEST')
      expect(Object.keys(env)).not.toContain('ENTRYPOINT')
      const [container] = await containersOf(space.id)
      expect(JSON.stringify(container)).not.toContain('very_secret')
      const { Config } = await engine.getContainer(container?.Id ?? '').inspect()
      expect(JSON.stringify([Config.Labels, Config.Cmd])).not.toContain('very_secret')
      const lines = readdirSync('/proc').flatMap((pid) => {
        try {
          return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'latin1')] : []
        } catch {
          return []
        }
      })
      expect(lines.filter((line) => line.includes('hf_very_secret_value'))).toEqual([])
      await goneFrom(space)
    })

    test('an unprivileged user in a read-only system, with its own folders', async () => {
      const space = await started()
      expect(await space.ask('/self')).toMatchObject({ uid: 1000, cwd: '/home/user/app' })
      const status = String(await space.ask('/files', { path: '/proc/self/status' }))
      expect(status).toMatch(/^CapBnd:\s+0+$/m)
      expect(status).toMatch(/^CapEff:\s+0+$/m)
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
      expect(status).toMatch(/^Seccomp:\s+2$/m)
      for (const path of ['/home/user/new', '/home/user/app/app.py', '/tmp/new', '/data/new', '/dev/shm/new'])
        expect(await space.ask('/write', { path })).toBe('written')
      for (const path of ['/etc/passwd', '/new', '/usr/new', '/var/new', '/proc/sys/kernel/hostname', '/sys/new'])
        expect(await space.ask('/write', { path })).toMatch(/^no: /)
      expect(await space.ask('/files', { path: '/var/run/docker.sock' })).toMatch(/^no: /)
      await goneFrom(space)
    })

    test("an image of the author's own runs its own command, writes where it may, and has no capability as root", async () => {
      const { writable: _, ...own } = image as Extract<Image, { kind: 'oci' }>
      const space = await started({ image: own, command: [] })
      expect(await space.ask('/self')).toMatchObject({ uid: 0 })
      expect(await space.ask('/env')).toMatchObject({ ENTRYPOINT: 'used' })
      expect(await space.ask('/files', { path: '/proc/self/status' })).toMatch(/^CapEff:\s+0+$/m)
      expect(await space.ask('/write', { path: '/usr/new' })).toBe('written')
      expect(await space.ask('/write', { path: '/data/new' })).toBe('written')
      await goneFrom(space)
    })

    test('its limits are the engine’s; more cores than the machine has are all that it has', async () => {
      const limits = { cpu: 1000, memory: 128 * megabyte, processes: 64, background: true }
      const space = await started({ limits })
      const [container] = await containersOf(space.id)
      const { HostConfig } = await engine.getContainer(container?.Id ?? '').inspect()
      const [pool] = await runtime.pools()
      expect(HostConfig).toMatchObject({ Memory: limits.memory, MemorySwap: limits.memory, PidsLimit: 64 })
      expect(HostConfig.NanoCpus).toBe((pool?.cpu ?? 0) * 1e9)
      expect(pool).toMatchObject({ name: 'docker', gpus: 1 })
      expect(pool?.usedMemory).toBeGreaterThanOrEqual(limits.memory)
      await goneFrom(space)
    })

    test.each([
      [
        'import sys; print("to the log"); sys.exit(7)',
        { code: 7, reason: 'error' },
        'app.py ended with exit code 7: to the log. The run log has the rest.',
      ],
      [
        'import no_such_module',
        { code: 1, reason: 'error' },
        /^app\.py ended with exit code 1: ModuleNotFoundError: No module named 'no_such_module'.* Add the package/,
      ],
      ['pass', { code: 0, reason: 'completed' }, 'app.py ended by itself with exit code 0. An app must go on serving.'],
      [
        'import os; os.kill(os.getpid(), 9)',
        { code: 137, signal: 'SIGKILL', reason: 'error' },
        'app.py was ended by SIGKILL.',
      ],
      [
        'x = [bytearray(10**8) for _ in range(9)]',
        { code: 137, reason: 'oom' },
        'app.py ran out of memory: it may use 256 MiB.',
      ],
      [
        'import subprocess\nfor i in range(200): subprocess.Popen(["/bin/sleep", "30"])',
        { code: 1, reason: 'error' },
        /BlockingIOError|Resource temporarily unavailable/,
      ],
    ])('how it ended, in words: %s', async (code, expected, message) => {
      const wanted = running(code)
      await runtime.apply(wanted)
      const exit = await exitOf(wanted.id)
      expect(exit).toMatchObject(expected)
      expect(exit?.message).toMatch(message)
      // Told, it stays so for the next platform.
      await reopen()
      expect(await exitOf(wanted.id)).toEqual(exit)
      await goneFrom(wanted)
      expect(readdirSync(join(folder, 'docker'))).toEqual([])
    })

    test.each([
      [
        'import http.server; http.server.HTTPServer(("0.0.0.0", 5000), http.server.BaseHTTPRequestHandler).serve_forever()',
        'The app listens on port 5000, not on 7860. Listen on 7860 (host 0.0.0.0).',
      ],
      [
        'import http.server; http.server.HTTPServer(("127.0.0.1", 7860), http.server.BaseHTTPRequestHandler).serve_forever()',
        'The app listens on port 7860 only on 127.0.0.1. Listen on 0.0.0.0.',
      ],
      ['import time; time.sleep(60)', 'Nothing answers on port 7860. Listen on port 7860 (host 0.0.0.0)'],
    ])('an app that is not ready in time is told why: %s', async (code, words) => {
      const wanted = running(code, { startupTimeout: 2 })
      await runtime.apply(wanted)
      const exit = await exitOf(wanted.id)
      expect(exit).toMatchObject({ reason: 'timeout' })
      expect(exit?.message).toContain(`app.py was not ready within 2 seconds. ${words}`)
      const [container] = await containersOf(wanted.id)
      expect(container?.State).toBe('exited')
      await goneFrom(wanted)
    })

    test('its log: both streams in lines with ascending offsets and times, followed, resumed, ended', async () => {
      const space = await started()
      const before = Date.now()
      await space.ask('/print', { text: 'grüße' })
      await space.ask('/print', { text: '10%\r20%\r100%', error: 'yes' })
      const lines = await linesOf(space.id, undefined, ({ length }) => length === 3)
      expect(textsOf(lines)).toEqual(['listening', 'grüße', '100%'])
      expect(lines[1]?.timestamp.getTime()).toBeGreaterThanOrEqual(before - 1_000)
      // The engine hands on a line that is longer than 16 KiB in pieces.
      await space.ask('/print', { text: 'ü', times: '15000' })
      const [long] = await linesOf(space.id, lines[2]?.offset, ({ length }) => length === 1)
      expect(long?.text).toBe('ü'.repeat(15_000))
      await reopen()
      await space.ask('/exit', { code: '3' }).catch(() => undefined)
      await until(space.id, is('exited'))
      // Ends by itself, well before the signal.
      const all = await linesOf(space.id)
      expect(textsOf(all).slice(0, 3)).toEqual(['listening', 'grüße', '100%'])
      expect(textsOf(all)).toHaveLength(4)
      const offsets = all.map(({ offset }) => offset)
      expect(offsets).toEqual(offsets.toSorted())
      for (const index of offsets.keys()) expect(await linesOf(space.id, offsets[index])).toEqual(all.slice(index + 1))
      expect(await linesOf(space.id, 'no offset')).toEqual(all)
      await goneFrom(space)
      expect(await linesOf(space.id)).toEqual([])
    })

    test('an app that prints without end is slowed down and told so; the next platform gives it its share back', async () => {
      const flood = running("import sys\nwhile True: sys.stdout.write('x' * 4000 + '\\n')")
      await runtime.apply(flood)
      const lines = await linesOf(flood.id, undefined, (sofar) => sofar.at(-1)?.text === slowedDown)
      expect(lines.at(-1)?.text).toBe(slowedDown)
      // Read on from there, nothing is told twice.
      const [next] = await linesOf(flood.id, lines.at(-1)?.offset, () => true)
      expect(next?.text).toBe('x'.repeat(4000))
      const share = async () => {
        const [container] = await containersOf(flood.id)
        return (await engine.getContainer(container?.Id ?? '').inspect()).HostConfig.NanoCpus
      }
      expect(await share()).toBe(slow.cpu * 1e9)
      await reopen()
      await expect.poll(share, { timeout: 10_000 }).toBe(1e9)
      await goneFrom(flood)
    })

    test('frozen it does not answer and holds its memory; thawed it goes on, also by the next platform', async () => {
      const space = await started()
      const self = await space.ask('/self')
      await runtime.freeze(space.id)
      const frozen = await until(space.id, is('frozen'))
      expect(frozen.kind === 'frozen' && frozen.memory).toBeGreaterThan(megabyte)
      const answer = space.ask('/').catch(() => 'no answer')
      expect(await Promise.race([answer, delay(300, 'still frozen')])).toBe('still frozen')
      await runtime.thaw(space.id)
      expect(await until(space.id, is('ready', 'starting'))).toMatchObject({
        kind: 'ready',
        addresses: [space.address],
      })
      expect(await answer).toBe('hello')
      await runtime.freeze(space.id)
      const again = await until(space.id, is('frozen'))
      await reopen()
      const adopted = await until(space.id, is('frozen', 'starting', 'ready'))
      expect(adopted).toMatchObject({ kind: 'frozen' })
      const sinceOf = (state: InstanceState) => (state.kind === 'frozen' ? state.since.getTime() : 0)
      expect(Math.abs(sinceOf(adopted) - sinceOf(again))).toBeLessThan(5_000)
      await runtime.thaw(space.id)
      await readyAt(space.id)
      expect(await space.ask('/self')).toEqual(self)
      await runtime.freeze(space.id)
      await goneFrom(space)
    })

    test('the next platform finds it again, and sees how it ended meanwhile', async () => {
      const space = await started({ env: { TOKEN: 'kept' } })
      const dies = await started()
      const self = await space.ask('/self')
      await runtime[Symbol.asyncDispose]()
      // One that was made and never started: its platform died between the two.
      const half = workload()
      const [container] = await containersOf(space.id)
      const { Config } = await engine.getContainer(container?.Id ?? '').inspect()
      const definition = JSON.stringify({ ...half, env: undefined })
      await engine.createContainer({
        name: `plaza-${half.id}-1`,
        Image: reference,
        Labels: { ...Config.Labels, 'plaza.workload': half.id, 'plaza.definition': definition },
      })
      await dies.ask('/exit', { code: '4' }).catch(() => undefined)
      runtime = await open()
      await readyAt(space.id)
      expect(await space.ask('/self')).toEqual(self)
      expect(await exitOf(dies.id)).toMatchObject({ code: 4, reason: 'error' })
      expect(await containersOf(half.id)).toEqual([])
      await runtime.apply(half)
      await readyAt(half.id)
      // Applying what is there starts nothing.
      await runtime.apply(space)
      expect((await containersOf(space.id)).map(({ Id }) => Id)).toEqual([container?.Id])
      await Promise.all([goneFrom(space), goneFrom(dies), goneFrom(half)])
    })

    test('ended or removed from outside, it is lost, and no fault of the app', async () => {
      const [stopped, removed] = await Promise.all([started(), started()])
      const idOf = async ({ id }: Workload) => (await containersOf(id))[0]?.Id ?? ''
      await engine.getContainer(await idOf(stopped)).stop({ t: 2 })
      await engine.getContainer(await idOf(removed)).remove({ force: true, v: true })
      expect(await exitOf(stopped.id)).toMatchObject({ reason: 'lost' })
      expect(await exitOf(removed.id)).toMatchObject({ reason: 'lost' })
      await Promise.all([goneFrom(stopped), goneFrom(removed)])
    })

    test('replicas: each has an address, one that ends comes back while others serve, the last one’s end is the end', async () => {
      const wanted = workload({ replicas: 3, env: { TOKEN: 'kept' } })
      await runtime.apply(wanted)
      const addresses = await readyAt(wanted.id, 3)
      expect(new Set(addresses.map(({ host: one }) => one)).size).toBe(3)
      const [, second, third] = addresses.map(asking)
      const hosts = await Promise.all(addresses.map((address) => asking(address)('/self')))
      expect(new Set(hosts.map((self) => (self as { host: string }).host)).size).toBe(3)
      await third?.('/print', { text: 'here' })
      const lines = await linesOf(wanted.id, undefined, ({ length }) => length === 4)
      expect(textsOf(lines).toSorted()).toEqual(['[2] listening', '[3] here', '[3] listening', 'listening'])
      const usage = await runtime.usage(wanted.id)
      expect(usage?.memory).toBeGreaterThan(15 * megabyte)

      // Nobody but the platform that adopted them knows their variables from the containers alone.
      await reopen()
      await readyAt(wanted.id, 3)
      await second?.('/exit', { code: '1' }).catch(() => undefined)
      expect(await readyAt(wanted.id, 2)).toEqual([addresses[0], addresses[2]])
      const back = await readyAt(wanted.id, 3)
      expect([back[0], back[2]]).toEqual([addresses[0], addresses[2]])
      expect(await asking(back[1])('/env')).toMatchObject({ TOKEN: 'kept' })

      await runtime.freeze(wanted.id)
      await until(wanted.id, is('frozen'))
      await runtime.thaw(wanted.id)
      await readyAt(wanted.id, 3)
      const ends = back.map((address, index) => asking(address)('/exit', { code: String(index + 5) }))
      await Promise.allSettled(ends)
      expect((await exitOf(wanted.id))?.message).toMatch(/^app\.py ended with exit code [567]/)
      await goneFrom(wanted)
    })

    test('an app none of whose replicas becomes ready has ended', async () => {
      const wanted = running('import time; time.sleep(0.5); raise ValueError("no")', { replicas: 2 })
      await runtime.apply(wanted)
      expect((await exitOf(wanted.id))?.message).toContain('ValueError: no')
      await goneFrom(wanted)
    })

    test('what it uses, while it runs', async () => {
      const space = await started()
      const before = await runtime.usage(space.id)
      expect(before?.cpuSeconds).toBeGreaterThan(0)
      expect(await space.ask('/eat', { bytes: String(50 * megabyte) })).toBe('eaten')
      const after = await runtime.usage(space.id)
      expect(after?.memory).toBeGreaterThan((before?.memory ?? 0) + 40 * megabyte)
      expect(after?.network?.received).toBeGreaterThan(before?.network?.received ?? 0)
      expect(after?.processes).toBeGreaterThanOrEqual(1)
      expect(existsSync(`/proc/${after?.pid}`)).toBe(true)
      await goneFrom(space)
      expect(await runtime.usage(space.id)).toBeUndefined()
      expect(await runtime.usage('never-there')).toBeUndefined()
    })

    test('what writes more than it may is ended for it', async () => {
      const limits = { cpu: 1, memory: 256 * megabyte, processes: 100, disk: 20 * megabyte }
      const space = await started({ limits })
      expect(await space.ask('/write', { path: '/tmp/big', bytes: String(40 * megabyte) })).toBe('written')
      const exit = await exitOf(space.id)
      expect(exit).toMatchObject({ reason: 'evicted' })
      expect(exit?.message).toMatch(/^app\.py wrote 0\.\d+ GiB outside \/data: it may write 0\.02 GiB\./)
      await goneFrom(space)
    })

    test.each([
      [
        'its image is gone',
        { image: () => ({ ...image, reference: 'plaza/gone:1' }) as Image },
        /its image is gone; restart/,
      ],
      [
        'its registry does not answer',
        { image: () => ({ ...image, reference: '127.0.0.1:9/plaza/gone:1' }) as Image },
        /its image cannot be had from the registry/,
      ],
      [
        'it was built for processes',
        {
          image: () =>
            ({
              kind: 'environment',
              key: 'k' as Sha256,
              path: '/usr',
              python: '/usr/bin/python3',
              source: '/',
            }) satisfies Image,
        },
        /it was built for another kind of runtime/,
      ],
      [
        'it wants more graphics processors than there are',
        { limits: { cpu: 1, memory: 256 * megabyte, processes: 100, gpus: 2 } },
        /it needs 2 graphics processors, and this machine has 1/,
      ],
    ])(
      'a start that fails is how it ended: %s',
      async (_, { image: other, ...more }: { image?: () => Image } & Partial<Omit<Workload, 'image'>>, words) => {
        const wanted = workload({ ...more, ...(other === undefined ? {} : { image: other() }) })
        await runtime.apply(wanted)
        const exit = await exitOf(wanted.id)
        expect(exit).toMatchObject({ reason: 'error' })
        expect(exit?.message).toMatch(words)
        await goneFrom(wanted)
      },
    )

    test('a graphics processor is waited for while another has it, and asked of the engine once it is free', async () => {
      gpus.take('another', 1)
      const wanted = workload({ limits: { cpu: 1, memory: 256 * megabyte, processes: 100, gpus: 1 } })
      await runtime.apply(wanted)
      expect(await until(wanted.id, is('pending'))).toMatchObject({
        reason: expect.stringContaining('that others use'),
      })
      gpus.give('another')
      // It has none to give: that it is asked at all is what is seen here.
      expect((await exitOf(wanted.id))?.message).toMatch(/could not select device driver|nvidia/)
      await goneFrom(wanted)
    })

    test.skipIf(!existsSync('/usr/bin/docker-registry'))(
      'an image that the engine has no more is fetched from its registry',
      async () => {
        const port = await freePort()
        const settings = join(folder, 'registry.yml')
        const storage = { filesystem: { rootdirectory: join(folder, 'registry') } }
        writeFileSync(settings, JSON.stringify({ version: 0.1, storage, http: { addr: `127.0.0.1:${port}` } }))
        const registry = spawn('docker-registry', ['serve', settings], { stdio: 'ignore' })
        const ended = once(registry, 'exit')
        try {
          await answering(port)
          const repo = `127.0.0.1:${port}/plaza/app`
          await engine.getImage(reference).tag({ repo, tag: '1' })
          const pushed = await engine.getImage(`${repo}:1`).push({ authconfig: { username: '', password: '' } })
          await new Promise<void>((resolve, reject) => {
            engine.modem.followProgress(pushed, (error: Error | null) => (error === null ? resolve() : reject(error)))
          })
          await engine.getImage(`${repo}:1`).remove()
          const space = await started({ image: { ...image, reference: `${repo}:1` } as Image })
          expect(await space.ask('/')).toBe('hello')
          await goneFrom(space)
          await engine.getImage(`${repo}:1`).remove()
        } finally {
          registry.kill()
          await ended
        }
      },
    )

    test('an image that is being fetched holds up nothing, and is given up with its workload', async () => {
      const sockets = new Set<Socket>()
      const silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)))
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
      const address = silent.address()
      const port = typeof address === 'object' ? address?.port : 0
      const wanted = workload({ image: { ...image, reference: `127.0.0.1:${port}/plaza/slow:1` } as Image })
      await runtime.apply(wanted)
      expect(await until(wanted.id, () => true)).toEqual({
        kind: 'pending',
        reason: 'Its image is fetched from the registry.',
      })
      await goneFrom(wanted)
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => silent.close(resolve))
    })

    test.each(['../other', 'a b', '', 'x'.repeat(65)])('%j is no id', async (id) => {
      await expect(runtime.apply(workload({ id }))).rejects.toThrow('is not an id')
      await expect(runtime.apply(workload({ spaceId: id }))).rejects.toThrow('is not an id')
    })

    test('certificates of the operator are there, and trusted', async () => {
      const bundle = '/etc/ssl/certs/ca-certificates.crt'
      await runtime[Symbol.asyncDispose]()
      runtime = await open(engine, bundle)
      const space = await started()
      const env = (await space.ask('/env')) as Record<string, string>
      const path = env['SSL_CERT_FILE'] ?? ''
      expect(env).toMatchObject({ REQUESTS_CA_BUNDLE: path, NODE_EXTRA_CA_CERTS: path })
      expect(await space.ask('/files', { path })).toBe(readFileSync(bundle, 'utf8'))
      expect(await space.ask('/write', { path })).toMatch(/^no: /)
      await goneFrom(space)
      await reopen()
    })

    test('an engine that is reached over TCP publishes ports, on the address where it is reached alone', async () => {
      const relay = await relayTo(host, { port: 0 })
      const remote = await open(new Docker({ protocol: 'http', host: '127.0.0.1', port: relay.port }))
      const wanted = workload()
      await remote.apply(wanted)
      const [address] = await readyAt(wanted.id, 1, remote)
      expect(address?.host).toBe('127.0.0.1')
      expect(address?.port).not.toBe(7860)
      expect(await asking(address)('/')).toBe('hello')
      const [container] = await containersOf(wanted.id)
      expect(container?.Ports.map(({ IP }) => IP)).toEqual(['127.0.0.1'])
      // Its kernel is elsewhere: the engine counts.
      expect(await remote.usage(wanted.id)).toMatchObject({ memory: expect.any(Number), network: expect.anything() })
      await remote.remove(wanted.id)
      await remote[Symbol.asyncDispose]()
      await relay.close()
    })

    test('while the engine is away everything stays as last known; what was asked for meanwhile is done when it is back', async () => {
      const path = join(folder, 'engine.sock')
      let relay = await relayTo(host, { path })
      const through = new Docker({ socketPath: path })
      await runtime[Symbol.asyncDispose]()
      runtime = await open(through)
      const [stays, dies, goes] = await Promise.all([started(), started(), started()])
      await relay.close()
      expect(await until(stays.id, is('ready', 'starting', 'exited'))).toMatchObject({ kind: 'ready' })
      await dies.ask('/exit', { code: '9' }).catch(() => undefined)
      const late = workload()
      await runtime.apply(late)
      expect(await until(late.id, () => true)).toMatchObject({
        kind: 'pending',
        reason: 'The container engine is away.',
      })
      const removal = runtime.remove(goes.id)
      relay = await relayTo(host, { path })
      expect(await exitOf(dies.id)).toMatchObject({ code: 9, reason: 'error' })
      await readyAt(late.id)
      await removal
      expect(await containersOf(goes.id)).toEqual([])
      expect(await until(stays.id, () => true)).toMatchObject({ kind: 'ready' })
      await Promise.all([goneFrom(stays), goneFrom(dies), goneFrom(late)])
      await reopen()
      await relay.close()
    })

    test('a container of this install that nobody knows is ended when it is come across', async () => {
      const space = await started()
      const [container] = await containersOf(space.id)
      const { Config } = await engine.getContainer(container?.Id ?? '').inspect()
      await runtime[Symbol.asyncDispose]()
      const stray = await engine.createContainer({
        name: `${install}-stray`,
        Image: reference,
        Cmd: ['sleep', '1000'],
        StopSignal: 'SIGKILL',
        Labels: { ...Config.Labels, 'plaza.definition': 'not JSON', 'plaza.workload': `${install}-stray` },
      })
      await stray.start()
      runtime = await open()
      await readyAt(space.id)
      expect(await ours(`plaza.workload=${install}-stray`)).toEqual([])
      await goneFrom(space)
    })
  },
)

/** Debian's Python with the app, a user 1000, and a command of its own that runs as root. */
async function appImage(
  engine: Docker,
  base: string,
  reference: string,
): Promise<{ reference: string; digest: string }> {
  const prepare = `
import os
os.makedirs('/home/user/app')
open('/home/user/app/app.py', 'w').write(os.environ['APP'])
for path in ('/home/user', '/home/user/app', '/home/user/app/app.py'): os.chown(path, 1000, 1000)
os.symlink('/usr/bin/python3', '/usr/local/bin/python')`
  const container = await engine.createContainer({
    Image: base,
    Cmd: ['python3', '-c', prepare],
    Env: [`APP=${insideApp}`],
    HostConfig: { NetworkMode: 'none' },
  })
  try {
    await container.start()
    const { StatusCode } = (await container.wait()) as { StatusCode: number }
    expect(StatusCode).toBe(0)
    const [repo, tag] = reference.split(':')
    const changes = [
      'ENV APP=',
      'ENV HOME=/home/user',
      'WORKDIR /home/user/app',
      'ENTRYPOINT ["/usr/bin/env", "ENTRYPOINT=used"]',
      'CMD ["python", "app.py", "0.0.0.0", "7860"]',
    ]
    const { Id } = (await container.commit({ repo, tag, changes })) as { Id: string }
    return { reference, digest: Id }
  } finally {
    await container.remove({ force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function answering(port: number): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined)
    if (answer?.ok === true) return
    if (Date.now() > deadline) throw new Error('the registry does not answer')
    await delay(20)
  }
}

/** Passes connections on to the engine's socket; closing it is as if the engine went away. */
async function relayTo(host: string, at: { path: string } | { port: number }) {
  const sockets = new Set<Socket>()
  const server: Server = createServer((here) => {
    const there = connect(host.replace('unix://', ''))
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => sockets.delete(one))
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen('path' in at ? { path: at.path } : { port: at.port, host: '127.0.0.1' }, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
