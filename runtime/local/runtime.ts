/** Runs workloads as processes of this machine, each in a sandbox where the machine can make one. */
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { type Answer, explain, explainTimeout, isReady, probe } from '../probe.ts'
import type { Instance, InstanceState, LogLine, Runtime, Workload } from '../runtime.ts'
import { listenersOf } from './listeners.ts'
import { Replica, marker, readWorkload } from './process.ts'
import { programName } from './exit.ts'
import { processes, processesWith, signal, treeOf } from './process-table.ts'
import type { Sandbox } from './sandbox.ts'
import { checkId, openSpaceFolders } from './space-folder.ts'

export type LocalRuntimeOptions = {
  /** PLAZA_DATA: `instances/` and `spaces/` are made in it. */
  folder: string
  sandbox: Sandbox
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

/** Milliseconds between looks at processes that an earlier platform started. */
const checkInterval = 200
/** Milliseconds between probes, at first and at last: growing so, they make a start at most a twentieth longer. */
const probeIntervals = { first: 50, last: 500, growth: 1.05 }
/** Milliseconds between looks at what the app listens on, for which all its processes are read. */
const listenersEvery = 500
/** Milliseconds that one probe waits for an answer. */
const probeTimeout = 5_000
/** Milliseconds. Silence towards a probe that the end of the time cut shorter tells nothing: what the one before saw counts. */
const shortProbe = 1_000

/** Opens the runtime and finds again what runs. Disposing of it ends nothing: the next one goes on. */
export async function openLocalRuntime(options: LocalRuntimeOptions): Promise<Runtime> {
  const { folder, sandbox, log } = options
  const root = process.getuid?.() === 0
  const instances = join(folder, 'instances')
  mkdirSync(instances, { recursive: true })
  chmodSync(instances, 0o711)
  const spaces = openSpaceFolders(join(folder, 'spaces'), root)
  const replicas = new Map<string, Replica>()
  const followers = new Set<(instance: Instance) => void>()
  /** One change of a workload after the other. */
  const turns = new Map<string, Promise<void>>()

  const inTurn = (id: string, work: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(id) ?? Promise.resolve()).then(work)
    const settled = turn
      .catch(() => undefined)
      .finally(() => {
        if (turns.get(id) === settled) turns.delete(id)
      })
    turns.set(id, settled)
    return turn
  }
  const tell = (replica: Replica) => {
    const { id, spaceId } = replica.workload
    for (const follower of followers) follower({ workloadId: id, spaceId, state: replica.state })
  }
  const add = (workload: Workload): Replica => {
    let before: InstanceState['kind'] | undefined
    const replica: Replica = new Replica({
      workload,
      folder: join(instances, workload.id),
      sandbox,
      onChange: () => {
        const { kind } = replica.state
        if (kind === 'gone') replicas.delete(workload.id)
        if (kind === 'exited')
          log.info({ workload: workload.id, message: replica.state.exit.message }, 'workload ended')
        tell(replica)
        if (kind === 'starting' && before !== 'starting')
          watchStart(replica).catch((error: unknown) => log.warn({ error, workload: workload.id }, 'probing failed'))
        before = kind
      },
    })
    replicas.set(workload.id, replica)
    return replica
  }

  await findAgain({ instances, sandbox, add, log })

  let checking = false
  const timer = setInterval(() => {
    if (checking) return
    checking = true
    Promise.all([...replicas.values()].map((replica) => replica.check()))
      .catch((error: unknown) => log.warn({ error }, 'looking at workloads failed'))
      .finally(() => (checking = false))
  }, checkInterval).unref()

  return {
    kind: 'local',
    isolated: sandbox.isolated,
    apply: (workload) =>
      inTurn(workload.id, async () => {
        checkId(workload.id)
        if (replicas.has(workload.id)) return
        const identity = spaces.of(workload.spaceId)
        const replica = add(workload)
        tell(replica)
        await replica.start(identity)
      }),
    remove: (id) => inTurn(id, async () => replicas.get(id)?.remove()),
    freeze: (id) => inTurn(id, async () => replicas.get(id)?.freeze()),
    thaw: (id) => inTurn(id, async () => replicas.get(id)?.thaw()),
    instances: (signal) => follow(replicas, followers, signal),
    async *logs(id: string, from: string | undefined, signal: AbortSignal): AsyncIterable<LogLine> {
      const replica = replicas.get(id)
      if (replica !== undefined) yield* replica.log.lines(from, signal)
    },
    usage: async (id) => replicas.get(id)?.usage(),
    stored: (spaceId) => spaces.stored(spaceId),
    forget: (spaceId) => spaces.forget(spaceId),
    pools: async () => {
      const running = [...replicas.values()].filter(({ state }) => state.kind !== 'exited' && state.kind !== 'gone')
      const usedMemory = running.reduce((sum, { workload }) => sum + workload.limits.memory, 0)
      return [{ name: 'local', cpu: cpus().length, memory: totalmem(), gpus: 0, usedMemory }]
    },
    findings: async () => sandbox.findings,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await Promise.allSettled(turns.values())
      for (const replica of replicas.values()) replica.leave()
    },
  }
}

