/** Runs workloads as containers of a Docker engine. What the next platform must know is in the containers' labels. */
import { join } from 'node:path'
import type { ContainerInspectInfo } from 'dockerode'
import type Docker from 'dockerode'
import { Followers } from '../followers.ts'
import type { Instance, LogLine, Runtime, Workload } from '../runtime.ts'
import { Turns } from '../turns.ts'
import { checkId, type Labelled, labelled, labels } from './container.ts'
import type { DiskWatch } from './disk.ts'
import { isMissing, patiently } from './failures.ts'
import type { Gpus } from './gpus.ts'
import type { Guard } from './guard.ts'
import { logOf } from './logs.ts'
import type { Networks } from './networks.ts'
import { Notes } from './notes.ts'
import { type EngineInfo, reachOf } from './reach.ts'
import { removeContainer, removeContainers } from './removal.ts'
import { ReplicaSet } from './replica-set.ts'
import type { Volumes } from './volumes.ts'
import { type ContainerEvent, watchContainers } from './watch.ts'

export type DockerRuntimeOptions = {
  engine: Docker
  /** Of this Plaza: several may use one engine. Letters, digits, `-`, `_`. */
  install: string
  /** PLAZA_DATA: `docker/` is made in it. */
  folder: string
  guard: Guard
  networks: Networks
  volumes: Volumes
  disk: DiskWatch
  gpus: Gpus
  /** A bundle of certificates on the engine's machine (absolute) that apps trust in place of their image's. */
  extraCa?: string | undefined
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

type Limits = EngineInfo & {
  NCPU: number
  MemTotal: number
  CpuCfsQuota: boolean
  MemoryLimit: boolean
  PidsLimit: boolean
}

const mostReplicas = 8
/** Events after which a container is looked at. */
const telling = new Set(['die', 'destroy', 'pause', 'unpause', 'start'])

/** Opens the runtime and finds again what runs. Disposing of it ends nothing: the next one goes on. @throws when the engine is away. */
export async function openDockerRuntime(options: DockerRuntimeOptions): Promise<Runtime> {
  const { engine, install, networks, volumes, disk, gpus, guard, log } = options
  checkId(install)
  const info = (await engine.info()) as Limits
  const reach = await reachOf(engine, info)
  const notes = new Notes(join(options.folder, 'docker'))
  const sets = new Map<string, ReplicaSet>()
  /** Should be gone, and the engine did not do it. */
  const unremoved = new Set<string>()
  const followers = new Followers()
  const turns = new Turns()
  const stop = new AbortController()

  const add = (workload: Workload): ReplicaSet => {
    const set: ReplicaSet = new ReplicaSet({
      workload: { ...workload, replicas: Math.min(workload.replicas, mostReplicas) },
      engine,
      install,
      reach,
      cpus: info.CpuCfsQuota ? info.NCPU : undefined,
      networks,
      volumes,
      disk,
      gpus,
      notes,
      // A file of this machine means nothing to another one.
      extraCa: reach.kind === 'direct' ? options.extraCa : undefined,
      turn: (work) => turns.take(workload.id, work),
      onChange: () => {
        if (set.state.kind === 'gone') sets.delete(workload.id)
        followers.tell(instanceOf(set))
      },
      log,
    })
    sets.set(workload.id, set)
    return set
  }

  await findAgain({ engine, install, add, log })
  notes.forgetAllBut(new Set(sets.keys()))

  const inTurn = (workloadId: string, work: () => Promise<void>) => {
    turns
      .take(workloadId, work)
      .catch((error: unknown) => log.warn({ err: error, workload: workloadId }, 'looking at a workload failed'))
  }
  const onEvent = ({ id, action, workloadId }: ContainerEvent) => {
    if (telling.has(action)) inTurn(workloadId, async () => sets.get(workloadId)?.look(id))
  }
  const remove = async (id: string) => {
    checkId(id)
    const set = sets.get(id)
    unremoved.add(id)
    if (set === undefined) await removeContainers(engine, install, id)
    else await set.remove()
    unremoved.delete(id)
  }
  /** Sees to what has changed unheard, what could not be removed, and what is there without being known to anybody. */
  const look = async () => {
    for (const id of unremoved) inTurn(id, async () => (unremoved.has(id) ? await remove(id) : undefined))
    for (const workloadId of sets.keys()) inTurn(workloadId, async () => sets.get(workloadId)?.look())
    const filters = { label: [`${labels.install}=${install}`, labels.workload] }
    for (const { Id, State, Labels } of await engine.listContainers({ all: true, filters })) {
      const workloadId = Labels[labels.workload] ?? ''
      if (sets.get(workloadId)?.owns(Id) === true) continue
      inTurn(workloadId, async () => {
        if (stop.signal.aborted || sets.get(workloadId)?.owns(Id) === true) return
        log.warn({ workload: workloadId, container: Id }, 'ended a container that belongs to no workload')
        await removeContainer(engine, Id, State)
      })
    }
  }
  const watching = watchContainers({ engine, install, onEvent, look, signal: stop.signal, log })

  return {
    kind: 'docker',
    get isolated() {
      return guard.isolated
    },
    mostReplicas,
    holds: [
      ...(info.CpuCfsQuota ? (['cpu'] as const) : []),
      ...(info.MemoryLimit ? (['memory'] as const) : []),
      ...(info.PidsLimit ? (['processes'] as const) : []),
      'disk',
    ],
    apply: (workload) =>
      turns.take(workload.id, async () => {
        checkId(workload.id)
        checkId(workload.spaceId)
        if (sets.has(workload.id)) return
        const set = add(workload)
        followers.tell(instanceOf(set))
        await set.start()
      }),
    remove: (id) => turns.take(id, () => remove(id)),
    freeze: (id) => turns.take(id, async () => sets.get(id)?.freeze()),
    thaw: (id) => turns.take(id, async () => sets.get(id)?.thaw()),
    instances: (signal) => followers.follow([...sets.values()].map(instanceOf), signal),
    async *logs(id: string, from: string | undefined, signal: AbortSignal): AsyncIterable<LogLine> {
      const set = sets.get(id)
      if (set !== undefined) yield* logOf(engine, set, from, signal)
    },
    usage: async (id) => await sets.get(id)?.usage(),
    stored: (spaceId) => volumes.stored(spaceId),
    async forget(spaceId) {
      checkId(spaceId)
      await patiently(() => volumes.forget(spaceId))
      await patiently(() => networks.remove(spaceId))
    },
    pools: async () => {
      const running = [...sets.values()].filter(({ hasEnded }) => !hasEnded)
      const usedMemory = running.reduce((sum, { workload }) => sum + workload.limits.memory * workload.replicas, 0)
      return [{ name: 'docker', cpu: info.NCPU, memory: info.MemTotal, gpus: gpus.count, usedMemory }]
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      for (const set of sets.values()) set.leave()
      await Promise.all([watching, turns.ended()])
    },
  }
}

/** Adopts the containers of this install; those that were made and never started are removed: who wants them applies again. */
async function findAgain(options: {
  engine: Docker
  install: string
  add: (workload: Workload) => ReplicaSet
  log: DockerRuntimeOptions['log']
}): Promise<void> {
  const { engine, install, log } = options
  const filters = { label: [`${labels.install}=${install}`, labels.workload] }
  const found = new Map<string, { labelled: Labelled; container: ContainerInspectInfo }[]>()
  for (const { Id } of await engine.listContainers({ all: true, filters })) {
    const container = await engine
      .getContainer(Id)
      .inspect()
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error
      })
    if (container === undefined) continue
    const ours = labelled(container.Config.Labels, container.Config.Env)
    const { Status } = container.State
    if (ours === undefined || Status === 'created' || Status === 'removing' || Status === 'dead') {
      log.info({ container: Id, status: Status }, 'removed a container that never ran')
      await removeContainer(engine, Id, Status)
      continue
    }
    const { id } = ours.workload
    found.set(id, [...(found.get(id) ?? []), { labelled: ours, container }])
  }
  for (const containers of found.values()) {
    const [first] = containers
    if (first === undefined) continue
    const byReplica = new Map(containers.map(({ labelled: { replica }, container }) => [replica, container]))
    const inOrder = containers.toSorted((one, other) => one.labelled.replica - other.labelled.replica)
    const gpus = inOrder.flatMap(({ labelled: ours }) => ours.gpus)
    await options.add(first.labelled.workload).adopt(byReplica, gpus)
  }
}

function instanceOf({ workload, state }: ReplicaSet): Instance {
  return { workloadId: workload.id, spaceId: workload.spaceId, state }
}
