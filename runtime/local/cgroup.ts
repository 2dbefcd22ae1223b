/**
 * Control groups, for limits that hold for a whole tree and for freezing it. Version 1 and 2; only where the platform may
 * write there, which is root's. Calls are synchronous: these files live in the kernel.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Limits } from '../runtime.ts'

type Controller = 'memory' | 'cpu' | 'pids' | 'freezer'

export type Cgroups = {
  readonly version: 1 | 2
  readonly controllers: ReadonlySet<Controller>
  /** Makes the group, sets its limits, and gives the `cgroup.procs` files to join. */
  create(name: string, limits: Limits | undefined): string[]
  /** Names of the groups there are. */
  names(): string[]
  processes(name: string): number[]
  /** How many of its processes were killed for memory. */
  oomKills(name: string): number
  /** Seconds of processor time and bytes of memory so far; undefined where the machine does not count both. */
  usage(name: string): { cpuSeconds: number; memory: number } | undefined
  /** Bytes that it had at most. */
  peakMemory(name: string): number | undefined
  /** Resolves once every process stands still (or runs again). */
  /** Limits the processor time that it gets from now on, in cores. */
  giveCores(name: string, cores: number): void
  freeze(name: string, frozen: boolean): Promise<void>
  /** Once its processes have ended; waits up to two seconds for that, then leaves it to the next platform. */
  remove(name: string): Promise<void>
}

type Mounted = { version: 1 | 2; mount: string; controllers: Controller[] }
type Hierarchy = { folder: string; controllers: readonly Controller[] }

/** `scope` keeps several platforms of one machine apart. Undefined where nothing can be limited. */
export function openCgroups(scope: string): Cgroups | undefined {
  const hierarchies = findHierarchies(readFileSync('/proc/mounts', 'utf8')).flatMap(
    ({ version, mount, controllers }) => {
      const folder = join(mount, scope)
      const usable = version === 1 ? tryFolder(folder, controllers) : tryUnified(mount, folder)
      return usable.length === 0 ? [] : [{ version, folder, controllers: usable }]
    },
  )
  // Hybrid systems have both: the version that has memory is the one in use.
  const version = hierarchies.find(({ controllers }) => controllers.includes('memory'))?.version
  const used = hierarchies.filter((hierarchy) => hierarchy.version === version)
  return version === undefined ? undefined : cgroups(version, used)
}

/** Lines of /proc/mounts → where the controllers that we use are. */
export function findHierarchies(mounts: string): Mounted[] {
  return mounts.split('\n').flatMap((line): Mounted[] => {
    const [, mount = '', type, options = ''] = line.split(' ')
    if (type === 'cgroup2') return [{ version: 2, mount, controllers: [] }]
    if (type !== 'cgroup') return []
    const controllers = options.split(',').filter((option) => isController(option))
    return controllers.length === 0 ? [] : [{ version: 1, mount, controllers }]
  })
}

const isController = (name: string): name is Controller => ['memory', 'cpu', 'pids', 'freezer'].includes(name)

function tryFolder(folder: string, controllers: readonly Controller[]): readonly Controller[] {
  try {
    mkdirSync(folder, { recursive: true })
    return controllers
  } catch {
    return []
  }
}

function tryUnified(mount: string, folder: string): Controller[] {
  const wanted = ['memory', 'cpu', 'pids'] as const
  try {
    mkdirSync(folder, { recursive: true })
    for (const parent of [mount, folder])
      for (const controller of wanted)
        attempt(() => writeFileSync(join(parent, 'cgroup.subtree_control'), `+${controller}`))
    const enabled = readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8').trim().split(' ')
    return [...wanted.filter((controller) => enabled.includes(controller)), 'freezer']
  } catch {
    return []
  }
}

