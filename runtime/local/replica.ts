/** One replica: a supervised process tree, or how it ended. */
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { describeExit } from '../exit.ts'
import { Pace } from '../pace.ts'
import { printing, slow, slowedDown } from '../printing.ts'
import type { InstanceState, Usage, Workload } from '../runtime.ts'
import { appCommand, cgroupName } from './app-command.ts'
import { LogFile } from './logs.ts'
import { type LaunchRecord, ReplicaFolder } from './replica-folder.ts'
import { bootId, marker, ReplicaProcesses } from './replica-processes.ts'
import { signalOf } from './run.ts'
import { readStat, type Sandbox } from './sandbox.ts'
import type { SpaceIdentity } from './space-folder.ts'
import { spawnLaunch } from './spawn.ts'

/** How often it is started where its port was taken meanwhile. */
const mostAttempts = 3
/** Bytes of the log that are looked at for the reason of an end. */
const tailLength = 8_192

export class Replica {
  readonly workload: Workload
  readonly log: LogFile
  readonly #folder: ReplicaFolder
  readonly #processes: ReplicaProcesses
  readonly #sandbox: Sandbox
  #state: InstanceState = { kind: 'pending', reason: 'Preparing its files.' }
  #child: ChildProcess | undefined
  #onChange: () => void
  #finishing: Promise<void> | undefined
  #removed = false
  #attempts = 1
  #timeout: string | undefined
  /** Undefined until its output is seen as it comes. */
  #pace: Pace | undefined
  #slowed: NodeJS.Timeout | undefined
  /** Ends what waits for this replica when it is removed, has ended, or the platform goes away. */
  readonly #over = new AbortController()

  constructor(options: { workload: Workload; folder: string; sandbox: Sandbox; onChange: () => void }) {
    this.workload = options.workload
    this.#folder = new ReplicaFolder(options.folder)
    this.#sandbox = options.sandbox
    this.#processes = new ReplicaProcesses(options.workload.id, this.#folder, options.sandbox.cgroups)
    this.#onChange = options.onChange
    this.log = new LogFile(this.#folder.at('log'))
    this.log.onGrowth((bytes) => this.#hasPrinted(bytes))
  }

  /** An app that prints more than it may gets little of the processor for a while. */
  #hasPrinted(bytes: number): void {
    const wait = this.#pace?.take(bytes, performance.now()) ?? 0
    if (wait === 0 || this.#slowed !== undefined || this.#over.signal.aborted) return
    if (!this.#giveCores(slow.cpu)) return
    this.log.say(slowedDown)
    this.#slowed = setTimeout(() => {
      this.#slowed = undefined
      this.#giveCores(this.workload.limits.cpu)
    }, slow.time).unref()
  }

  #giveCores(cores: number): boolean {
    try {
      return this.#processes.giveCores(Math.min(cores, this.workload.limits.cpu))
    } catch {
      // It has just ended, and its cgroup with it.
      return false
    }
  }

  get state(): InstanceState {
    return this.#state
  }

