/** One replica: a container, or the wish for one. Whoever calls it does so in the workload's turn. */
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode'
import type Docker from 'dockerode'
import { describeExit, programName } from '../exit.ts'
import { slow, slowedDown } from '../printing.ts'
import type { Listener } from '../probe.ts'
import type { Address, Exit, InstanceState, Workload } from '../runtime.ts'
import { watchStart } from '../watch-start.ts'
import { labels } from './container.ts'
import { isConflict, isMissing, isUnchanged, statusOf, wordsOf } from './failures.ts'
import { ImageMissing } from './images.ts'
import { countedHere } from './kernel-counts.ts'
import { listenersOf, sayLoopback } from './listeners.ts'
import { watchLog } from './log-watch.ts'
import { tailOf } from './logs.ts'
import { addressOf, type Reach } from './reach.ts'
import { type Counted, countedOf } from './usage.ts'
import { historyOf } from './watch.ts'

/** Seconds between SIGTERM and SIGKILL. */
export const gracePeriod = 5
/** Bytes of the log that are looked at for the reason of an end. */
const tailLength = 8_192
/** Milliseconds. */
const sayingTakes = 200

export type ReplicaParts = {
  workload: Workload
  number: number
  engine: Docker
  install: string
  reach: Reach
  /** What it gets of the processor; undefined where the engine cannot limit it. */
  nanoCpus: number | undefined
  /** Called after each change. */
  onChange: () => void
  /** Does something in the workload's turn. */
  turn: (work: () => Promise<void>) => Promise<void>
  log: { warn(fields: object, message: string): void }
}

export class Replica {
  readonly number: number
  readonly #parts: ReplicaParts
  #state: InstanceState = { kind: 'pending', reason: 'Its container is made.' }
  #containerId: string | undefined
  #startedAt = ''
  #pid: number | undefined
  #address: Address | undefined
  #wasReady = false
  #peak: number | undefined
  #slowed: NodeJS.Timeout | undefined
  #note: string | undefined
  #stopLogWatch: () => void = () => undefined
  /** Of the start that is being watched. */
  #watching = new AbortController()

  constructor(parts: ReplicaParts) {
    this.#parts = parts
    this.number = parts.number
  }

  get state(): InstanceState {
    return this.#state
  }

  get containerId(): string | undefined {
    return this.#containerId
  }

  /** Of what runs in the container, on this machine; undefined elsewhere. */
  get pid(): number | undefined {
    return this.#parts.reach.kind === 'direct' ? this.#pid : undefined
  }

  get isAlive(): boolean {
    return this.#state.kind === 'starting' || this.#state.kind === 'ready' || this.#state.kind === 'frozen'
  }

  become(state: InstanceState): void {
    this.#state = state
    this.#parts.onChange()
  }

  /** Makes its container and starts it. @throws ImageMissing; the engine's error. */
  async start(options: ContainerCreateOptions): Promise<void> {
    this.become({ kind: 'pending', reason: 'Its container is made.' })
    this.#containerId = undefined
    this.#containerId = await this.#create(options)
    this.become({ kind: 'pending', reason: 'Its container starts.' })
    await this.#container.start()
    const found = await this.#container.inspect()
    if (found.State.Running) this.#run(found, new Date(), 'Its process starts.')
    else await this.#finish(found)
  }

  /** Takes over a container that an earlier platform started. */
  async adopt(found: ContainerInspectInfo, frozenSince: Date | undefined): Promise<void> {
    this.#containerId = found.Id
    // That platform may have slowed it down.
    if (found.State.Running && found.HostConfig.NanoCpus === slow.cpu * 1e9)
      await this.#giveBack().catch(() => undefined)
    if (found.State.Paused) {
      this.#noteDown(found)
      const memory = (await this.usage().catch(() => undefined))?.memory ?? 0
      this.become({ kind: 'frozen', since: frozenSince ?? new Date(), memory })
    } else if (found.State.Running) {
      const startedAt = new Date(found.State.StartedAt)
      const { startupTimeout } = this.#parts.workload
      // It has served before if it is older than a start may take: then it has all of the time again.
      const since = Date.now() - startedAt.getTime() < startupTimeout * 1_000 ? startedAt : new Date()
      this.#run(found, since, 'The platform restarted and looks at it again.')
    } else await this.#finish(found)
  }

  takeNote(): string | undefined {
    const note = this.#note
    this.#note = undefined
    return note
  }

