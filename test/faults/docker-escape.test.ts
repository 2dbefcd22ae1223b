/** What a hostile demo can reach and take from inside its container, and from inside a build, with a real engine and firewall. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Image } from '../../builder/builder.ts'
import { archive } from '../../runtime/docker/archive.ts'
import { DiskWatch } from '../../runtime/docker/disk.ts'
import { Gpus } from '../../runtime/docker/gpus.ts'
import { type Guard, openGuard } from '../../runtime/docker/guard.ts'
import { Networks } from '../../runtime/docker/networks.ts'
import { openDockerRuntime } from '../../runtime/docker/runtime.ts'
import { Volumes } from '../../runtime/docker/volumes.ts'
import type { Address, InstanceState, Runtime, Workload } from '../../runtime/runtime.ts'
import { clearInstall } from '../drivers/inventory.ts'
import { testEngine } from '../drivers/test-engine.ts'
import { neighbourPort, startNeighbour } from './neighbour.ts'
import { type Facts, probe } from './probe.ts'
import { serving } from './serving.ts'

const found = await testEngine()
const why = 'missing' in found ? found.missing : process.getuid?.() === 0 ? undefined : 'the firewall needs root'
const secret = `secret-${randomBytes(12).toString('hex')}`
const log = { info: () => undefined, warn: () => undefined }
const mebibyte = 1024 ** 2

/** Machines beside this one, by what they stand for. */
const neighbours = {
  metadata: '169.254.169.254',
  private: '10.99.78.2',
  /** A package index of the operator's own: builds may reach it, apps may not. */
  index: '10.99.78.6',
  public: '198.51.100.7',
}
const at = (address: string) => `${address}:${neighbourPort}`

