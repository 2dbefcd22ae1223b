/** A workload and its replicas: started, frozen, ended together; one that ends while another serves is started again. */
import type { ContainerInspectInfo } from 'dockerode'
import type Docker from 'dockerode'
import { programName } from '../exit.ts'
import type { InstanceState, Usage, Workload } from '../runtime.ts'
import { containerOf, nanoCpusOf, type OciImage } from './container.ts'
import type { DiskWatch } from './disk.ts'
import { isAway, isRefusal, patiently, wordsOf } from './failures.ts'
import type { Gpus } from './gpus.ts'
import { hasRegistry, ImageMissing, pullImage } from './images.ts'
import type { PrintingSet } from './logs.ts'
import type { Networks } from './networks.ts'
import type { Notes } from './notes.ts'
import type { Reach } from './reach.ts'
import { removeContainers } from './removal.ts'
import { Replica } from './replica.ts'
import { isRestarted, restartDelay, together } from './together.ts'
import { sumOf } from './usage.ts'
import type { Volumes } from './volumes.ts'

/** Milliseconds between tries to start while the engine is away or fails itself. */
const startAgainAfter = 1_000
/** An engine that fails so often at a start does not merely go down. */
const mostRefusals = 4
/** Milliseconds of service after which an end is not counted with those before. */
const steadyAfter = 60_000

