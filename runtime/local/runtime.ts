/** Runs workloads as processes of this machine, each in a sandbox where the machine can make one. */
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { Followers } from '../followers.ts'
import type { Instance, InstanceState, LogLine, Runtime, Workload } from '../runtime.ts'
import { Turns } from '../turns.ts'
import { watchStart } from '../watch-start.ts'
import { listenersOf } from './listeners.ts'
import { processes, processesWith, signal, treeOf } from './process-table.ts'
import { Replica } from './replica.ts'
import { readWorkload } from './replica-folder.ts'
import { marker } from './replica-processes.ts'
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

/** Opens the runtime and finds again what runs. Disposing of it ends nothing: the next one goes on. */
export async function openLocalRuntime(options: LocalRuntimeOptions): Promise<Runtime> {
  const { folder, sandbox, log } = options
  const root = process.getuid?.() === 0
  const instances = join(folder, 'instances')
  mkdirSync(instances, { recursive: true })
  chmodSync(instances, 0o711)
  const spaces = openSpaceFolders(join(folder, 'spaces'), root)
  const replicas = new Map<string, Replica>()
  const followers = new Followers()
  const turns = new Turns()

  const tell = (replica: Replica) => followers.tell(instanceOf(replica))
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
          watchLocalStart(replica).catch((error: unknown) =>
            log.warn({ error, workload: workload.id }, 'probing failed'),
          )
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
    mostReplicas: 1,
    holds: (['cpu', 'memory', 'pids'] as const)
      .filter((controller) => sandbox.cgroups?.controllers.has(controller))
      .map((controller) => (controller === 'pids' ? 'processes' : controller)),
    apply: (workload) =>
      turns.take(workload.id, async () => {
        checkId(workload.id)
        if (replicas.has(workload.id)) return
        const identity = spaces.of(workload.spaceId)
        const replica = add(workload)
        tell(replica)
        await replica.start(identity)
      }),
    remove: (id) => turns.take(id, async () => replicas.get(id)?.remove()),
    freeze: (id) => turns.take(id, async () => replicas.get(id)?.freeze()),
    thaw: (id) => turns.take(id, async () => replicas.get(id)?.thaw()),
    instances: (signal) => followers.follow([...replicas.values()].map(instanceOf), signal),
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
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await turns.ended()
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

function instanceOf({ workload, state }: Replica): Instance {
  return { workloadId: workload.id, spaceId: workload.spaceId, state }
}

async function watchLocalStart(replica: Replica): Promise<void> {
  const { workload, record, over } = replica
  if (record === undefined) return
  await watchStart({
    workload,
    over,
    get state() {
      return replica.state
    },
    address: { host: '127.0.0.1', port: record.port },
    inside: record.isolated ? workload.port : record.port,
    listeners: () => listenersOf(replica.appProcesses(), record.isolated),
    become: (state) => replica.become(state),
    timeOut: (message) => replica.timeOut(message),
    onOutput: (listener) => replica.log.onGrowth(listener),
  })
}
