/** What a hostile demo can reach, through the whole platform: from inside a Space, and from inside a build. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capabilities } from '../../runtime/local/capabilities.ts'
import { hostNetwork } from '../../runtime/host-network.ts'
import { TestPlaza } from '../plaza.ts'
import { card } from '../probing-app.ts'
import { type Facts, probe } from './probe.ts'
import { eventually, isAlive, orphansOf, processesOf } from './processes.ts'
import { serving } from './serving.ts'

const run = promisify(execFile)
const can = await capabilities(undefined)
const isRoot = process.getuid?.() === 0
const isMissing = can.sandbox === undefined
const limitsMemory = can.cgroups?.controllers.has('memory') === true
const limitsProcesses = can.cgroups?.controllers.has('pids') === true
const secret = `secret-${randomBytes(12).toString('hex')}`
const diary = `diary-${randomBytes(12).toString('hex')}`

const victimApp = serving(
  `{'boot': boot, 'env': os.environ.get('SECRET')}`,
  `import uuid\nboot = uuid.uuid4().hex\nopen('/data/diary', 'w').write('${diary}')\nopen('/tmp/note', 'w').write('${diary}')`,
)

/** Its setup.py looks around, leaves a process behind, and puts what it found into the package. */
const evilPackage = (facts: Facts) => ({
  'evil/pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
  'evil/probing.py': probe,
  // What setuptools does with a setup.py, without having to download it.
  'evil/backend.py': `
import runpy, zipfile
def build_wheel(folder, settings=None, metadata=None):
    found = runpy.run_path('setup.py', run_name='__main__')['found']
    with zipfile.ZipFile(folder + '/evil-1-py3-none-any.whl', 'w') as wheel:
        wheel.writestr('evil.py', 'found = ' + repr(found))
        wheel.writestr('evil-1.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: evil\\nVersion: 1\\n')
        wheel.writestr('evil-1.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: us\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr('evil-1.dist-info/RECORD', '')
    return 'evil-1-py3-none-any.whl'
`,
  'evil/setup.py': `
import json, os, subprocess, sys
sys.path.insert(0, os.getcwd())
from probing import attempt, probe, write
found = probe(json.loads(${JSON.stringify(JSON.stringify(facts))}))
# It can do what a build must do.
found['own folder'] = attempt(lambda: write('here'))
found['own cache'] = attempt(lambda: write(os.environ['UV_CACHE_DIR'] + '/here'))
subprocess.Popen(['sleep', '600'], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
`,
})

/** What was not refused, but for folders that show nothing of anybody else's: those that lead to its own. */
function gotThrough(found: Record<string, string>, foreign: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(found).filter(([what, result]) => {
      if (result.startsWith('no: ')) return false
      const folder = /^read (.*)/.exec(what)?.[1]
      const names = /^YES: \[(.*)\]$/.exec(result)?.[1]
      if (folder === undefined || names === undefined) return true
      const paths = names.split(', ').map((name) => path.join(folder, name.slice(1, -1)))
      return paths.some((one) => foreign.has(one))
    }),
  )
}