export type SetParts = {
  workload: Workload
  engine: Docker
  install: string
  reach: Reach
  /** Cores of the machine; undefined where the engine cannot limit them. */
  cpus: number | undefined
  networks: Networks
  volumes: Volumes
  disk: DiskWatch
  gpus: Gpus
  notes: Notes
  extraCa: string | undefined
  turn: (work: () => Promise<void>) => Promise<void>
  onChange: () => void
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

export class ReplicaSet implements PrintingSet {
  readonly workload: Workload
  readonly replicas: readonly Replica[]
  readonly #parts: SetParts
  #state: InstanceState = { kind: 'pending', reason: 'Its container is made.' }
  readonly #over = new AbortController()
  readonly #changes = new EventTarget()
  /** While several replicas change at once, only what comes of it is told. */
  #held = 0
  readonly #restarts = new Map<Replica, { timer?: NodeJS.Timeout; count: number; readySince?: number }>()
  readonly #diskWatches = new Map<string, () => void>()
  #startTimer: NodeJS.Timeout | undefined
  #fetch: 'not yet' | 'under way' | 'done' = 'not yet'
  readonly #refusals = new Map<Replica, number>()

  constructor(parts: SetParts) {
    this.#parts = parts
    this.workload = parts.workload
    const { workload, engine, install, reach, turn, log } = parts
    const nanoCpus = nanoCpusOf(workload.limits, parts.cpus)
    this.replicas = Array.from(
      { length: Math.max(1, workload.replicas) },
      (_, index) =>
        new Replica({
          workload,
          number: index + 1,
          engine,
          install,
          reach,
          nanoCpus,
          turn,
          log,
          onChange: () => this.#settle(),
        }),
    )
  }

  get state(): InstanceState {
    return this.#state
  }

  get over(): AbortSignal {
    return this.#over.signal
  }

  get hasEnded(): boolean {
    return this.#state.kind === 'exited' || this.#state.kind === 'gone'
  }

  /** Whether the container is one of its replicas' present ones. */
  owns(containerId: string): boolean {
    return this.replicas.some((replica) => replica.containerId === containerId)
  }

  nextChange(limit: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const go = () => resolve()
    const timer = setTimeout(go, limit)
    this.#changes.addEventListener('change', go)
    return promise.finally(() => {
      clearTimeout(timer)
      this.#changes.removeEventListener('change', go)
    })
  }

  /** A failure is how it ended, not an exception. */
  async start(): Promise<void> {
    if (this.#over.signal.aborted || this.hasEnded) return
    const waiting = () => this.replicas.filter(({ state }) => state.kind === 'pending')
    await this.#together(async () => {
      await Promise.all(waiting().map((replica) => this.#startReplica(replica)))
    })
    if (waiting().length > 0 && this.#fetch !== 'under way')
      this.#startTimer = setTimeout(() => void this.#parts.turn(() => this.start()), startAgainAfter).unref()
  }

  /** Takes over the containers that an earlier platform started; `found` has one a replica at most. */
  async adopt(found: ReadonlyMap<number, ContainerInspectInfo>, gpus: readonly string[]): Promise<void> {
    const { notes, workload } = this.#parts
    const note = notes.read(workload.id)
    if (gpus.length > 0 && note.exited === undefined) this.#parts.gpus.adopt(workload.id, gpus)
    await this.#together(async () => {
      for (const replica of this.replicas) {
        const container = found.get(replica.number)
        if (container === undefined) replica.lose()
        else await replica.adopt(container, note.frozenSince)
      }
      // How it ended was told already.
      if (note.exited !== undefined && !this.replicas.some(({ isAlive }) => isAlive))
        for (const replica of this.replicas) replica.become(note.exited)
    })
  }

  /** @param containerId that something happened to. */
  async look(containerId?: string): Promise<void> {
    for (const replica of this.replicas)
      if (containerId === undefined || replica.containerId === containerId) await replica.look()
  }

  async freeze(): Promise<void> {
    if (this.#state.kind !== 'ready' && this.#state.kind !== 'starting') return
    const { notes, workload } = this.#parts
    await this.#together(async () => {
      notes.write(workload.id, { frozenSince: new Date() })
      await Promise.all(this.replicas.map((replica) => patiently(() => replica.freeze())))
    })
  }

  async thaw(): Promise<void> {
    if (this.#state.kind !== 'frozen') return
    await this.#together(async () => {
      await Promise.all(this.replicas.map((replica) => patiently(() => replica.thaw())))
      this.#parts.notes.forget(this.workload.id)
    })
  }

  async remove(): Promise<void> {
    const { engine, install, notes, gpus, workload } = this.#parts
    this.leave()
    await removeContainers(engine, install, workload.id)
    gpus.give(workload.id)
    notes.forget(workload.id)
    this.#state = { kind: 'gone' }
    this.#parts.onChange()
  }

  /** Nothing waits for it any more; its containers stay as they are. */
  leave(): void {
    this.#over.abort()
    this.#changes.dispatchEvent(new Event('change'))
    clearTimeout(this.#startTimer)
    for (const { timer } of this.#restarts.values()) clearTimeout(timer)
    for (const stop of this.#diskWatches.values()) stop()
    this.#diskWatches.clear()
    for (const replica of this.replicas) replica.leave()
  }

  async usage(): Promise<Usage | undefined> {
    const all = await Promise.all(this.replicas.map(async (replica) => [replica, await replica.usage()] as const))
    const running = all.flatMap(([replica, counted]) => {
      if (counted === undefined) return []
      const { peak: _, ...usage } = counted
      return [replica.pid === undefined ? usage : { ...usage, pid: replica.pid }]
    })
    return sumOf(running)
  }

  async #startReplica(replica: Replica): Promise<void> {
    const { workload, networks, volumes, install, cpus, extraCa, reach } = this.#parts
    try {
      const image = ociOf(workload)
      const gpus = this.#gpusOf(replica)
      const [network, volume] = await Promise.all([networks.of(workload.spaceId), volumes.of(workload.spaceId)])
      const options = containerOf({
        workload: { ...workload, image },
        replica: replica.number,
        install,
        network: network.name,
        volume,
        cpus,
        gpus,
        extraCa,
        publishAt: reach.kind === 'published' ? reach.host : undefined,
      })
      await replica.start(options)
      this.#refusals.delete(replica)
      this.#fetch = 'not yet'
    } catch (error) {
      if (error instanceof ImageMissing && hasRegistry(error.reference) && this.#fetch !== 'done') {
        replica.become({ kind: 'pending', reason: 'Its image is fetched from the registry.' })
        return this.#fetchImage(error.reference)
      }
      const refusals = (this.#refusals.get(replica) ?? 0) + 1
      if (isAway(error)) replica.become({ kind: 'pending', reason: 'The container engine is away.' })
      else if (error instanceof GpusInUse) replica.become({ kind: 'pending', reason: error.message })
      else if (isRefusal(error) && refusals < mostRefusals) {
        this.#refusals.set(replica, refusals)
        replica.become({ kind: 'pending', reason: `The container engine fails: ${wordsOf(error)}` })
      } else replica.fail(`It could not be started: ${wordsOf(error)}`)
    }
  }

  /** Not in the workload's turn: it may take minutes, and is given up when the workload is removed. */
  #fetchImage(reference: string): void {
    if (this.#fetch === 'under way') return
    this.#fetch = 'under way'
    const { engine, turn, log, workload } = this.#parts
    const start = async (error?: unknown) => {
      this.#fetch = error === undefined ? 'done' : 'not yet'
      if (error !== undefined && !isAway(error)) {
        const message = `It could not be started: its image cannot be had from the registry (${wordsOf(error)}); restart the Space to build it again.`
        await this.#together(async () => {
          for (const replica of this.replicas) if (replica.state.kind === 'pending') replica.fail(message)
        })
      }
      await this.start()
    }
    pullImage(engine, reference, this.over)
      .then(
        () => turn(start),
        (error: unknown) => (this.over.aborted ? undefined : turn(() => start(error))),
      )
      .catch((error: unknown) => log.warn({ err: error, workload: workload.id }, 'a workload could not be started'))
  }

  /** Of those that the workload has taken; a replica keeps its own over restarts. */
  #gpusOf(replica: Replica): readonly string[] {
    const { workload, gpus } = this.#parts
    const each = workload.limits.gpus ?? 0
    if (each === 0) return []
    const wanted = each * this.replicas.length
    if (wanted > gpus.count)
      throw new Error(`it needs ${wanted} graphics processors, and this machine has ${gpus.count}.`)
    const taken = gpus.take(workload.id, wanted)
    if (taken === undefined)
      throw new GpusInUse(
        `It waits for ${wanted === 1 ? 'a graphics processor' : `${wanted} graphics processors`} that others use.`,
      )
    return taken.slice((replica.number - 1) * each, replica.number * each)
  }

  async #together(work: () => Promise<void>): Promise<void> {
    this.#held += 1
    try {
      await work()
    } finally {
      this.#held -= 1
      this.#settle()
    }
  }

  /** After any change of a replica: tells what the workload does now, and sees to those that ended. */
  #settle(): void {
    if (this.#held > 0 || this.#over.signal.aborted) return
    const { workload, notes, gpus, log } = this.#parts
    const before = this.#state
    const states = this.replicas.map(({ state }) => state)
    // It has ended: a restart must not bring it back behind that.
    if (before.kind === 'exited') return
    this.#state = together(states, before)
    this.#watchDisks()
    for (const replica of this.replicas) this.#seeToRestart(replica, states)
    if (this.#state.kind === 'exited') {
      gpus.give(workload.id)
      notes.write(workload.id, { exited: this.#state })
      log.info({ workload: workload.id, message: this.#state.exit.message }, 'workload ended')
    }
    this.#changes.dispatchEvent(new Event('change'))
    if (!isSame(before, this.#state)) this.#parts.onChange()
  }

  #seeToRestart(replica: Replica, states: readonly InstanceState[]): void {
    const restart = this.#restarts.get(replica) ?? { count: 0 }
    this.#restarts.set(replica, restart)
    if (replica.state.kind === 'ready') restart.readySince ??= Date.now()
    if (restart.timer !== undefined || !isRestarted(replica.state, states)) return
    const { log, workload } = this.#parts
    if (Date.now() - (restart.readySince ?? Infinity) > steadyAfter) restart.count = 0
    restart.count += 1
    delete restart.readySince
    if (replica.state.kind === 'exited')
      log.info(
        { workload: workload.id, replica: replica.number, message: replica.state.exit.message },
        'a replica ended',
      )
    restart.timer = setTimeout(() => {
      this.#parts
        .turn(async () => {
          delete restart.timer
          await this.#restart(replica)
        })
        .catch((error: unknown) => log.warn({ err: error, workload: workload.id }, 'a replica could not be restarted'))
    }, restartDelay(restart.count)).unref()
  }

  async #restart(replica: Replica): Promise<void> {
    const states = this.replicas.map(({ state }) => state)
    if (this.#over.signal.aborted || !isRestarted(replica.state, states)) return
    const former = replica.containerId
    if (former !== undefined) {
      const { engine, install, workload } = this.#parts
      await removeContainers(engine, install, workload.id, former)
    }
    await this.#startReplica(replica)
    // While the engine was away: as one that ended again, it is tried again.
    if (replica.state.kind === 'pending') replica.lose()
  }

  #watchDisks(): void {
    const { workload, disk, turn, log } = this.#parts
    const limit = workload.limits.disk
    if (limit === undefined) return
    const alive = new Map(
      this.replicas.flatMap((replica) =>
        replica.isAlive && replica.containerId !== undefined ? [[replica.containerId, replica] as const] : [],
      ),
    )
    for (const [id, stop] of this.#diskWatches) {
      if (alive.has(id)) continue
      stop()
      this.#diskWatches.delete(id)
    }
    for (const [id, replica] of alive) {
      if (this.#diskWatches.has(id)) continue
      const over = (used: number) => {
        const message = `${programName(workload.command)} wrote ${gibibytes(used)} outside /data: it may write ${gibibytes(limit)}. Delete what is no longer needed, and keep what should stay in /data.`
        turn(async () => {
          if (replica.containerId === id) await replica.stop({ reason: 'evicted', message })
        }).catch((error: unknown) =>
          log.warn({ err: error, workload: workload.id }, 'a full replica could not be ended'),
        )
      }
      this.#diskWatches.set(id, disk.watch(id, limit, over))
    }
  }
}

function ociOf(workload: Workload): OciImage {
  if (workload.image.kind === 'oci') return workload.image
  throw new Error(
    'it was built for another kind of runtime than the containers that Plaza runs now; restart the Space to build it again.',
  )
}

const gibibytes = (bytes: number): string => `${Number((bytes / 1024 ** 3).toFixed(2))} GiB`

const isSame = (one: InstanceState, other: InstanceState): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Enough are there, and others have them now. */
class GpusInUse extends Error {}