  /** Leaves an app that prints more than it may little of the processor for a while. */
  #slowDown(): void {
    const { nanoCpus } = this.#parts
    if (this.#slowed !== undefined || nanoCpus === undefined || !this.isAlive) return
    this.#note = slowedDown
    this.#container.update({ NanoCpus: Math.min(slow.cpu * 1e9, nanoCpus) }).catch(() => undefined)
    this.#slowed = setTimeout(() => {
      this.#slowed = undefined
      this.#giveBack().catch(() => undefined)
    }, slow.time).unref()
  }

  #letPrint(): void {
    this.#stopLogWatch()
    clearTimeout(this.#slowed)
    this.#slowed = undefined
  }

  async #giveBack(): Promise<void> {
    await this.#container.update({ NanoCpus: this.#parts.nanoCpus })
  }

  /** Its container was there once, and is not any more. */
  lose(): void {
    this.#end(this.#lost())
  }

  /** Compares what it is taken for with what the engine knows. */
  async look(): Promise<void> {
    if (!this.isAlive || this.#containerId === undefined) return
    let found: ContainerInspectInfo
    try {
      found = await this.#container.inspect()
    } catch (error) {
      if (!isMissing(error)) throw error
      return this.#end(this.#lost())
    }
    if (!found.State.Running) await this.#finish(found)
    else if (found.State.StartedAt !== this.#startedAt) this.#run(found, new Date(), 'It was started again.')
    else if (found.State.Paused) await this.#foundFrozen()
    else if (this.#state.kind === 'frozen') this.#run(found, new Date(), 'It goes on.')
  }

  async #foundFrozen(): Promise<void> {
    if (this.#state.kind === 'frozen') return
    this.#wasReady = this.#state.kind === 'ready'
    this.#watching.abort()
    this.become({ kind: 'frozen', since: new Date(), memory: (await this.usage())?.memory ?? 0 })
  }

  /** @returns the bytes that it holds; undefined when it does not run. */
  async freeze(): Promise<number | undefined> {
    if (this.#state.kind !== 'ready' && this.#state.kind !== 'starting') return undefined
    await this.#container.pause().catch(ignore(isConflict))
    const found = await this.#container.inspect()
    if (!found.State.Running) {
      await this.#finish(found)
      return undefined
    }
    this.#wasReady = this.#state.kind === 'ready'
    this.#watching.abort()
    const memory = (await this.usage().catch(() => undefined))?.memory ?? 0
    this.#state = { kind: 'frozen', since: new Date(), memory }
    return memory
  }

  async thaw(): Promise<void> {
    if (this.#state.kind !== 'frozen') return
    // A container that is not paused answers 500.
    await this.#container
      .unpause()
      .catch(ignore((error) => statusOf(error) === 500 && /not paused/.test(wordsOf(error))))
    const since = new Date()
    if (this.#wasReady && this.#address !== undefined) {
      this.#state = { kind: 'ready', since, addresses: [this.#address] }
      return
    }
    const found = await this.#container.inspect()
    if (found.State.Running) this.#run(found, since, 'It goes on.')
    else await this.#finish(found)
  }

  /** Ends it for a reason that only the platform knows; its container stays for its log. */
  async stop(exit: Pick<Exit, 'reason' | 'message'>): Promise<void> {
    if (!this.isAlive) return
    await this.#container.stop({ t: gracePeriod }).catch(ignore(isUnchanged, isMissing))
    const code = await this.#container.inspect().then(
      ({ State }) => State.ExitCode,
      () => null,
    )
    this.#end({ code, signal: signalOf(code), ...exit })
  }

  /** It could not even be started. */
  fail(message: string): void {
    this.#end({ code: null, signal: null, reason: 'error', message })
  }

  /** Undefined when it does not run. */
  async usage(): Promise<Counted | undefined> {
    if (this.#containerId === undefined) return undefined
    try {
      const here = this.pid === undefined ? undefined : await countedHere(this.pid)
      const counted = here ?? countedOf(await this.#container.stats({ stream: false, 'one-shot': true }))
      this.#peak = Math.max(this.#peak ?? 0, counted?.peak ?? 0) || undefined
      return counted
    } catch (error) {
      if (isMissing(error) || isConflict(error)) return undefined
      throw error
    }
  }

  /** Nothing waits for it any more; the container stays as it is. */
  leave(): void {
    this.#watching.abort()
    this.#letPrint()
  }

  get #container(): Docker.Container {
    return this.#parts.engine.getContainer(this.#containerId ?? '')
  }

  async #create(options: ContainerCreateOptions): Promise<string> {
    const { engine } = this.#parts
    try {
      return (await engine.createContainer(options)).id
    } catch (error) {
      if (isMissing(error)) throw new ImageMissing(options.Image ?? '')
      if (!isConflict(error)) throw error
      await this.#removeFormer(options.name ?? '')
    }
    return (await engine.createContainer(options)).id
  }

  /** The engine made it, and the platform did not hear of it. */
  async #removeFormer(name: string): Promise<void> {
    const { engine, install } = this.#parts
    const former = await engine.getContainer(name).inspect()
    if (former.Config.Labels[labels.install] !== install)
      throw new Error(`a container named ${name} is there already, of somebody else.`)
    await engine.getContainer(former.Id).remove({ force: true, v: true }).catch(ignore(isMissing))
  }

  #noteDown(found: ContainerInspectInfo): void {
    const { reach, workload } = this.#parts
    this.#startedAt = found.State.StartedAt
    this.#pid = found.State.Pid
    this.#address = addressOf(found, { reach, port: workload.port })
  }

  #run(found: ContainerInspectInfo, since: Date, probe: string): void {
    this.#noteDown(found)
    this.#stopLogWatch()
    if (this.#parts.reach.kind === 'direct') this.#stopLogWatch = watchLog(found.LogPath, () => this.#slowDown())
    this.#watching.abort()
    this.#watching = new AbortController()
    this.become({ kind: 'starting', since, probe })
    const { log, workload } = this.#parts
    this.#watch(this.#watching.signal).catch((error: unknown) =>
      log.warn({ err: error, workload: workload.id }, 'probing failed'),
    )
  }

  async #watch(over: AbortSignal): Promise<void> {
    const { workload, turn } = this.#parts
    const address = this.#address
    // It is just ending: the engine says so in a moment.
    if (address === undefined) return
    let listeners: readonly Listener[] = []
    const placed = (words: string) => sayLoopback(words, workload.port, listeners)
    const state = () => this.#state
    await watchStart({
      workload,
      over,
      get state() {
        return state()
      },
      address,
      inside: workload.port,
      listeners: () => (listeners = this.pid === undefined ? [] : listenersOf(this.pid)),
      become: (state) => {
        if (over.aborted) return
        this.become(state.kind === 'starting' ? { ...state, probe: placed(state.probe) } : state)
      },
      timeOut: (message) =>
        turn(async () => {
          if (!over.aborted) await this.stop({ reason: 'timeout', message: placed(message) })
        }),
      // The probes' own rhythm: following a log only for this costs more than it gains.
      onOutput: () => () => undefined,
    })
  }

  async #finish(found: ContainerInspectInfo): Promise<void> {
    const { engine, workload } = this.#parts
    const { State } = found
    const code = State.ExitCode
    let history = await historyOf(engine, found.Id, new Date(State.StartedAt))
    // It may be seen ended a moment before that is said.
    for (let again = 0; !history.died && again < 3 && isRecent(State.FinishedAt); again++) {
      await delay(sayingTakes)
      history = await historyOf(engine, found.Id, new Date(State.StartedAt))
    }
    // What it does not remember it did not see: it, or the machine, was started anew since.
    if (!history.died || history.killedFromOutside) return this.#end(this.#lost(code))
    const oom = State.OOMKilled || history.outOfMemory
    const exit = describeExit({
      command: workload.command,
      limits: workload.limits,
      code,
      signal: signalOf(code),
      // Told as well when only a worker was killed and the app went on: then it did not end of it.
      oom: oom && code === 137,
      rebooted: false,
      output: await tailOf(engine, found.Id, tailLength),
    })
    this.#end({ ...exit, ...(this.#peak === undefined ? {} : { peakMemory: this.#peak }) })
  }

  #lost(code: number | null = null): Exit {
    const message = `${programName(this.#parts.workload.command)} was ended with the container engine or the machine, not by itself.`
    return { code, signal: null, reason: 'lost', message }
  }

  #end(exit: Exit): void {
    this.#watching.abort()
    this.#letPrint()
    this.#pid = undefined
    this.become({ kind: 'exited', at: new Date(), exit })
  }
}

const isRecent = (finishedAt: string): boolean => Math.abs(Date.now() - Date.parse(finishedAt)) < 5_000

/** As a shell tells it: 128 + N for a death by signal N. */
function signalOf(code: number | null): string | null {
  if (code === null || code <= 128) return null
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0] ?? null
}

/** For an error that says that it is so already. */
function ignore(...fine: readonly ((error: unknown) => boolean)[]): (error: unknown) => undefined {
  return (error) => {
    if (!fine.some((isFine) => isFine(error))) throw error
    return undefined
  }
}
