/**
 * One replica: a supervised process tree with a folder that says all about it, so that the next platform finds it again.
 *
 *   workload.json   what should run (it holds secrets: mode 0600); written last before the start, it is the intention
 *   launch.json     port, mode, boot and time of the start
 *   pid             /proc/PID/stat of the outermost process, written by that process itself before it becomes anything else
 *   status          how the command ended, written by bwrap or by the shell around it
 *   exit.json       the same in words, once the platform has seen it
 *   frozen          there while it should stand still
 *   log, launcher.log   what the app printed, what pasta complained about
 *   app/ home/ tmp/     its own, writable
 */
import { spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { chmod, cp, lchown, lstat, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { InstanceState, Usage, Workload } from '../runtime.ts'
import { appCommand, cgroupName } from './app-command.ts'
import { exitCode } from './confinement.ts'
import { describeExit } from '../exit.ts'
import { LogFile } from './logs.ts'
import { processes, processesWith, signal, treeOf } from './process-table.ts'
import { signalOf } from './run.ts'
import { isRunning, readStat, type Sandbox } from './sandbox.ts'
import type { SpaceIdentity } from './space-folder.ts'
import { networkOf, usageOf } from './usage.ts'

/** Written beside the workload when it is started. */
type LaunchRecord = { port: number; isolated: boolean; boot: string; startedAt: number }

/** Milliseconds between SIGTERM and SIGKILL. */
const gracePeriod = 5_000

/** Marks the outermost process (and, without a sandbox, all of them) with its folder. */
export const marker = 'PLAZA_INSTANCE'

export class Replica {
  readonly workload: Workload
  readonly folder: string
  readonly log: LogFile
  readonly #sandbox: Sandbox
  #state: InstanceState = { kind: 'pending', reason: 'Preparing its files.' }
  #record: LaunchRecord | undefined
  #child: ChildProcess | undefined
  #onChange: () => void
  #finishing: Promise<void> | undefined
  #removed = false
  #attempts = 1
  #timeout: string | undefined
  /** Ends what waits for this replica when it is removed, has ended, or the platform goes away. */
  readonly #over = new AbortController()

  constructor(options: { workload: Workload; folder: string; sandbox: Sandbox; onChange: () => void }) {
    this.workload = options.workload
    this.folder = options.folder
    this.#sandbox = options.sandbox
    this.#onChange = options.onChange
    this.log = new LogFile(join(options.folder, 'log'))
  }

  get state(): InstanceState {
    return this.#state
  }

  get record(): LaunchRecord | undefined {
    return this.#record
  }

  /** Aborted once it is over. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  become(state: InstanceState): void {
    if (this.#removed || (this.#state.kind === 'exited' && state.kind !== 'gone')) return
    this.#state = state
    this.#onChange()
  }

  /** Makes its folder and starts it. A failure is how it ended, not an exception. */
  async start(identity: SpaceIdentity): Promise<void> {
    try {
      await this.#prepare(identity)
      await this.#spawn(identity)
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      await this.#endAs(`It could not be started: ${words}`)
    }
  }

  async #prepare({ user }: SpaceIdentity): Promise<void> {
    const { image } = this.workload
    if (image.kind !== 'environment')
      throw new Error(`this runtime runs environments, not images of kind ${image.kind}.`)
    mkdirSync(this.folder, { recursive: true })
    // Passable: the Space's user comes to its own files, and sees no name of the others'.
    chmodSync(this.folder, 0o711)
    this.#write('workload.json.new', JSON.stringify(this.workload))
    await cp(image.source, join(this.folder, 'app'), {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
    })
    for (const name of ['app', 'home', 'tmp']) {
      mkdirSync(join(this.folder, name), { recursive: true })
      await hand(join(this.folder, name), user)
      await chmod(join(this.folder, name), 0o700)
    }
    for (const name of ['log', 'launcher.log']) {
      const path = join(this.folder, name)
      writeFileSync(path, '', { mode: 0o600 })
      // Its own: programs open /dev/stdout.
      await hand(path, user)
    }
  }

  async #spawn(identity: SpaceIdentity): Promise<void> {
    const { image } = this.workload
    if (image.kind !== 'environment') return
    const { isolated } = this.#sandbox
    const port = await freePort()
    const folders = {
      app: join(this.folder, 'app'),
      home: join(this.folder, 'home'),
      tmp: join(this.folder, 'tmp'),
      data: identity.data,
    }
    const confined = appCommand({ workload: this.workload, image, folders, user: identity.user, isolated, port })
    const launch = this.#sandbox.launch(confined, this.folder)
    this.#record = { port, isolated, boot: bootId(), startedAt: Date.now() }
    this.#write('launch.json', JSON.stringify(this.#record))
    if (this.#attempts === 1) renameSync(join(this.folder, 'workload.json.new'), join(this.folder, 'workload.json'))
    // A pipe would die with the platform.
    const log = openSync(join(this.folder, 'log'), 'a')
    const complaints = launch.gate === undefined ? openSync(join(this.folder, 'launcher.log'), 'a') : log
    try {
      const [program = '', ...args] = launch.command
      const child = spawn(program, args, {
        env: { ...launch.env, [marker]: this.folder },
        cwd: launch.cwd,
        stdio: [launch.gate === undefined ? 'ignore' : 'pipe', log, complaints],
        detached: true,
        ...launch.user,
      })
      child.unref()
      const failed = new Promise<never>((_, reject) => child.once('error', reject))
      await Promise.race([failed, new Promise((resolve) => child.once('spawn', resolve))])
      if (launch.gate !== undefined) {
        for (const file of launch.gate.cgroups) writeFileSync(file, String(child.pid))
        child.stdin?.on('error', () => undefined)
        child.stdin?.end('go\n')
      }
      this.#child = child
      child.once('exit', () => void this.#childEnded(identity))
    } finally {
      closeSync(log)
      if (complaints !== log) closeSync(complaints)
    }
    this.log.follow()
    this.become({ kind: 'starting', since: new Date(this.#record.startedAt), probe: 'Its process starts.' })
  }

  async #childEnded(identity: SpaceIdentity): Promise<void> {
    const complaints = readText(join(this.folder, 'launcher.log'))
    // Somebody took the port between our look and pasta's.
    if (this.#attempts < 3 && !this.#over.signal.aborted && /Failed to bind/.test(complaints)) {
      this.#attempts += 1
      writeFileSync(join(this.folder, 'launcher.log'), '')
      await this.#spawn(identity).catch((error: unknown) => this.#endAs(`It could not be started: ${String(error)}`))
    } else await this.#finish()
  }

  /** Takes over what an earlier platform started. False: it never got to run, and nothing of it is left. */
  async adopt(): Promise<boolean> {
    const ended = readExit(join(this.folder, 'exit.json'))
    if (ended !== undefined) {
      await this.log.end()
      this.become(ended)
      this.#over.abort()
      return true
    }
    this.#record = readRecord(join(this.folder, 'launch.json'))
    if (this.#record === undefined || (readStat(this.#pidFile) === undefined && this.#record.boot === bootId())) {
      // The platform died between its intention and the start; what may just be starting fails without its folder.
      await this.remove()
      return false
    }
    this.log.follow()
    if (!this.isRunning()) {
      await this.#finish()
      return true
    }
    const frozen = readJson(join(this.folder, 'frozen'))
    if (frozen === undefined) {
      const since = new Date(this.#record.startedAt)
      this.become({ kind: 'starting', since, probe: 'The platform restarted and looks at it again.' })
    } else {
      await this.#standStill(true)
      const since = new Date(Number(Reflect.get(frozen, 'since')))
      this.become({ kind: 'frozen', since, memory: this.usage()?.memory ?? 0 })
    }
    return true
  }

  /** Whether its outermost process is there still. */
  isRunning(): boolean {
    return this.#record?.boot === bootId() && isRunning(this.#pidFile)
  }

  /** For processes that are not children of this platform: looks whether it has ended. */
  async check(): Promise<void> {
    if (this.#child === undefined && this.#record !== undefined && this.#state.kind !== 'exited' && !this.isRunning())
      await this.#finish()
  }

  /** Processes that listen for it: those of the app, not of the sandbox around it. */
  appProcesses(): number[] {
    const tree = this.#tree()
    // pasta, bwrap, bwrap as process 1 inside; or the shell that waits.
    return tree.slice(this.#record?.isolated === true ? 3 : 1)
  }

  /** Undefined where nothing of it runs. */
  usage(): Usage | undefined {
    const tree = this.#tree()
    if (tree.length === 0) return undefined
    const counted = this.#sandbox.cgroups?.usage(cgroupName(this.workload.id)) ?? usageOf(tree)
    const app = this.#record?.isolated === true ? tree[3] : undefined
    const network = app === undefined ? undefined : networkOf(app)
    return {
      ...counted,
      ...(network === undefined ? {} : { network }),
      pid: app ?? tree[0] ?? 0,
      processes: this.appProcesses().length,
    }
  }

  async freeze(): Promise<void> {
    if (this.#state.kind === 'frozen') return
    if (this.#state.kind !== 'ready' && this.#state.kind !== 'starting') return
    const since = new Date()
    this.#write('frozen', JSON.stringify({ since: since.getTime(), ready: this.#state.kind === 'ready' }))
    await this.#standStill(true)
    this.become({ kind: 'frozen', since, memory: this.usage()?.memory ?? 0 })
  }

  async thaw(): Promise<void> {
    if (this.#state.kind !== 'frozen') return
    const before = readJson(join(this.folder, 'frozen'))
    await this.#standStill(false)
    rmSync(join(this.folder, 'frozen'), { force: true })
    const wasReady = before !== undefined && Reflect.get(before, 'ready') === true
    const since = new Date()
    this.become(
      wasReady && this.#record !== undefined
        ? { kind: 'ready', since, addresses: [{ host: '127.0.0.1', port: this.#record.port }] }
        : { kind: 'starting', since, probe: 'It goes on.' },
    )
  }

  /** Ends it because it took too long; `message` is for its author. */
  async timeOut(message: string): Promise<void> {
    this.#timeout = message
    await this.#stop()
    await this.#finish()
  }

  async remove(): Promise<void> {
    this.#removed = true
    this.#over.abort()
    await this.#stop()
    this.log.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
    this.#removed = false
    this.become({ kind: 'gone' })
  }

  /** The platform goes away; the replica stays. */
  leave(): void {
    this.#over.abort()
    this.log.close()
    this.#onChange = () => undefined
    this.#child?.removeAllListeners('exit')
  }

  get #pidFile(): string {
    return join(this.folder, 'pid')
  }

  #tree(): number[] {
    const root = readStat(this.#pidFile)
    return root === undefined || !this.isRunning() ? [] : treeOf(root.pid, processes())
  }

  /** Everything of it, also what has left the tree (a daemon, without a sandbox). */
  #everything(): number[] {
    const name = cgroupName(this.workload.id)
    const known = [...this.#tree(), ...(this.#sandbox.cgroups?.processes(name) ?? [])]
    return [...new Set([...known, ...(this.#record?.isolated === true ? [] : this.#marked())])]
  }

  #marked(): number[] {
    const mark = `${marker}=${this.folder}`
    return processesWith((variable) => variable === mark).map(({ pid }) => pid)
  }

  async #standStill(frozen: boolean): Promise<void> {
    const { cgroups } = this.#sandbox
    if (cgroups?.controllers.has('freezer') === true) return cgroups.freeze(cgroupName(this.workload.id), frozen)
    // Again until no new one shows up: a process may fork while its parent's turn comes.
    const done = new Set<number>()
    for (let fresh = this.#everything(); fresh.length > 0; fresh = this.#everything().filter((pid) => !done.has(pid)))
      for (const pid of fresh) {
        done.add(pid)
        signal(pid, frozen ? 'SIGSTOP' : 'SIGCONT')
      }
  }

  /** SIGTERM to the app itself, time to end, then SIGKILL for all that is left. */
  async #stop(): Promise<void> {
    const name = cgroupName(this.workload.id)
    if (this.#everything().length > 0) {
      if (existsSync(join(this.folder, 'frozen'))) await this.#standStill(false)
      for (const pid of this.#ownOfApp()) signal(pid, 'SIGTERM')
      const deadline = Date.now() + (this.appProcesses().length > 0 ? gracePeriod : 0)
      while (Date.now() < deadline && this.isRunning()) await delay(20)
    }
    await this.#killAll()
    await this.#sandbox.cgroups?.remove(name)
  }

  /** Resolves when nothing of it is left. */
  async #killAll(): Promise<void> {
    const deadline = Date.now() + gracePeriod
    for (let left = this.#everything(); left.length > 0 && Date.now() < deadline; left = this.#everything()) {
      for (const pid of left) signal(pid, 'SIGKILL')
      // What a cgroup holds frozen does not even die.
      if (existsSync(join(this.folder, 'frozen'))) await this.#standStill(false)
      await delay(5)
    }
  }

  /** Inside, SIGTERM goes to the command alone, as container engines do it; without a sandbox to all but the waiting shell. */
  #ownOfApp(): number[] {
    const inside = this.appProcesses()
    if (this.#record?.isolated !== true) return inside
    const command = inside.find((pid) => innermostPid(pid) === 2)
    return command === undefined ? [] : [command]
  }

  #finish(): Promise<void> {
    this.#finishing ??= this.#end()
    return this.#finishing
  }

  async #end(): Promise<void> {
    if (this.#removed || this.#over.signal.aborted) return
    const name = cgroupName(this.workload.id)
    const { cgroups } = this.#sandbox
    await this.#killAll()
    await this.log.look()
    const oom = (cgroups?.oomKills(name) ?? 0) > 0
    const code = exitCode(readText(join(this.folder, 'status'))) ?? null
    const outer = code ?? this.#child?.exitCode ?? null
    const words = describeExit({
      command: this.workload.command,
      limits: this.workload.limits,
      code: outer,
      signal: code === null ? (this.#child?.signalCode ?? null) : signalOf(code),
      // The count stays when only a worker was killed and the app went on: then it did not end of it.
      oom: oom && code !== 0 && (code === null || code === 137),
      rebooted: this.#record !== undefined && this.#record.boot !== bootId(),
      output:
        code === null
          ? readText(join(this.folder, 'launcher.log')) + (await this.log.tail(8_192))
          : await this.log.tail(8_192),
    })
    const peakMemory = cgroups?.peakMemory(name)
    const exit = {
      ...(this.#timeout === undefined ? words : { ...words, reason: 'timeout' as const, message: this.#timeout }),
      ...(peakMemory === undefined ? {} : { peakMemory }),
    }
    await this.#settle({ kind: 'exited', at: new Date(), exit })
    await cgroups?.remove(name)
  }

  async #endAs(message: string): Promise<void> {
    await this.#stop().catch(() => undefined)
    const exit = { code: null, signal: null, reason: 'error' as const, message }
    await this.#settle({ kind: 'exited', at: new Date(), exit })
  }

  async #settle(state: Extract<InstanceState, { kind: 'exited' }>): Promise<void> {
    if (this.#removed || !existsSync(this.folder)) return
    try {
      this.#write('exit.json', JSON.stringify(state))
      rmSync(join(this.folder, 'workload.json.new'), { force: true })
      if (!existsSync(join(this.folder, 'workload.json'))) this.#write('workload.json', JSON.stringify(this.workload))
    } catch {
      // It may have ended because the disk is full; the next platform finds out by itself.
    }
    await this.log.end()
    this.become(state)
    this.#over.abort()
  }

  #write(name: string, text: string): void {
    const path = join(this.folder, name)
    writeFileSync(`${path}.part`, text, { mode: 0o600 })
    renameSync(`${path}.part`, path)
  }
}

/** Gives a tree to a user, writable by it; links themselves, never what they lead to. */
async function hand(path: string, user: { uid: number; gid: number } | undefined): Promise<void> {
  const found = await lstat(path)
  if (!found.isSymbolicLink()) await chmod(path, found.mode | (found.isDirectory() ? 0o700 : 0o600))
  if (found.isDirectory()) for (const name of await readdir(path)) await hand(join(path, name), user)
  if (user !== undefined) await lchown(path, user.uid, user.gid)
}

/** A port of 127.0.0.1 that is free now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given.')
  return address.port
}

/** A process's pid in the innermost namespace. */
function innermostPid(pid: number): number | undefined {
  const inner = /^NSpid:.*?(\d+)$/m.exec(readText(`/proc/${pid}/status`))?.[1]
  return inner === undefined ? undefined : Number(inner)
}

/** Changes with each start of the machine. */
function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim()
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function readJson(path: string): object | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof found === 'object' && found !== null ? found : undefined
  } catch {
    return undefined
  }
}

/** Written by `#write` of the same version of this file, whole or not at all. */
function readRecord(path: string): LaunchRecord | undefined {
  return readJson(path) as LaunchRecord | undefined
}

function readExit(path: string): InstanceState | undefined {
  const found = readJson(path) as (Extract<InstanceState, { kind: 'exited' }> & { at: string }) | undefined
  return found === undefined ? undefined : { ...found, at: new Date(found.at) }
}

/** The workload of a folder; undefined when it was never meant to run. */
export function readWorkload(folder: string): Workload | undefined {
  return readJson(join(folder, 'workload.json')) as Workload | undefined
}
