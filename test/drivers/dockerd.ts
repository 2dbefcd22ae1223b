/** One Docker engine of the tests' own: its data, its socket, its bridge; started, killed, started again and ended. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import Docker from 'dockerode'

const run = promisify(execFile)
const startLimit = 60_000
const stopLimit = 30_000

export type DockerdPlace = {
  /** Socket, pids, log and what it keeps while it runs; short, since a socket's path has at most 107 bytes. */
  folder: string
  /** Images and containers. */
  data: string
  /** Its default network; another engine's docker0 stays as it is. `address` is the host's, e.g. `10.212.0.1/24`. */
  bridge: { name: string; address: string }
  /** Whether containers go on while the engine is away. */
  keepsContainers?: boolean
  /** Whether the firewall's rules of another engine are left as they are; then containers reach this machine alone. */
  leavesFirewall?: boolean
}

export const hostOf = (place: Pick<DockerdPlace, 'folder'>): string => `unix://${socketOf(place)}`
export const engineOf = (host: string): Docker => new Docker({ socketPath: host.replace(/^unix:\/\//, '') })

const socketOf = ({ folder }: Pick<DockerdPlace, 'folder'>) => path.join(folder, 'docker.sock')
const containerd = 'exec/containerd/containerd.pid'
const logOf = ({ folder }: Pick<DockerdPlace, 'folder'>) => path.join(folder, 'dockerd.log')

/** Returns when the engine answers. It outlives this process. @throws Error with its last words. */
export async function startDockerd(place: DockerdPlace): Promise<void> {
  await mkdir(place.folder, { recursive: true })
  await mkdir(place.data, { recursive: true, mode: 0o711 })
  await makeBridge(place.bridge)
  const settings = path.join(place.folder, 'daemon.json')
  await writeFile(
    settings,
    JSON.stringify({ 'live-restore': place.keepsContainers ?? false, iptables: !(place.leavesFirewall ?? false) }),
  )
  // A containerd that has ended with a killed engine, and that nobody has waited for, passes for one that runs.
  if (pidOf(place.folder, containerd) === undefined) await rm(path.join(place.folder, containerd), { force: true })
  const log = openSync(logOf(place), 'a')
  const dockerd = spawn(
    'dockerd',
    [
      ['--config-file', settings],
      ['--data-root', place.data],
      ['--exec-root', path.join(place.folder, 'exec')],
      ['--pidfile', path.join(place.folder, 'dockerd.pid')],
      ['--host', hostOf(place)],
      ['--bridge', place.bridge.name],
    ].flat(),
    { detached: true, stdio: ['ignore', log, log] },
  )
  closeSync(log)
  await once(dockerd, 'spawn')
  dockerd.unref()
  const engine = engineOf(hostOf(place))
  const deadline = Date.now() + startLimit
  while (dockerd.exitCode === null && Date.now() < deadline) {
    if (await answers(engine)) return
    await sleep(50)
  }
  const said = await readFile(logOf(place), 'utf8')
  throw new Error(`dockerd ${dockerd.exitCode === null ? 'does not answer' : 'has ended'}:\n${said.slice(-2000)}`)
}

/** kill -9 of the engine alone, as a crash does it: containers go on by themselves. */
export async function killDockerd(place: DockerdPlace): Promise<void> {
  await end(pidOf(place.folder, 'dockerd.pid'), 'SIGKILL')
}

/** Ends the engine with all of its containers, and removes everything but its data. */
export async function stopDockerd(place: DockerdPlace): Promise<void> {
  if (!existsSync(logOf(place))) return await rm(place.folder, { recursive: true, force: true })
  const engine = engineOf(hostOf(place))
  // What it would leave behind only it knows.
  if (!(await answers(engine))) await startDockerd(place).catch(() => {})
  if (await answers(engine)) await removeEverythingThatRuns(engine)
  await end(pidOf(place.folder, 'dockerd.pid'), 'SIGTERM')
  // A killed engine leaves its containerd behind.
  await end(pidOf(place.folder, containerd), 'SIGTERM')
  for (const mount of mountsIn(place.folder, place.data)) await run('umount', ['--lazy', '--', mount]).catch(() => {})
  await run('ip', ['link', 'delete', 'dev', place.bridge.name]).catch(() => {})
  await rm(place.folder, { recursive: true, force: true })
}

/** Containers, networks and volumes, and what builds have cached, which no other install uses; images stay. */
async function removeEverythingThatRuns(engine: Docker): Promise<void> {
  for (const { Id } of await engine.listContainers({ all: true })) {
    await engine
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => {})
  }
  await engine.pruneNetworks()
  await emptyBuildCache(engine)
  const { Volumes } = await engine.listVolumes()
  for (const { Name } of Volumes)
    await engine
      .getVolume(Name)
      .remove()
      .catch(() => {})
}

/** dockerode's own call drops the query. */
export async function emptyBuildCache(engine: Docker): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // It takes the last character off.
    engine.modem.dial({ path: '/build/prune?all=1&', method: 'POST', statusCodes: { 200: true } }, (error) =>
      error ? reject(error) : resolve(),
    )
  })
}

async function makeBridge({ name, address }: DockerdPlace['bridge']): Promise<void> {
  // The engine finds it again after a kill.
  if (
    await run('ip', ['link', 'show', 'dev', name]).then(
      () => true,
      () => false,
    )
  )
    return
  await run('ip', ['link', 'add', 'name', name, 'type', 'bridge'])
  await run('ip', ['address', 'add', address, 'dev', name])
  await run('ip', ['link', 'set', 'dev', name, 'up'])
}

/** Whether an engine is there. */
export async function answers(engine: Docker): Promise<boolean> {
  return await engine.ping().then(
    () => true,
    () => false,
  )
}

/** @returns undefined where the file is missing, or what it names is no longer that program. */
export function pidOf(folder: string, file: string): number | undefined {
  const pid = Number.parseInt(readOr(path.join(folder, file)), 10)
  return Number.isInteger(pid) && readOr(`/proc/${pid}/cmdline`).includes(folder) ? pid : undefined
}

async function end(pid: number | undefined, signal: NodeJS.Signals): Promise<void> {
  if (pid === undefined) return
  const isThere = () => !/^$|^\S+ \(.*\) [ZX]/s.test(readOr(`/proc/${pid}/stat`))
  for (const [how, limit] of [[signal, stopLimit] as const, ['SIGKILL', 5_000] as const]) {
    if (!isThere()) return
    process.kill(pid, how)
    const deadline = Date.now() + limit
    while (isThere() && Date.now() < deadline) await sleep(20)
  }
}

/** Deepest first. */
function mountsIn(...folders: string[]): string[] {
  const mounted = readOr('/proc/self/mounts')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
  return mounted.filter((mount) => folders.some((folder) => `${mount}/`.startsWith(`${folder}/`))).toReversed()
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