function cgroups(version: 1 | 2, hierarchies: readonly Hierarchy[]): Cgroups {
  const folderOf = (controller: Controller, name: string) => {
    const found = hierarchies.find(({ controllers }) => controllers.includes(controller))
    return found === undefined ? undefined : join(found.folder, name)
  }
  const set = (controller: Controller, name: string, file: string, value: string) => {
    const folder = folderOf(controller, name)
    if (folder !== undefined) writeFileSync(join(folder, file), value)
  }
  const giveCores = (name: string, cores: number) => {
    const period = 100_000
    const quota = Math.max(1_000, Math.round(cores * period))
    if (version === 1) {
      set('cpu', name, 'cpu.cfs_period_us', String(period))
      set('cpu', name, 'cpu.cfs_quota_us', String(quota))
    } else set('cpu', name, 'cpu.max', `${quota} ${period}`)
  }
  return {
    version,
    giveCores,
    controllers: new Set(hierarchies.flatMap(({ controllers }) => controllers)),
    create(name, limits) {
      for (const { folder } of hierarchies) {
        if (version === 2 && !existsSync(folder)) tryUnified(dirname(folder), folder)
        mkdirSync(join(folder, name), { recursive: true })
      }
      if (limits !== undefined) {
        set('pids', name, 'pids.max', String(limits.processes))
        // A quarter of what a Space gets where both want it: with less, a busy machine would let it stand still.
        if (limits.background === true) {
          if (version === 1) set('cpu', name, 'cpu.shares', '256')
          else set('cpu', name, 'cpu.weight', '25')
        }
        if (version === 1) {
          set('memory', name, 'memory.limit_in_bytes', String(limits.memory))
          // Not there without swap accounting.
          attempt(() => set('memory', name, 'memory.memsw.limit_in_bytes', String(limits.memory)))
        } else {
          set('memory', name, 'memory.max', String(limits.memory))
          attempt(() => set('memory', name, 'memory.swap.max', '0'))
        }
        giveCores(name, limits.cpu)
      }
      return hierarchies.map(({ folder }) => join(folder, name, 'cgroup.procs'))
    },
    names: () => [
      ...new Set(
        hierarchies.flatMap(({ folder }) =>
          (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [])
            .filter((entry) => entry.isDirectory())
            .map((entry) => entry.name),
        ),
      ),
    ],
    processes: (name) => [
      ...new Set(hierarchies.flatMap(({ folder }) => numbers(read(join(folder, name, 'cgroup.procs'))))),
    ],
    oomKills(name) {
      const folder = folderOf('memory', name)
      if (folder === undefined) return 0
      const text = read(join(folder, version === 1 ? 'memory.oom_control' : 'memory.events'))
      return Number(/^oom_kill (\d+)/m.exec(text)?.[1] ?? 0)
    },
    usage(name) {
      const memory = folderOf('memory', name)
      const cpu = folderOf('cpu', name)
      if (memory === undefined || cpu === undefined) return undefined
      // Version 1 counts processor time in a controller of its own, which systems mount together with `cpu`.
      const time =
        version === 1
          ? numberIn(read(join(cpu, 'cpuacct.usage'))) / 1e9
          : numberIn(/^usage_usec (\d+)/m.exec(read(join(cpu, 'cpu.stat')))?.[1]) / 1e6
      const used = numberIn(read(join(memory, version === 1 ? 'memory.usage_in_bytes' : 'memory.current')))
      const kept = numberIn(/^(?:total_)?inactive_file (\d+)/m.exec(read(join(memory, 'memory.stat')))?.[1]) || 0
      return Number.isNaN(time) || Number.isNaN(used)
        ? undefined
        : { cpuSeconds: time, memory: Math.max(0, used - kept) }
    },
    peakMemory(name) {
      const folder = folderOf('memory', name)
      if (folder === undefined) return undefined
      const peak = numberIn(read(join(folder, version === 1 ? 'memory.max_usage_in_bytes' : 'memory.peak')))
      return Number.isNaN(peak) ? undefined : peak
    },
    async freeze(name, frozen) {
      const folder = folderOf('freezer', name)
      if (folder === undefined) throw new Error('This machine has no cgroup freezer.')
      const deadline = Date.now() + 5_000
      for (;;) {
        if (version === 1) writeFileSync(join(folder, 'freezer.state'), frozen ? 'FROZEN' : 'THAWED')
        else writeFileSync(join(folder, 'cgroup.freeze'), frozen ? '1' : '0')
        const now =
          version === 1
            ? read(join(folder, 'freezer.state')).trim() === 'FROZEN'
            : /^frozen 1/m.test(read(join(folder, 'cgroup.events')))
        if (now === frozen) return
        if (Date.now() > deadline) throw new Error(`${name} did not ${frozen ? 'freeze' : 'thaw'} within 5 seconds.`)
        await delay(5)
      }
    },
    async remove(name) {
      const deadline = Date.now() + 2_000
      for (const { folder } of hierarchies) {
        for (;;) {
          try {
            rmdirSync(join(folder, name))
            break
          } catch (error) {
            const code = error instanceof Error && 'code' in error ? error.code : undefined
            if (code === 'ENOENT') break
            if (code !== 'EBUSY') throw error
            if (Date.now() > deadline) break
            await delay(10)
          }
        }
        // The platform's own group goes with the last of its commands.
        attempt(() => rmdirSync(folder))
      }
    },
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** NaN where there is none. */
const numberIn = (text: string | undefined) => (text === undefined || text.trim() === '' ? Number.NaN : Number(text))

const numbers = (text: string) => text.split('\n').filter(Boolean).map(Number)

/** For files that some kernels lack. */
function attempt(work: () => void): void {
  try {
    work()
  } catch {
    // Left out: the caller looks at what is there afterwards, or does without.
  }
}