describe.skipIf(why !== undefined)(`escapes from containers${why === undefined ? '' : ` (not here: ${why})`}`, () => {
  const install = `escape${randomBytes(4).toString('hex')}`
  const disposal = new AsyncDisposableStack()
  let engine: Docker
  let guard: Guard
  let runtime: Runtime
  let image: Extract<Image, { kind: 'oci' }>
  let victim: Address
  let boot: string
  let facts: Facts
  /** A container of the operator's, on a network of its own, with a published port: nothing of Plaza's. */
  let other: { address: string; published: number; reach: (places: readonly string[]) => Promise<string[]> }

  beforeAll(async () => {
    if ('missing' in found) return
    engine = found.engine
    const reference = found.images.python['3.11'] ?? ''
    image = { kind: 'oci', reference, digest: (await engine.getImage(reference).inspect()).Id, writable: ['/home'] }
    const folder = await mkdtemp(path.join(tmpdir(), 'plaza-escape-'))
    disposal.defer(async () => await rm(folder, { recursive: true, force: true }))
    disposal.use(await startNeighbour(`st${process.pid % 100_000}`, Object.values(neighbours)))
    guard = disposal.use(await openGuard({ engine, guardBuilds: true, allow: [neighbours.index], log }))
    disposal.defer(async () => await clearInstall(engine, install))
    runtime = disposal.use(
      await openDockerRuntime({
        engine,
        install,
        folder,
        guard,
        networks: new Networks({ engine, install, subnets: ['10.213.0.0/16'], log }),
        volumes: new Volumes({ engine, install }),
        disk: new DiskWatch({ engine, log }),
        gpus: new Gpus([]),
        log,
      }),
    )
    victim = await running(
      workload('victim', serving('{"boot": boot}', `import uuid\nboot = uuid.uuid4().hex`), {
        env: { SECRET: secret },
      }),
    )
    boot = ((await (await ask(victim)).json()) as { boot: string }).boot
    other = await startOther()
    facts = await lookAround()
  })
  afterAll(async () => await disposal[Symbol.asyncDispose]())

  function workload(name: string, code: string, more: Partial<Workload> = {}): Workload {
    return {
      id: `${install}-${name}`,
      spaceId: `${install}-${name}`,
      image,
      command: ['python3', '-c', code],
      env: {},
      port: 7860,
      limits: { cpu: 1, memory: 200 * mebibyte, processes: 64, disk: 64 * mebibyte },
      replicas: 1,
      startupTimeout: 60,
      ...more,
    }
  }

  async function until<Kind extends InstanceState['kind']>(started: Workload, ...kinds: Kind[]) {
    for await (const { workloadId, state } of runtime.instances(AbortSignal.timeout(60_000))) {
      if (workloadId !== started.id) continue
      if ((kinds as string[]).includes(state.kind)) return state as Extract<InstanceState, { kind: Kind }>
      if (state.kind === 'exited') throw new Error(state.exit.message)
    }
    throw new Error(`${started.id} became none of ${kinds.join(', ')} within a minute.`)
  }

  async function running(wanted: Workload): Promise<Address> {
    await runtime.apply(wanted)
    const { addresses } = await until(wanted, 'ready')
    const [address] = addresses
    if (address === undefined) throw new Error('It is ready, and has no address.')
    return address
  }

  const ask = async ({ host, port }: Address, body?: unknown) =>
    await fetch(`http://${host}:${port}/`, {
      method: 'POST',
      body: JSON.stringify(body ?? null),
      signal: AbortSignal.timeout(50_000),
    })

  /** The victim goes on, as the process that it was, for the machine and behind its guard. */
  async function expectUnharmed(): Promise<void> {
    expect(await (await ask(victim)).json()).toEqual({ boot })
    expect(guard.isolated).toBe(true)
  }

  async function startOther(): Promise<typeof other> {
    const network = await engine.createNetwork({ Name: `${install}-other`, Labels: { 'plaza.install': install } })
    const code = serving('[place for place in body or [] if is_reached(place)]', isReached)
    const container = await engine.createContainer({
      Image: image.reference,
      Cmd: ['python3', '-c', code],
      Labels: { 'plaza.install': install },
      ExposedPorts: { '7860/tcp': {} },
      HostConfig: { NetworkMode: network.id, PortBindings: { '7860/tcp': [{ HostPort: '' }] } },
    })
    await container.start()
    const { NetworkSettings } = await container.inspect()
    const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? ''
    const published = Number(NetworkSettings.Ports['7860/tcp']?.[0]?.HostPort)
    const place = { host: address, port: 7860 }
    const deadline = Date.now() + 20_000
    while (Date.now() < deadline && !(await isOpen(`${address}:7860`))) await new Promise((r) => setTimeout(r, 50))
    return { address, published, reach: async (places) => (await (await ask(place, places)).json()) as string[] }
  }

  async function lookAround(): Promise<Facts> {
    const server = net.createServer((socket) => socket.on('error', () => undefined).end('reached')).listen(0, '::')
    disposal.defer(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const own = Object.values(networkInterfaces())
      .flatMap((entries) => entries ?? [])
      .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
      .map(({ address }) => address)
    const [victimContainer] = await engine.listContainers({ filters: { label: [`plaza.workload=${install}-victim`] } })
    const { State } = await engine.getContainer(victimContainer?.Id ?? '').inspect()
    return {
      paths: [
        '/root',
        '/etc/shadow',
        '/proc/kcore',
        '/proc/kmsg',
        '/proc/1/mem',
        '/proc/sysrq-trigger',
        '/var/lib/docker',
      ],
      sockets: ['/var/run/docker.sock', '/run/containerd/containerd.sock', engineSocket()],
      addresses: [
        ...own.flatMap((address) => [
          `${address}:${port}`,
          ...(address.includes(':') ? [] : [`${address}:${other.published}`]),
        ]),
        `${victim.host}:${victim.port}`,
        `${other.address}:7860`,
        ...[neighbours.metadata, neighbours.private, neighbours.index].map(at),
      ],
      pids: [process.pid, State.Pid],
      secrets: [secret],
    }
  }

  const engineSocket = () => ('missing' in found ? '' : found.host.replace(/^unix:\/\//, ''))

  test('what the attempts aim at is there for this machine, and for containers that nobody guards', async () => {
    const open = await Promise.all([...facts.addresses, at(neighbours.public)].map(isOpen))
    expect(open.every(Boolean)).toBe(true)
    const aims = [neighbours.metadata, neighbours.private, neighbours.index, neighbours.public].map(at)
    expect(await other.reach(aims)).toEqual(aims)
    await expectUnharmed()
  })

  test('from inside a Space: the internet, and nothing of the machine, of its network, of others', async () => {
    const answer = serving(
      'probed(body) | own() if body else None',
      `${probing}
def own():
    attempt, write, connect = probing['attempt'], probing['write'], probing['connect']
    return {
        'own data': attempt(lambda: write('/data/here')),
        'own tmp': attempt(lambda: write('/tmp/here')),
        'own port': attempt(lambda: connect(2, 1, ('127.0.0.1', 7860))),
        'the internet': attempt(lambda: connect(2, 1, ('${neighbours.public}', ${neighbourPort}))),
    }`,
    )
    const address = await running(workload('attacker', answer))
    const result = (await (await ask(address, { probe, facts })).json()) as Record<string, string>
    expect(Object.keys(result).length).toBeGreaterThan(60)
    expect(gotThrough(result)).toEqual({
      'own data': "YES: 'written'",
      'own tmp': "YES: 'written'",
      'own port': "YES: 'connected'",
      'the internet': "YES: 'connected'",
      ...harmless,
    })
    await expectUnharmed()
  })

  test('an author’s own image that runs as root has no more power', async () => {
    const { writable: _, ...free } = image
    const code = serving('probed(body) if body else None', probing)
    const address = await running(workload('root', code, { image: free }))
    const result = (await (await ask(address, { probe, facts: { ...facts, paths: [] } })).json()) as Record<
      string,
      string
    >
    expect(gotThrough(result)).toEqual({
      // It is root there already, of files that are its own.
      'be root': 'YES: 0',
      ...Object.fromEntries(
        ['/usr/poison', '/etc/passwd', '/etc/poison', '/poison'].map((file) => [`write to ${file}`, "YES: 'written'"]),
      ),
      ...harmless,
    })
    await expectUnharmed()
  })

  test('from inside a build: the same network, and what the operator allows', async () => {
    const places = [...facts.addresses, at(neighbours.public)]
    const script = `${isReached}\nopen('/found', 'w').write(' '.join(place for place in ${JSON.stringify(places)} if is_reached(place)))\n`
    const tag = `plaza-test/escape:${install}`
    const context = archive([
      {
        name: 'Dockerfile',
        mode: 0o644,
        user: 0,
        content: `FROM ${image.reference}\nCOPY reach.py /\nRUN python3 /reach.py\n`,
      },
      { name: 'reach.py', mode: 0o644, user: 0, content: script },
    ])
    const output = await engine.buildImage(Readable.from([context]), {
      version: '2',
      t: tag,
      nocache: true,
      labels: { 'plaza.install': install },
    })
    const events = await new Promise<{ error?: string }[]>((resolve, reject) =>
      engine.modem.followProgress(output, (error: Error | null, all: { error?: string }[]) =>
        error ? reject(error) : resolve(all),
      ),
    )
    expect(events.filter(({ error }) => error !== undefined)).toEqual([])
    disposal.defer(async () => void (await engine.getImage(tag).remove({ force: true })))
    expect(await printed(tag, ['cat', '/found'])).toBe(`${at(neighbours.index)} ${at(neighbours.public)}`)
    await expectUnharmed()
  })

  /** What a command in a container without a network prints. */
  async function printed(reference: string, command: string[]): Promise<string> {
    const container = await engine.createContainer({
      Image: reference,
      Cmd: command,
      Tty: true,
      Labels: { 'plaza.install': install },
      HostConfig: { NetworkMode: 'none' },
    })
    await container.start()
    await container.wait({ abortSignal: AbortSignal.timeout(30_000) })
    const said = await container.logs({ stdout: true, stderr: true })
    await container.remove({ force: true })
    return said.toString()
  }

  test('an app that forks without end is bounded', async () => {
    const forks = workload(
      'forks',
      serving(
        '[made, error]',
        `made, error = 0, None
try:
    for made in range(300): os.posix_spawn('/bin/sleep', ['sleep', '300'], {})
except OSError as failure: error = failure.strerror`,
      ),
    )
    const [made, error] = (await (await ask(await running(forks))).json()) as [number, string]
    expect(made).toBeLessThan(64)
    expect(made).toBeGreaterThan(30)
    expect(error).toBe('Resource temporarily unavailable')
    await expectUnharmed()
    await runtime.remove(forks.id)
  })

  test('an app that wants all memory ends itself and nobody else', async () => {
    const hog = workload('hog', 'hoard = []\nwhile True: hoard.append(bytearray(10_000_000))')
    await runtime.apply(hog)
    const { exit } = await until(hog, 'exited')
    expect(exit.reason).toBe('oom')
    await expectUnharmed()
  })

  const fill = 'for _ in range(200): file.write(bytes(1024 * 1024))\nfile.flush()\nos.fsync(file.fileno())\nserve()'
  test.each([
    { name: 'file', begin: "file = open('/tmp/filler', 'wb')\n" },
    { name: 'nameless', begin: "file = open('/home/filler', 'wb')\nos.unlink('/home/filler')\n" },
  ])('an app that fills the disk is ended: $name', async ({ name, begin }) => {
    const code = `import os\ndef serve():\n    import time\n    while True: time.sleep(60)\n${begin}${fill}`
    const { writable: _, ...free } = image
    // What its own image lets it write everywhere has the same limit.
    const filler = workload(`filler-${name}`, code, { image: name === 'file' ? image : free })
    await runtime.apply(filler)
    const { exit } = await until(filler, 'exited')
    expect(exit).toMatchObject({ reason: 'evicted' })
    await expectUnharmed()
  })

  test('what a Space keeps in /data has no part in that, and is counted apart', async () => {
    const code = serving('1', "with open('/data/kept', 'wb') as file: file.write(bytes(100 * 1024 * 1024))")
    const keeper = workload('keeper', code)
    await running(keeper)
    const stored = await runtime.stored(keeper.spaceId)
    expect(stored).toBeGreaterThanOrEqual(100 * mebibyte)
    expect(stored).toBeLessThan(101 * mebibyte)
    expect(await runtime.stored(`${install}-victim`)).toBe(0)
  })
})

/** Python: the attempts come with the question, so that nothing of them is in the environment. */
const probing = `
probing = {}
def probed(body):
    exec(body['probe'], probing)
    return probing['probe'](body['facts'])
`

/** Python: whether a connection to `host:port` comes about. A second try: on a busy machine the first packets are lost. */
const isReached = `
import socket
def is_reached(place):
    host, port = place.rsplit(':', 1)
    for seconds in (1, 3):
        with socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET) as one:
            one.settimeout(seconds)
            try:
                one.connect((host, int(port)))
                return True
            except TimeoutError: pass
            except OSError: return False
    return False
`

async function isOpen(place: string): Promise<boolean> {
  const colon = place.lastIndexOf(':')
  const socket = net.connect({ host: place.slice(0, colon), port: Number(place.slice(colon + 1)), timeout: 5_000 })
  socket.once('timeout', () => socket.destroy(new Error('timeout')))
  return await once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy())
}

const gotThrough = (result: Record<string, string>) =>
  Object.fromEntries(Object.entries(result).filter(([, text]) => !text.startsWith('no: ')))

/** Every container sees the kernel's description of the hardware, and the names of control groups; both read-only. */
const harmless = { 'see the machine by /sys': expect.any(String), 'see cgroups': expect.any(String) }
