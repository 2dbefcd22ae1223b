import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sha256 } from '../../builder/builder.ts'
import { capabilities } from '../../runtime/local/capabilities.ts'
import { openLocalRuntime } from '../../runtime/local/runtime.ts'
import { openSandbox, privateRanges, type Sandbox } from '../../runtime/local/sandbox.ts'
import type { Instance, InstanceState, Runtime, Workload } from '../../runtime/runtime.ts'
import { insideApp } from './inside-app.ts'

const root = process.getuid?.() === 0
const quiet = { info: () => undefined, warn: () => undefined }
const can = await capabilities(undefined)
const why = can.findings.filter(({ ok }) => !ok).map(({ what, detail }) => `${what}: ${detail}`)

const modes = [
  { mode: 'sandboxed', plain: false, missing: can.sandbox === undefined ? why.join(' ') : undefined },
  { mode: 'plain', plain: true, missing: undefined },
]

for (const { mode, plain, missing } of modes)
  describe.skipIf(missing !== undefined)(
    `local runtime, ${mode}${missing === undefined ? '' : ` (not here: ${missing})`}`,
    () => {
      let folder: string
      let sandbox: Sandbox
      let runtime: Runtime
      let counter = 0

      beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), 'plaza-runtime-'))
        chmodSync(folder, 0o711)
        writeFileSync(join(folder, 'platform-secret'), 'the platform\n')
        sandbox = await openSandbox({ folder: join(folder, 'sandbox'), forbidden: privateRanges, plain })
        runtime = await openLocalRuntime({ folder, sandbox, log: quiet })
      })
      afterAll(async () => {
        for (const id of readdirSync(join(folder, 'instances'))) await runtime.remove(id)
        await runtime[Symbol.asyncDispose]()
        rmSync(folder, { recursive: true, force: true })
      })

      /** A workload whose app is `script`; the interpreter is the system's. */
      function workload(script: string, more: Partial<Workload> = {}): Workload {
        counter += 1
        const source = join(folder, `source-${counter}`)
        mkdirSync(source)
        writeFileSync(join(source, 'app.py'), script, { mode: 0o444 })
        return {
          id: `w${counter}-v1`,
          spaceId: `s${counter}`,
          image: { kind: 'environment', key: 'test' as Sha256, path: '/usr', python: '/usr/bin/python3', source },
          command: ['python', 'app.py', '{port}'],
          env: {},
          port: 7860,
          limits: { cpu: 1, memory: 400 * 1024 * 1024, processes: 100 },
          replicas: 1,
          startupTimeout: 20,
          ...more,
        }
      }

      async function until(
        id: string,
        kinds: readonly InstanceState['kind'][],
        from: Runtime = runtime,
        limit = 20_000,
      ): Promise<InstanceState> {
        let last: InstanceState | undefined
        for await (const instance of from.instances(AbortSignal.timeout(limit))) {
          if (instance.workloadId !== id) continue
          last = instance.state
          if (kinds.includes(last.kind)) return last
        }
        throw new Error(`${id} was not ${kinds.join(' or ')} in time but ${JSON.stringify(last)}`)
      }
      const exit = async (id: string) => {
        const state = await until(id, ['exited'])
        return state.kind === 'exited' ? state.exit : undefined
      }
      async function started(more: Partial<Workload> = {}) {
        const wanted = workload(insideApp, more)
        await runtime.apply(wanted)
        const state = await until(wanted.id, ['ready', 'exited'])
        if (state.kind !== 'ready') throw new Error(JSON.stringify(state))
        const [address] = state.addresses
        if (!address) throw new Error('ready, and nowhere')
        return { ...wanted, ask: asking(address) }
      }
      const asking =
        (address: { host: string; port: number }) =>
        async (path: string, query: Record<string, string> = {}): Promise<unknown> => {
          const url = `http://${address.host}:${address.port}${path}?${new URLSearchParams(query)}`
          const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) })
          return answer.json()
        }
      async function linesOf(id: string, from?: string, enough: (text: string) => boolean = () => false) {
        const lines: { offset: string; timestamp: Date; text: string }[] = []
        for await (const line of runtime.logs(id, from, AbortSignal.timeout(5_000))) {
          lines.push(line)
          if (enough(line.text)) break
        }
        return lines
      }
      const outermost = (id: string) => Number.parseInt(readFileSync(join(folder, 'instances', id, 'pid'), 'utf8'), 10)
      /** Pids of processes whose command line or environment names the folder of an instance, zombies left out. */
      function processesOf(id: string): string[] {
        const path = join(folder, 'instances', id)
        return readdirSync('/proc').filter((pid) => {
          if (!/^\d+$/.test(pid) || pid === String(process.pid)) return false
          try {
            if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return false
            return ['cmdline', 'environ'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(path))
          } catch {
            return false
          }
        })
      }

      test('an app becomes ready, answers at its address, and leaves nothing when it is removed', async () => {
        const app = await started()
        expect(await app.ask('/')).toBe('hello')
        const pid = outermost(app.id)
        expect(existsSync(`/proc/${pid}`)).toBe(true)
        await runtime.remove(app.id)
        await expect(until(app.id, ['gone'], runtime, 100)).rejects.toThrow('in time but undefined')
        expect(processesOf(app.id)).toEqual([])
        expect(existsSync(join(folder, 'instances', app.id))).toBe(false)
        expect(sandbox.cgroups?.names() ?? []).not.toContain(`instance-${app.id}`)
        expect(existsSync(join(folder, 'spaces', app.spaceId, 'data'))).toBe(true)
        await runtime.forget(app.spaceId)
        expect(existsSync(join(folder, 'spaces', app.spaceId))).toBe(false)
      })

      test('what it uses is told while it runs: memory, processor time, and what it keeps in /data', async () => {
        const app = await started()
        const before = await runtime.usage(app.id)
        expect(before?.cpuSeconds).toBeGreaterThan(0)
        const bytes = 100 * 1024 ** 2
        expect(await app.ask('/eat', { bytes: String(bytes) })).toBe('eaten')
        const after = await runtime.usage(app.id)
        expect(after?.memory).toBeGreaterThan((before?.memory ?? 0) + bytes * 0.8)
        expect(after?.memory).toBeLessThan(app.limits.memory)
        expect(after?.cpuSeconds).toBeGreaterThan(before?.cpuSeconds ?? 0)
        expect(await runtime.stored(app.spaceId)).toBe(0)
        writeFileSync(join(folder, 'spaces', app.spaceId, 'data', 'kept'), Buffer.alloc(8192, 1))
        expect(await runtime.stored(app.spaceId)).toBeGreaterThanOrEqual(8192)
        await runtime.remove(app.id)
        expect(await runtime.usage(app.id)).toBeUndefined()
        expect(await runtime.usage('never-there')).toBeUndefined()
      })

      test('it sees exactly the variables of its workload, and writes into its own folders', async () => {
        const value = `a'b"c$(id)\`id\`;\n-x {port}`
        const app = await started({ env: { STRANGE: value, PORT: '{port}', LD_PRELOAD: '' } })
        const env = (await app.ask('/env')) as Record<string, string>
        expect(env).toMatchObject({ STRANGE: value })
        expect(Number(env['PORT'])).toBeGreaterThan(0)
        expect(Object.keys(env)).not.toContain('VITEST')
        const { cwd } = (await app.ask('/self')) as { cwd: string }
        for (const path of [
          join(cwd, 'new'),
          join(cwd, 'app.py'),
          join(env['HOME'] ?? '', 'new'),
          join(env['TMPDIR'] ?? '', 'new'),
        ])
          expect(await app.ask('/write', { path })).toBe('written')
        expect(statSync(join(folder, 'instances', app.id, 'workload.json')).mode & 0o077).toBe(0)
        await runtime.remove(app.id)
      })

      test('secrets are on no command line', async () => {
        const app = await started({ env: { TOKEN: 'hf_very_secret_value' } })
        const lines = readdirSync('/proc')
          .filter((name) => /^\d+$/.test(name))
          .map((pid) => {
            try {
              return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
            } catch {
              return ''
            }
          })
        expect(lines.filter((line) => line.includes('hf_very_secret_value'))).toEqual([])
        await runtime.remove(app.id)
      })

      test('applying twice starts once', async () => {
        const app = await started()
        const pid = outermost(app.id)
        await runtime.apply(app)
        expect(outermost(app.id)).toBe(pid)
        await runtime.remove(app.id)
        await runtime.remove(app.id)
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
          "app.py ended with exit code 1: ModuleNotFoundError: No module named 'no_such_module' (app.py, line 1). Add the package that has no_such_module to requirements.txt, or push its file.",
        ],
        [
          'pass',
          { code: 0, reason: 'completed' },
          'app.py ended by itself with exit code 0. An app must go on serving.',
        ],
        [
          'import os; os.kill(os.getpid(), 9)',
          { code: 137, signal: 'SIGKILL', reason: 'error' },
          'app.py was ended by SIGKILL.',
        ],
      ])('how it ended, in words: %s', async (script, expected, message) => {
        const wanted = workload(script)
        await runtime.apply(wanted)
        expect(await exit(wanted.id)).toMatchObject({ ...expected, message })
        await runtime.remove(wanted.id)
      })

      test.skipIf(can.cgroups?.controllers.has('memory') !== true)(
        `an app that wants too much memory is ended for it${root ? '' : ' (not here: only root limits memory)'}`,
        async () => {
          const wanted = workload('x = [bytearray(10**8) for _ in range(9)]', {
            limits: { cpu: 1, memory: 200 * 1024 * 1024, processes: 50 },
          })
          await runtime.apply(wanted)
          expect(await exit(wanted.id)).toMatchObject({
            reason: 'oom',
            message: 'app.py ran out of memory: it may use 200 MiB.',
          })
          await runtime.remove(wanted.id)
        },
      )

      test.skipIf(can.cgroups?.controllers.has('pids') !== true)(
        `an app cannot start more processes than it may${root ? '' : ' (not here: only root limits processes)'}`,
        async () => {
          const script = 'import subprocess\nfor i in range(200): subprocess.Popen(["/bin/sleep", "30"])\n'
          const wanted = workload(script, { limits: { cpu: 1, memory: 400 * 1024 * 1024, processes: 30 } })
          await runtime.apply(wanted)
          expect((await exit(wanted.id))?.message).toMatch(/BlockingIOError|Resource temporarily unavailable/)
          expect(processesOf(wanted.id)).toEqual([])
          await runtime.remove(wanted.id)
        },
      )

      test('an app that listens on another port is told so, and ends when its time is over', async () => {
        const script = `import http.server; http.server.HTTPServer(('127.0.0.1', 0), http.server.BaseHTTPRequestHandler).serve_forever()`
        const wanted = workload(script, { startupTimeout: 2 })
        await runtime.apply(wanted)
        expect(await exit(wanted.id)).toMatchObject({
          reason: 'timeout',
          message: expect.stringMatching(
            /^app\.py was not ready within 2 seconds\. The app listens on port \d+, not on \d+\. Listen on \d+ \(host 0\.0\.0\.0\)\.$/,
          ),
        })
        expect(processesOf(wanted.id)).toEqual([])
        await runtime.remove(wanted.id)
      })

      test('an app that listens only on ::1 is told so', async () => {
        const script = `
import http.server, socket, sys
class Server(http.server.HTTPServer): address_family = socket.AF_INET6
Server(('::1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()`
        const wanted = workload(script, { startupTimeout: 2 })
        await runtime.apply(wanted)
        expect((await exit(wanted.id))?.message).toMatch(/only on ::1\. Listen on 0\.0\.0\.0/)
        await runtime.remove(wanted.id)
      })

      test('an app that never listens, and one that answers 503', async () => {
        const silent = workload('import time; time.sleep(60)', { startupTimeout: 1 })
        const failing = workload(
          `import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_error(503)
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()`,
          { startupTimeout: 2 },
        )
        await Promise.all([runtime.apply(silent), runtime.apply(failing)])
        expect((await exit(silent.id))?.message).toMatch(/Nothing answers on port \d+\. Listen on port \d+/)
        expect((await exit(failing.id))?.message).toMatch(/It answers 503\. Answer GET \/ with a status below 500\.$/)
        await Promise.all([runtime.remove(silent.id), runtime.remove(failing.id)])
      })

      test.skipIf(plain)('two apps that both hard-code port 7860 run side by side', async () => {
        const [one, other] = await Promise.all([
          started({ command: ['python', 'app.py', '7860'] }),
          started({ command: ['python', 'app.py', '7860'] }),
        ])
        expect(await Promise.all([one.ask('/'), other.ask('/')])).toEqual(['hello', 'hello'])
        await Promise.all([runtime.remove(one.id), runtime.remove(other.id)])
      })

      test('a virtual environment: its Python, the Python that it was made from, its scripts whatever they begin with', async () => {
        const base = join(folder, 'base')
        const path = join(folder, 'environment')
        for (const directory of [base, path]) mkdirSync(join(directory, 'bin'), { recursive: true })
        writeFileSync(join(base, 'bin/python3'), '#!/bin/sh\nexec /usr/bin/python3 "$@"\n', { mode: 0o755 })
        symlinkSync(join(base, 'bin/python3'), join(path, 'bin/python'))
        writeFileSync(join(path, 'pyvenv.cfg'), `home = ${base}/bin\n`)
        writeFileSync(join(path, 'bin/serve'), `#!/nowhere/python\n${insideApp}`, { mode: 0o755 })
        const wanted = workload('')
        const app = await started({
          command: ['serve', '{port}'],
          image: { ...wanted.image, kind: 'environment', path, python: join(path, 'bin/python') } as Workload['image'],
        })
        expect(await app.ask('/env')).toMatchObject({ VIRTUAL_ENV: path, PATH: expect.stringMatching(`^${path}/bin:`) })
        // Without a sandbox an ordinary user's apps are that user.
        if (!plain || root) expect(await app.ask('/write', { path: join(path, 'bin/serve') })).toMatch(/^no: /)
        await runtime.remove(app.id)
      })

      test.each(['../python', '-c', '/bin/sh', 'a b', ''])('%j is no program to run', async (name) => {
        const wanted = workload('', { command: [name] })
        await runtime.apply(wanted)
        expect((await exit(wanted.id))?.message).toContain('is not the name of a program')
        await runtime.remove(wanted.id)
      })

      test('its log: lines with ascending offsets and times, followed, resumed, ended', async () => {
        const app = await started()
        const before = Date.now()
        await app.ask('/print', { text: 'grüße' })
        const lines = await linesOf(app.id, undefined, (text) => text === 'grüße')
        expect(lines.map(({ text }) => text)).toEqual(['listening', 'grüße'])
        expect(lines[1]?.timestamp.getTime()).toBeGreaterThanOrEqual(before - 1_000)
        await app.ask('/print', { text: 'later' })
        expect(await linesOf(app.id, lines[1]?.offset, () => true)).toMatchObject([{ text: 'later' }])
        await app.ask('/exit', { code: '3' }).catch(() => undefined)
        await until(app.id, ['exited'])
        // Ends by itself, well before the signal.
        const all = await linesOf(app.id)
        expect(all.map(({ text }) => text)).toEqual(['listening', 'grüße', 'later'])
        expect(all.map(({ offset }) => offset)).toEqual(all.map(({ offset }) => offset).sort())
        await runtime.remove(app.id)
      })

      test('an app that prints without end: what is kept is bounded, it is slowed down and told so, and it can be ended', async () => {
        const flood = workload("import sys\nwhile True: sys.stdout.write('x' * 4000 + '\\n')")
        await runtime.apply(flood)
        const told = sandbox.cgroups?.controllers.has('cpu') === true ? 'slowed down' : 'no longer kept'
        const lines = await linesOf(flood.id, '1', (text) => text.includes(told))
        expect(lines.at(-1)?.text).toContain(told)
        await runtime.remove(flood.id)
        expect(processesOf(flood.id)).toEqual([])
      })

      test('SIGTERM reaches the app, which has time to end', async () => {
        const app = await started({ env: { GOODBYE: plain ? join(folder, 'goodbye') : '/data/goodbye' } })
        if (plain) {
          writeFileSync(join(folder, 'goodbye'), '')
          chmodSync(join(folder, 'goodbye'), 0o666)
        }
        await runtime.remove(app.id)
        const file = plain ? join(folder, 'goodbye') : join(folder, 'spaces', app.spaceId, 'data', 'goodbye')
        expect(readFileSync(file, 'utf8')).toBe('bye')
      })

      test('frozen it does not answer, thawed it goes on with its memory', async () => {
        const app = await started()
        const self = await app.ask('/self')
        await runtime.freeze(app.id)
        expect(await until(app.id, ['frozen'])).toMatchObject({ kind: 'frozen' })
        const answer = app.ask('/')
        expect(await Promise.race([answer, delay(300, 'still frozen')])).toBe('still frozen')
        await runtime.thaw(app.id)
        expect(await answer).toBe('hello')
        expect(await until(app.id, ['ready'])).toMatchObject({ kind: 'ready' })
        expect(await app.ask('/self')).toMatchObject({ pid: (self as { pid: number }).pid })
        await runtime.freeze(app.id)
        await runtime.remove(app.id)
        expect(processesOf(app.id)).toEqual([])
      })

      test('the next platform finds it again, running or frozen, and sees how it ended meanwhile', async () => {
        const [running, frozen, ending] = await Promise.all([started(), started(), started()])
        await runtime.freeze(frozen.id)
        const pid = outermost(running.id)
        await runtime[Symbol.asyncDispose]()
        await ending.ask('/exit', { code: '9' }).catch(() => undefined)
        runtime = await openLocalRuntime({ folder, sandbox, log: quiet })
        expect(await until(running.id, ['ready'])).toMatchObject({ kind: 'ready' })
        expect(outermost(running.id)).toBe(pid)
        expect(await running.ask('/')).toBe('hello')
        expect((await until(frozen.id, ['frozen', 'ready'])).kind).toBe('frozen')
        await runtime.thaw(frozen.id)
        expect(await frozen.ask('/')).toBe('hello')
        expect(await exit(ending.id)).toMatchObject({ code: 9, reason: 'error' })
        // Nobody is its parent any more, and its end is seen nevertheless.
        await running.ask('/exit', { code: '4' }).catch(() => undefined)
        expect(await exit(running.id)).toMatchObject({ code: 4 })
        await Promise.all([running, frozen, ending].map(({ id }) => runtime.remove(id)))
      })

      test('a start of the machine later it is lost', async () => {
        const app = await started()
        await runtime[Symbol.asyncDispose]()
        process.kill(outermost(app.id), 'SIGKILL')
        const path = join(folder, 'instances', app.id, 'launch.json')
        const record = JSON.parse(readFileSync(path, 'utf8')) as object
        writeFileSync(path, JSON.stringify({ ...record, boot: 'another' }))
        runtime = await openLocalRuntime({ folder, sandbox, log: quiet })
        expect(await exit(app.id)).toMatchObject({
          reason: 'lost',
          message: 'The machine restarted while app.py was running.',
        })
        await runtime.remove(app.id)
      })

      test('a platform that is killed at any moment of a start leaves no process without a folder', async () => {
        const script = join(folder, 'platform.ts')
        const wanted = workload(insideApp)
        const path = (name: string) => JSON.stringify(join(import.meta.dirname, '../../runtime/local', name))
        writeFileSync(
          script,
          `import { openSandbox } from ${path('sandbox.ts')}
import { openLocalRuntime } from ${path('runtime.ts')}
const [folder, plain, workload] = JSON.parse(process.argv[2])
const sandbox = await openSandbox({ folder: folder + '/sandbox', forbidden: [], plain })
const runtime = await openLocalRuntime({ folder, sandbox, log: { info() {}, warn() {} } })
process.stdout.write('opened')
await runtime.apply(workload)
process.stdout.write('applied')
setInterval(() => {}, 1000)`,
        )
        const own = mkdtempSync(join(folder, 'killed-'))
        chmodSync(own, 0o711)
        for (const moment of [0, 5, 10, 15, 20, 30, 50, 100]) {
          const argument = JSON.stringify([own, plain, { ...wanted, id: `killed-${moment}` }])
          const platform = spawn(process.execPath, [script, argument], { stdio: ['ignore', 'pipe', 'inherit'] })
          await once(platform.stdout, 'data')
          await delay(moment)
          platform.kill('SIGKILL')
          await once(platform, 'exit')
        }
        const next = await openLocalRuntime({
          folder: own,
          sandbox: await openSandbox({ folder: join(own, 'sandbox'), forbidden: [], plain }),
          log: quiet,
        })
        const found = new Map<string, Instance>()
        for await (const instance of next.instances(AbortSignal.timeout(500))) found.set(instance.workloadId, instance)
        expect([...found.keys()].sort()).toEqual(readdirSync(join(own, 'instances')).sort())
        for (const id of found.keys()) await next.remove(id)
        await next[Symbol.asyncDispose]()
        const left = readdirSync('/proc').filter((pid) => {
          if (!/^\d+$/.test(pid) || pid === String(process.pid)) return false
          try {
            if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return false
            const texts = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1'))
            return texts.some((text) => text.includes(join(own, 'instances')))
          } catch {
            return false
          }
        })
        expect(left).toEqual([])
      }, 30_000)

      test('a running command of the sandbox ends as a whole tree with its signal', async () => {
        const ends = new AbortController()
        let output = ''
        const running = sandbox.run(
          {
            name: 'tree',
            command: ['/bin/sh', '-c', '/bin/sleep 4321 & /bin/sleep 4321 & echo started; wait'],
            env: {},
            cwd: '/',
            mounts: [],
            network: {},
            user: root ? { uid: 61_000, gid: 61_000 } : undefined,
          },
          (text) => {
            output += text
            if (output.includes('started')) ends.abort(new Error('enough'))
          },
          AbortSignal.any([ends.signal, AbortSignal.timeout(10_000)]),
        )
        await expect(running).rejects.toThrow('enough')
        const sleeping = readdirSync('/proc').filter((pid) => {
          try {
            return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1') === '/bin/sleep\x004321\x00'
          } catch {
            return false
          }
        })
        expect(sleeping).toEqual([])
      })

      test('a running command of a platform that was killed is ended by the next one, that of a living one is not', async () => {
        const script = join(folder, 'building.ts')
        const sandboxFile = JSON.stringify(join(import.meta.dirname, '../../runtime/local/sandbox.ts'))
        writeFileSync(
          script,
          `import { openSandbox } from ${sandboxFile}
const [folder, plain, user] = JSON.parse(process.argv[2])
const sandbox = await openSandbox({ folder, forbidden: [], plain })
await sandbox.run({ name: 'build', command: ['/bin/sh', '-c', 'echo began; exec /bin/sleep 1234'], env: {}, cwd: '/', mounts: [],
  network: {}, user: user ?? undefined }, (text) => process.stdout.write(text), new AbortController().signal)`,
        )
        const own = join(folder, 'building')
        const user = root ? { uid: 61_000, gid: 61_000 } : null
        const sleeping = () =>
          readdirSync('/proc').filter((pid) => {
            try {
              return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1') === '/bin/sleep\x001234\x00'
            } catch {
              return false
            }
          })
        const platform = spawn(process.execPath, [script, JSON.stringify([own, plain, user])], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        await once(platform.stdout, 'data')
        await openSandbox({ folder: own, forbidden: [], plain })
        expect(sleeping()).toHaveLength(1)
        platform.kill('SIGKILL')
        await once(platform, 'exit')
        await openSandbox({ folder: own, forbidden: [], plain })
        const deadline = Date.now() + 5_000
        while (sleeping().length > 0 && Date.now() < deadline) await delay(10)
        expect(sleeping()).toEqual([])
        expect(readdirSync(join(own, 'runs'))).toEqual([])
      })

      describe.skipIf(plain)('seen from inside', () => {
        let app: Awaited<ReturnType<typeof started>>
        let other: Awaited<ReturnType<typeof started>>
        const servers: Server[] = []

        beforeAll(async () => {
          ;[app, other] = await Promise.all([started(), started({ env: { OTHER_SECRET: 'of the other Space' } })])
          await other.ask('/write', { path: '/data/private' })
        })
        afterAll(async () => {
          for (const server of servers) server.close()
          await Promise.all([runtime.remove(app.id), runtime.remove(other.id)])
        })

        test('an unprivileged user without a way up, in a read-only system', async () => {
          expect(await app.ask('/self')).toMatchObject({ uid: 1000, cwd: '/app' })
          const status = (await app.ask('/files', { path: '/proc/self/status' })) as string
          expect(status).toMatch(/^CapBnd:\t0+$/m)
          expect(status).toMatch(/^CapEff:\t0+$/m)
          expect(status).toMatch(/^NoNewPrivs:\t1$/m)
          // Where the machine has no memory left, it ends before the platform does.
          expect(await app.ask('/files', { path: '/proc/self/oom_score_adj' })).toBe('500\n')
          for (const path of ['/new', '/usr/new', '/etc/new', '/etc/passwd', '/usr/bin/new'])
            expect(await app.ask('/write', { path })).toMatch(/^no: /)
          expect(await app.ask('/write', { path: '/data/mine' })).toBe('written')
          expect(await app.ask('/write', { path: '/tmp/mine' })).toBe('written')
          expect(await app.ask('/write', { path: '/dev/shm/mine' })).toBe('written')
        })

        test('no descriptor of the platform or of pasta is left open', async () => {
          const fds = (await app.ask('/fds')) as string[]
          const tables = await Promise.all(
            ['tcp', 'tcp6', 'unix'].map((table) => app.ask('/files', { path: `/proc/self/net/${table}` })),
          )
          const known = new Set(tables.flatMap((table) => String(table).match(/\d+/g) ?? []))
          const sockets = fds.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
          expect(sockets.length).toBeGreaterThan(0)
          // A socket of another network namespace is in none of the tables of its own.
          expect(sockets.filter((inode) => !known.has(inode))).toEqual([])
          expect(await app.ask('/files', { path: '/proc/1/fd' })).not.toContain('9')
        })

        test("neither other Spaces' files nor the platform's", async () => {
          for (const path of [
            folder,
            join(folder, 'platform-secret'),
            join(folder, 'instances'),
            '/root',
            '/home/user',
            '/var/lib',
            '/etc/shadow',
          ])
            expect(await app.ask('/files', { path })).toMatch(/^no: /)
          expect(await app.ask('/files', { path: '/data' })).not.toContain('private')
          expect(await other.ask('/files', { path: '/data' })).toContain('private')
          expect(await app.ask('/files', { path: '/' })).not.toContain('root')
        })

        test("no process but its own, so neither others' environment nor memory", async () => {
          const names = (await app.ask('/files', { path: '/proc' })) as string[]
          const pids = names.filter((name) => /^\d+$/.test(name))
          expect(pids.length).toBeLessThanOrEqual(3)
          for (const pid of pids) {
            const environment = (await app.ask('/files', { path: `/proc/${pid}/environ` })) as string
            expect(environment).not.toContain('OTHER_SECRET')
            expect(environment).not.toContain('PLAZA_')
            expect(environment).not.toContain('VITEST')
          }
        })

        test.skipIf(!root)(
          `no forbidden range, though it is the local network itself or reached through it; offline it runs all the same${root ? '' : ' (not here: only root makes networks)'}`,
          () => {
            const script = join(import.meta.dirname, 'stand-in-network.ts')
            const printed = execFileSync('unshare', ['-n', process.execPath, script, join(folder, 'networks')], {
              encoding: 'utf8',
              timeout: 170_000,
            })
            const outside = ['203.0.113.9', '2001:db8::9']
            expect(JSON.parse(printed)).toEqual({
              offline: 'isolated, 200',
              // The gateway, 10.99.0.2, is never reached.
              without: ['10.99.0.3', '10.98.0.3', '203.0.113.9', '169.254.169.254', 'fd99::3', '2001:db8::9'],
              forbidden: outside,
              allowed: ['10.99.0.3', '203.0.113.9', 'fd99::3', '2001:db8::9'],
            })
          },
          180_000,
        )

        test("no port of the machine: loopback, its addresses, other Spaces' addresses, the gateway's", async () => {
          const asked: string[] = []
          const server = createServer((request, response) => {
            asked.push(request.socket.localAddress ?? '')
            response.end('reached the platform')
          })
          servers.push(server)
          await new Promise<void>((resolve) => server.listen(0, '::', resolve))
          const { port } = server.address() as AddressInfo
          const here = await fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text())
          expect(here).toBe('reached the platform')
          asked.length = 0
          const gateway = execFileSync('ip', ['-4', 'route', 'show', 'default'], { encoding: 'utf8' }).match(
            /via (\S+)/,
          )?.[1]
          const own = execFileSync('hostname', ['-I'], { encoding: 'utf8' }).trim().split(/\s+/)
          const hosts = [
            '127.0.0.1',
            'localhost',
            '127.0.0.53',
            '127.77.1.2',
            '::1',
            '169.254.1.1',
            '169.254.169.254',
            ...own,
          ]
          for (const host of gateway === undefined ? hosts : [...hosts, gateway])
            expect(await app.ask('/reach', { host, port: String(port) }), host).toMatch(/^no: /)
          expect(asked).toEqual([])
        }, 60_000)
      })
    },
  )