describe.skipIf(isMissing || !isRoot)(
  `isolation${isMissing ? ' (not here: no bubblewrap or passt)' : isRoot ? '' : ' (not here: the stand-ins need root)'}`,
  () => {
    let plaza: TestPlaza
    let facts: Facts
    let boot: string
    let noteFolder: string
    const listeners: net.Server[] = []
    let neighbour: ChildProcess | undefined

    beforeAll(async () => {
      plaza = await TestPlaza.start({
        embeddedStore: true,
        // Inside a sandbox /tmp is its own, and everything in it can be written.
        folder: '/var/lib',
        yaml: 'flavors:\n  - { name: cpu-basic, cpu: 1, memory: 300Mi, default: true }\n',
      })
      await plaza.createSpace('alice', 'victim', { secrets: [{ key: 'SECRET', value: secret }] })
      await plaza.push('alice', 'victim', { 'README.md': card, 'app.py': victimApp })
      await plaza.publish('alice', 'page', { 'README.md': '---\nsdk: static\n---\n', 'index.html': diary })
      await Promise.all(['alice/victim', 'alice/page'].map(async (id) => await plaza.waitFor(id, 'RUNNING')))
      const answer = (await (await plaza.visit('alice/victim')).json()) as { boot: string; env: string }
      expect(answer.env).toBe(secret)
      boot = answer.boot
      noteFolder = await mkdtemp(path.join(tmpdir(), 'plaza-note-'))
      await writeFile(path.join(noteFolder, 'note'), diary, { mode: 0o644 })
      facts = await lookAround()
    })
    afterAll(async () => {
      for (const listener of listeners) listener.close()
      neighbour?.kill('SIGKILL')
      await rm(noteFolder, { recursive: true, force: true })
      await plaza[Symbol.asyncDispose]()
    })

    /** Not one of the folders of PLAZA_DATA in which everybody's things lie side by side. */
    const isSomeones = (file: string) =>
      !['', 'builds', 'caches', 'environments', 'tools'].includes(path.relative(plaza.data, file))

    async function lookAround(): Promise<Facts> {
      const { data } = plaza
      const [instance = ''] = readdirSync(path.join(data, 'instances'))
      const spaceIds = readdirSync(path.join(data, 'spaces'))
      const below = (folder: string) =>
        readdirSync(path.join(data, folder)).map((name) => path.join(data, folder, name))
      const launch = JSON.parse(await readFile(path.join(data, 'instances', instance, 'launch.json'), 'utf8')) as {
        port: number
      }
      const pid = Number.parseInt(await readFile(path.join(data, 'instances', instance, 'pid'), 'utf8'), 10)
      const inside = processesOf(plaza)
        .filter(({ command }) => command.endsWith('app.py '))
        .map((one) => one.pid)
      expect(inside.length).toBeGreaterThan(0)
      const everywhere = await listen('::', 0)
      const victimHost = new URL(await plaza.host('alice/victim'))
      const store = path.join(data, 'postgres', 'socket', '.s.PGSQL.5432')
      return {
        paths: [
          ...['', 'key', 'plaza.yaml', 'repositories', 'postgres', 'instances', 'spaces', 'logs', 'caches'].map(
            (name) => path.join(data, name),
          ),
          ...['checkouts', 'environments', 'builds', 'tools', 'sandbox', 'sandbox/runs', 'sandbox/tun'].map((name) =>
            path.join(data, name),
          ),
          ...['workload.json', 'options', 'app/app.py', 'log', 'tmp/note', 'home'].map((name) =>
            path.join(data, 'instances', instance, name),
          ),
          ...spaceIds.flatMap((id) => [path.join(data, 'spaces', id), path.join(data, 'spaces', id, 'data', 'diary')]),
          ...['repositories', 'logs', 'checkouts', 'caches'].flatMap(below),
          path.join(noteFolder, 'note'),
          '/root',
          '/home',
          '/etc/shadow',
          '/etc/hostname',
          '/etc/machine-id',
          '/var/lib',
          '/var/log',
          '/run',
          '/mnt',
          '/boot',
          '/proc/kcore',
          '/proc/kmsg',
          path.join(import.meta.dirname, 'probe.ts'),
        ],
        sockets: [store, '/run/dbus/system_bus_socket', '/var/run/docker.sock'],
        addresses: [
          ...['127.0.0.1', victimHost.hostname].map((host) => `${host}:${plaza.url.port}`),
          `127.0.0.1:${launch.port}`,
          ...hostNetwork().own.map((host) => `${host}:${everywhere}`),
          ...(await standIn()),
        ],
        pids: [plaza.pid, pid, ...inside],
        secrets: [secret, diary, plaza.person('alice').token],
      }
    }

    async function listen(host: string, port: number): Promise<number> {
      const server = net.createServer((socket) => socket.on('error', () => {}).end('reached')).listen(port, host)
      listeners.push(server)
      await once(server, 'listening')
      return (server.address() as net.AddressInfo).port
    }

    /** A neighbour in a private network, reached by this machine and by nobody else. No packet leaves the machine. */
    async function standIn(): Promise<string[]> {
      const serve = `
import socket, sys
server = socket.create_server(('10.99.77.2', 8099))
print('up', flush=True)
while True:
    one, _ = server.accept()
    one.close()`
      neighbour = spawn(
        'unshare',
        ['-n', '/bin/sh', '-c', 'echo here; read -r go; exec /usr/bin/python3 -c "$1"', 'sh', serve],
        {
          stdio: ['pipe', 'pipe', 'ignore'],
        },
      )
      await once(neighbour.stdout ?? process, 'data', { signal: AbortSignal.timeout(10_000) })
      const { pid } = neighbour
      const name = `pz${process.pid % 100_000}`
      await run('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', String(pid)])
      await run('ip', ['addr', 'add', '10.99.77.1/30', 'dev', name])
      await run('ip', ['link', 'set', name, 'up'])
      const there = async (...args: string[]) => await run('nsenter', ['-t', String(pid), '-n', 'ip', ...args])
      await there('addr', 'add', '10.99.77.2/30', 'dev', `${name}b`)
      await there('link', 'set', `${name}b`, 'up')
      neighbour.stdin?.end('go\n')
      await once(neighbour.stdout ?? process, 'data', { signal: AbortSignal.timeout(10_000) })
      return ['10.99.77.2:8099']
    }

    test('what the attempts aim at is really there for the machine itself', async () => {
      const isReached = async (place: string) => {
        const socket = net.connect({
          host: place.slice(0, place.lastIndexOf(':')),
          port: Number(place.split(':').at(-1)),
          timeout: 2_000,
        })
        socket.once('timeout', () => socket.destroy(new Error('timeout')))
        return await once(socket, 'connect')
          .then(
            () => true,
            () => false,
          )
          .finally(() => socket.destroy())
      }
      const reached = await Promise.all(facts.addresses.map(isReached))
      // The gateways are other machines, where nobody has to listen.
      const mayFail = hostNetwork().own.length / 2
      expect(reached.filter((one) => !one).length).toBeLessThanOrEqual(mayFail)
      expect([...reached.slice(0, 3), reached.at(-1)]).toEqual([true, true, true, true])
      expect(facts.pids.every((pid) => isAlive({ pid }))).toBe(true)
      expect(facts.paths.some((file) => file.endsWith('diary'))).toBe(true)
    })

    test('from inside a Space: nothing of other Spaces, of the platform, or of the machine', async () => {
      await plaza.publish('bob', 'attacker', {
        'README.md': card,
        'probing.py': probe,
        'app.py': serving(
          'probing.probe(body) | own() if body else None',
          `import probing
def own():
    # What a Space may do.
    return {name: probing.attempt(work) for name, work in {
        'own data': lambda: probing.write('/data/here'),
        'own tmp': lambda: probing.write('/tmp/here'),
        'own app': lambda: probing.write('/app/here'),
        'own port': lambda: probing.connect(2, 1, ('127.0.0.1', int(os.environ['PORT']))),
        'the environment': lambda: probing.write(sys.prefix + '/here'),
        'packages': lambda: probing.write(next(place for place in sys.path if 'site-packages' in place) + '/here.pth'),
    }.items()}`,
        ),
      })
      await plaza.waitFor('bob/attacker', 'RUNNING')
      const answer = await plaza.visit('bob/attacker', '/', { method: 'POST', body: JSON.stringify(facts) })
      const found = (await answer.json()) as Record<string, string>
      expect(gotThrough(found, new Set(facts.paths.filter(isSomeones)))).toEqual({
        'own data': "YES: 'written'",
        'own tmp': "YES: 'written'",
        'own app': "YES: 'written'",
        'own port': "YES: 'connected'",
      })
    })

    test('from inside a build: the same, no cache or environment but its owner’s own, and nothing that lives on', async () => {
      const others = await caches()
      await plaza.publish('bob', 'builder', {
        'README.md': card,
        'requirements.txt': './evil\n',
        ...evilPackage({ ...facts, paths: [...facts.paths, ...others] }),
        'app.py': serving('evil.found', 'import evil'),
      })
      await plaza.waitFor('bob/builder', 'RUNNING')
      const found = (await (await plaza.visit('bob/builder')).json()) as Record<string, string>
      expect(Object.keys(found).length).toBeGreaterThan(50)
      expect(gotThrough(found, new Set([...facts.paths, ...others].filter(isSomeones)))).toEqual({
        'own folder': "YES: 'written'",
        'own cache': "YES: 'written'",
      })
      await eventually(() => {
        expect(processesOf(plaza).filter(({ group }) => group?.startsWith('build-'))).toEqual([])
        expect(orphansOf(plaza, readdirSync(path.join(plaza.data, 'instances')))).toEqual([])
      })
    })

    /** Caches of alice's, whose Space is built with a package first, so that there are some. */
    async function caches(): Promise<string[]> {
      await plaza.publish('alice', 'packages', {
        'README.md': card,
        'requirements.txt': './evil\n',
        ...evilPackage({ paths: [], sockets: [], addresses: [], pids: [], secrets: [] }),
        'app.py': serving('True', 'import evil'),
      })
      await plaza.waitFor('alice/packages', 'RUNNING')
      const folder = path.join(plaza.data, 'caches')
      const found = readdirSync(folder).flatMap((scope) => {
        const modes = readdirSync(path.join(folder, scope))
        return [scope, ...modes.map((mode) => `${scope}/${mode}`), ...modes.map((mode) => `${scope}/${mode}/cache`)]
      })
      expect(found.length).toBeGreaterThan(1)
      const environments = readdirSync(path.join(plaza.data, 'environments')).map((name) =>
        path.join(plaza.data, 'environments', name),
      )
      return [...found.map((name) => path.join(folder, name)), ...environments]
    }

    test.skipIf(!limitsMemory)(
      'an app that wants all memory ends itself and nobody else, and is told so (needs a memory cgroup)',
      async () => {
        await plaza.publish('bob', 'hog', {
          'README.md': card,
          'app.py': 'hoard = []\nwhile True: hoard.append(bytearray(10_000_000))\n',
        })
        const { errorMessage } = await plaza.waitFor('bob/hog', 'RUNTIME_ERROR')
        expect(errorMessage).toBe('app.py ran out of memory: it may use 300 MiB.')
        expect(await (await plaza.visit('alice/victim')).json()).toMatchObject({ boot })
      },
    )

    test.skipIf(!limitsProcesses)(
      'an app that forks without end is bounded, and its end takes all of it (needs a pids cgroup)',
      async () => {
        await plaza.publish('bob', 'forks', {
          'README.md': card,
          'app.py': serving(
            '[made, error]',
            `import subprocess
made, error = 0, None
try:
    for made in range(1_100): os.posix_spawn('/bin/sleep', ['sleep', '300'], {})
except OSError as failure: error = failure.strerror`,
          ),
        })
        const { stage, errorMessage } = await plaza.waitFor('bob/forks', (one) =>
          ['RUNNING', 'RUNTIME_ERROR'].includes(one.stage),
        )
        if (stage === 'RUNNING') {
          const [made, error] = (await (await plaza.visit('bob/forks')).json()) as [number, string]
          expect(made).toBeLessThan(1_024)
          expect(error).toBe('Resource temporarily unavailable')
        } else expect(errorMessage).toContain('ran out of memory')
        expect(await (await plaza.visit('alice/victim')).json()).toMatchObject({ boot })
        await plaza.json('DELETE', '/api/repos/delete', 'bob', { type: 'space', name: 'forks' }).catch(() => {})
        await eventually(() => {
          const sleepers = processesOf(plaza).filter(({ command }) => command === 'sleep 300 ')
          expect(sleepers).toEqual([])
        })
      },
    )

    test('what a Space keeps is readable for nobody else on the machine', async () => {
      const kept = readdirSync(path.join(plaza.data, 'instances')).flatMap((id) =>
        ['workload.json', 'options'].map((name) => path.join(plaza.data, 'instances', id, name)),
      )
      const secret = facts.paths.filter((one) => one.startsWith(plaza.data) && /key$|yaml$|diary$/.test(one))
      const user = ['--reuid=65534', '--regid=65534', '--clear-groups', '--']
      let tried = 0
      for (const file of [...kept, ...secret]) {
        const size = statSync(file, { throwIfNoEntry: false })?.size
        const answer = await run('setpriv', [...user, 'cat', '--', file]).then(
          () => 'it was read',
          (error: unknown) => String(error),
        )
        // A workload that is being removed loses its files at any moment.
        if (kept.includes(file) && !existsSync(file)) continue
        expect(size).toBeGreaterThan(0)
        expect(answer).toContain('Permission denied')
        tried += 1
      }
      expect(tried).toBeGreaterThan(secret.length)
    })
  },
)