  get record(): LaunchRecord | undefined {
    return this.#processes.record
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
      const { image } = this.workload
      if (image.kind !== 'environment')
        throw new Error(`this runtime runs environments, not images of kind ${image.kind}.`)
      await this.#folder.make(this.workload, image.source, identity.user)
      await this.#spawn(identity)
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      await this.#endAs(`It could not be started: ${words}`)
    }
  }

  async #spawn(identity: SpaceIdentity): Promise<void> {
    const { image } = this.workload
    if (image.kind !== 'environment') return
    const { isolated } = this.#sandbox
    const port = await freePort()
    const folders = {
      app: this.#folder.at('app'),
      home: this.#folder.at('home'),
      tmp: this.#folder.at('tmp'),
      data: identity.data,
    }
    const confined = appCommand({ workload: this.workload, image, folders, user: identity.user, isolated, port })
    const launch = this.#sandbox.launch(confined, this.#folder.path)
    const record = { port, isolated, boot: bootId(), startedAt: Date.now() }
    this.#processes.record = record
    this.#folder.writeLaunch(record)
    if (this.#attempts === 1) this.#folder.intend()
    const child = await spawnLaunch({
      launch,
      env: { [marker]: this.#folder.path },
      log: this.#folder.at('log'),
      complaints: this.#folder.at('launcher.log'),
    })
    this.#child = child
    child.once('exit', () => void this.#childEnded(identity))
    this.#pace ??= new Pace(printing, performance.now())
    this.log.follow()
    this.become({ kind: 'starting', since: new Date(record.startedAt), probe: 'Its process starts.' })
  }

  async #childEnded(identity: SpaceIdentity): Promise<void> {
    // Somebody took the port between our look and pasta's.
    const lostPort = /Failed to bind/.test(this.#folder.complaints())
    if (this.#attempts < mostAttempts && !this.#over.signal.aborted && lostPort) {
      this.#attempts += 1
      this.#folder.clearComplaints()
      await this.#spawn(identity).catch((error: unknown) => this.#endAs(`It could not be started: ${String(error)}`))
    } else await this.#finish()
  }

  /** Takes over what an earlier platform started. False: it never got to run, and nothing of it is left. */
  async adopt(): Promise<boolean> {
    const ended = this.#folder.readExit()
    if (ended !== undefined) {
      await this.log.end()
      this.become(ended)
      this.#over.abort()
      return true
    }
    const record = this.#folder.readLaunch()
    this.#processes.record = record
    if (record === undefined || (readStat(this.#folder.at('pid')) === undefined && record.boot === bootId())) {
      // The platform died between its intention and the start; what may just be starting fails without its folder.
      await this.remove()
      return false
    }
    await this.log.look()
    this.#pace = new Pace(printing, performance.now())
    this.log.follow()
    if (!this.#processes.isRunning()) {
      await this.#finish()
      return true
    }
    // The last platform may have slowed it down.
    this.#giveCores(this.workload.limits.cpu)
    const frozen = this.#folder.readFrozen()
    if (frozen === undefined) {
      const since = new Date(record.startedAt)
      this.become({ kind: 'starting', since, probe: 'The platform restarted and looks at it again.' })
    } else {
      await this.#processes.standStill(true)
      this.become({ kind: 'frozen', since: frozen.since, memory: this.usage()?.memory ?? 0 })
    }
    return true
  }

  /** For processes that are not children of this platform: looks whether it has ended. */
  async check(): Promise<void> {
    if (this.#child !== undefined || this.record === undefined || this.#state.kind === 'exited') return
    if (!this.#processes.isRunning()) await this.#finish()
  }

  /** Processes that listen for it. */
  appProcesses(): number[] {
    return this.#processes.ofApp()
  }

  /** Undefined where nothing of it runs. */
  usage(): Usage | undefined {
    return this.#processes.usage()
  }

  async freeze(): Promise<void> {
    if (this.#state.kind === 'frozen') return
    if (this.#state.kind !== 'ready' && this.#state.kind !== 'starting') return
    const since = new Date()
    this.#folder.writeFrozen({ since, ready: this.#state.kind === 'ready' })
    await this.#processes.standStill(true)
    this.become({ kind: 'frozen', since, memory: this.usage()?.memory ?? 0 })
  }

  async thaw(): Promise<void> {
    if (this.#state.kind !== 'frozen') return
    const wasReady = this.#folder.readFrozen()?.ready === true
    await this.#processes.standStill(false)
    this.#folder.removeFrozen()
    const since = new Date()
    this.become(
      wasReady && this.record !== undefined
        ? { kind: 'ready', since, addresses: [{ host: '127.0.0.1', port: this.record.port }] }
        : { kind: 'starting', since, probe: 'It goes on.' },
    )
  }

  /** Ends it because it took too long; `message` is for its author. */
  async timeOut(message: string): Promise<void> {
    this.#timeout = message
    await this.#processes.stop()
    await this.#finish()
  }

  async remove(): Promise<void> {
    this.#removed = true
    this.#over.abort()
    await this.#processes.stop()
    this.log.close()
    await this.#folder.remove()
    this.#removed = false
    this.become({ kind: 'gone' })
  }

  /** The platform goes away; the replica stays. */
  leave(): void {
    clearTimeout(this.#slowed)
    this.#over.abort()
    this.log.close()
    this.#onChange = () => undefined
    this.#child?.removeAllListeners('exit')
  }

  #finish(): Promise<void> {
    this.#finishing ??= this.#end()
    return this.#finishing
  }

  async #end(): Promise<void> {
    if (this.#removed || this.#over.signal.aborted) return
    const name = cgroupName(this.workload.id)
    const { cgroups } = this.#sandbox
    await this.#processes.killAll()
    await this.log.look()
    const oom = (cgroups?.oomKills(name) ?? 0) > 0
    const code = this.#folder.exitCode() ?? null
    const outer = code ?? this.#child?.exitCode ?? null
    const words = describeExit({
      command: this.workload.command,
      limits: this.workload.limits,
      code: outer,
      signal: code === null ? (this.#child?.signalCode ?? null) : signalOf(code),
      // The count stays when only a worker was killed and the app went on: then it did not end of it.
      oom: oom && code !== 0 && (code === null || code === 137),
      rebooted: this.record !== undefined && this.record.boot !== bootId(),
      output: (code === null ? this.#folder.complaints() : '') + (await this.log.tail(tailLength)),
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
    await this.#processes.stop().catch(() => undefined)
    const exit = { code: null, signal: null, reason: 'error' as const, message }
    await this.#settle({ kind: 'exited', at: new Date(), exit })
  }

  async #settle(state: Extract<InstanceState, { kind: 'exited' }>): Promise<void> {
    if (this.#removed || !this.#folder.exists()) return
    try {
      this.#folder.writeExit(state, this.workload)
    } catch {
      // It may have ended because the disk is full; the next platform finds out by itself.
    }
    await this.log.end()
    this.become(state)
    this.#over.abort()
  }
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