/** Adopts what has a folder, ends what has none. */
async function findAgain(options: {
  instances: string
  sandbox: Sandbox
  add: (workload: Workload) => Replica
  log: LocalRuntimeOptions['log']
}): Promise<void> {
  const { instances, sandbox, log } = options
  const known = new Set<string>()
  for (const name of readdirSync(instances)) {
    const folder = join(instances, name)
    const workload = readWorkload(folder)
    if (workload === undefined) {
      rmSync(folder, { recursive: true, force: true })
      continue
    }
    if (await options.add(workload).adopt()) known.add(name)
  }
  for (const name of sandbox.cgroups?.names() ?? []) {
    const id = /^instance-(.+)$/.exec(name)?.[1]
    if (id === undefined || known.has(id)) continue
    const orphans = sandbox.cgroups?.processes(name) ?? []
    if (orphans.length > 0) log.warn({ workload: id, orphans }, 'ended processes that belong to no workload')
    await sandbox.cgroups?.freeze(name, false).catch(() => undefined)
    for (const pid of orphans) signal(pid, 'SIGKILL')
    await sandbox.cgroups?.remove(name)
  }
  endMarked(instances, known)
}

/** Processes that name a folder of ours which is not there, and all below them. */
function endMarked(instances: string, known: ReadonlySet<string>): void {
  const table = processes()
  for (const { pid, value } of markedProcesses(instances)) {
    if (known.has(value)) continue
    for (const one of treeOf(pid, table)) signal(one, 'SIGKILL')
  }
}

function markedProcesses(instances: string): { pid: number; value: string }[] {
  const prefix = `${marker}=${instances}/`
  return processesWith((variable) => variable.startsWith(prefix)).map(({ pid, variable }) => ({
    pid,
    value: variable.slice(prefix.length),
  }))
}

/** Probes until it answers, has ended, or its time is up. */
async function watchStart(replica: Replica): Promise<void> {
  const { workload, record, over } = replica
  if (record === undefined) return
  const inside = record.isolated ? workload.port : record.port
  const address = { host: '127.0.0.1', port: record.port }
  if (replica.state.kind !== 'starting') return
  const { since } = replica.state
  const deadline = since.getTime() + workload.startupTimeout * 1_000
  let interval = probeIntervals.first
  let said = ''
  let before: Answer | undefined
  let listeners: ReturnType<typeof listenersOf> = []
  let lookedAt = 0
  try {
    while (replica.state.kind === 'starting') {
      const patience = Math.max(100, Math.min(probeTimeout, deadline - Date.now()))
      const asked = await probe(address, patience, over)
      if (replica.state.kind !== 'starting') return
      const answer = asked.kind === 'silent' && patience < shortProbe ? (before ?? asked) : asked
      before = answer
      if (isReady(answer)) return replica.become({ kind: 'ready', address, since: new Date() })
      if (Date.now() >= deadline || Date.now() - lookedAt >= listenersEvery) {
        listeners = listenersOf(replica.appProcesses(), record.isolated)
        lookedAt = Date.now()
      }
      if (Date.now() >= deadline) {
        const seconds = workload.startupTimeout
        return await replica.timeOut(
          `${programName(workload.command)} was not ready within ${seconds} seconds. ${explainTimeout(answer, inside, listeners)}`,
        )
      }
      const words = explain(answer, inside, listeners)
      if (words !== said) replica.become({ kind: 'starting', since, probe: words })
      said = words
      await pause(replica, Math.min(interval, deadline - Date.now()))
      interval = Math.min(probeIntervals.last, interval * probeIntervals.growth)
    }
  } catch (error) {
    if (!over.aborted) throw error
  }
}

/** Until the time is over or it has printed something: apps say when they are up. */
function pause(replica: Replica, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, Math.max(0, milliseconds))
  const stop = replica.log.onGrowth(resolve)
  replica.over.addEventListener('abort', () => resolve(), { once: true })
  return promise.finally(() => {
    clearTimeout(timer)
    stop()
  })
}

/** What is there, then changes; of several changes that nobody has read yet the last one counts. */
async function* follow(
  replicas: ReadonlyMap<string, Replica>,
  followers: Set<(instance: Instance) => void>,
  signal: AbortSignal,
): AsyncIterable<Instance> {
  const waiting = new Map<string, Instance>()
  let wake: () => void = () => undefined
  const take = (instance: Instance) => {
    waiting.delete(instance.workloadId)
    waiting.set(instance.workloadId, instance)
    wake()
  }
  const stop = () => wake()
  signal.addEventListener('abort', stop)
  followers.add(take)
  for (const { workload, state } of replicas.values())
    take({ workloadId: workload.id, spaceId: workload.spaceId, state })
  try {
    while (!signal.aborted) {
      for (const [id, instance] of waiting) {
        waiting.delete(id)
        yield instance
        if (signal.aborted) return
      }
      if (waiting.size > 0) continue
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      await promise
    }
  } finally {
    followers.delete(take)
    signal.removeEventListener('abort', stop)
  }
}
