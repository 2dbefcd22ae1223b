/** The processes of a replica: which they are, what they use, and how they stand still or end. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Usage } from '../runtime.ts'
import { cgroupName } from './app-command.ts'
import { processes, processesWith, signal, treeOf } from './process-table.ts'
import type { LaunchRecord, ReplicaFolder } from './replica-folder.ts'
import { isRunning, readStat, type Sandbox } from './sandbox.ts'
import { networkOf, usageOf } from './usage.ts'

/** Milliseconds between SIGTERM and SIGKILL. */
const gracePeriod = 5_000

/** Marks the outermost process (and, without a sandbox, all of them) with its folder. */
export const marker = 'PLAZA_INSTANCE'

export class ReplicaProcesses {
  /** Of the last start. */
  record: LaunchRecord | undefined
  readonly #folder: ReplicaFolder
  readonly #cgroups: Sandbox['cgroups']
  readonly #cgroup: string

  constructor(workloadId: string, folder: ReplicaFolder, cgroups: Sandbox['cgroups']) {
    this.#folder = folder
    this.#cgroups = cgroups
    this.#cgroup = cgroupName(workloadId)
  }

  /** Whether its outermost process is there still. */
  isRunning(): boolean {
    return this.record?.boot === bootId() && isRunning(this.#folder.at('pid'))
  }

  /** Those of the app, not of the sandbox around it. */
  ofApp(): number[] {
    const tree = this.#tree()
    // pasta, bwrap, bwrap as process 1 inside; or the shell that waits.
    return tree.slice(this.record?.isolated === true ? 3 : 1)
  }

  /** Undefined where nothing of it runs. */
  usage(): Usage | undefined {
    const tree = this.#tree()
    if (tree.length === 0) return undefined
    const counted = this.#cgroups?.usage(this.#cgroup) ?? usageOf(tree)
    const app = this.record?.isolated === true ? tree[3] : undefined
    const network = app === undefined ? undefined : networkOf(app)
    return {
      ...counted,
      ...(network === undefined ? {} : { network }),
      pid: app ?? tree[0] ?? 0,
      processes: this.ofApp().length,
    }
  }

  async standStill(frozen: boolean): Promise<void> {
    if (this.#cgroups?.controllers.has('freezer') === true) return this.#cgroups.freeze(this.#cgroup, frozen)
    // Again until no new one shows up: a process may fork while its parent's turn comes.
    const done = new Set<number>()
    for (let fresh = this.#everything(); fresh.length > 0; fresh = this.#everything().filter((pid) => !done.has(pid)))
      for (const pid of fresh) {
        done.add(pid)
        signal(pid, frozen ? 'SIGSTOP' : 'SIGCONT')
      }
  }

  /** Gives it so many cores from now on. False: there is no cgroup for it. */
  giveCores(cores: number): boolean {
    if (this.#cgroups?.controllers.has('cpu') !== true) return false
    this.#cgroups.giveCores(this.#cgroup, cores)
    return true
  }

  /** SIGTERM to the app itself, time to end, then SIGKILL for all that is left. */
  async stop(): Promise<void> {
    if (this.#everything().length > 0) {
      if (this.#folder.isFrozen()) await this.standStill(false)
      for (const pid of this.#ownOfApp()) signal(pid, 'SIGTERM')
      const deadline = Date.now() + (this.ofApp().length > 0 ? gracePeriod : 0)
      while (Date.now() < deadline && this.isRunning()) await delay(20)
    }
    await this.killAll()
    await this.#cgroups?.remove(this.#cgroup)
  }

  /** Resolves when nothing of it is left. */
  async killAll(): Promise<void> {
    const deadline = Date.now() + gracePeriod
    for (let left = this.#everything(); left.length > 0 && Date.now() < deadline; left = this.#everything()) {
      for (const pid of left) signal(pid, 'SIGKILL')
      // What a cgroup holds frozen does not even die.
      if (this.#folder.isFrozen()) await this.standStill(false)
      await delay(5)
    }
  }

  #tree(): number[] {
    const root = readStat(this.#folder.at('pid'))
    return root === undefined || !this.isRunning() ? [] : treeOf(root.pid, processes())
  }

  /** Everything of it, also what has left the tree (a daemon, without a sandbox). */
  #everything(): number[] {
    const known = [...this.#tree(), ...(this.#cgroups?.processes(this.#cgroup) ?? [])]
    return [...new Set([...known, ...(this.record?.isolated === true ? [] : this.#marked())])]
  }

  #marked(): number[] {
    const mark = `${marker}=${this.#folder.path}`
    return processesWith((variable) => variable === mark).map(({ pid }) => pid)
  }

  /** Inside, SIGTERM goes to the command alone, as container engines do it; without a sandbox to all but the waiting shell. */
  #ownOfApp(): number[] {
    const inside = this.ofApp()
    if (this.record?.isolated !== true) return inside
    const command = inside.find((pid) => innermostPid(pid) === 2)
    return command === undefined ? [] : [command]
  }
}

/** Changes with each start of the machine. */
export function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim()
}

/** A process's pid in the innermost namespace. */
function innermostPid(pid: number): number | undefined {
  const inner = /^NSpid:.*?(\d+)$/m.exec(readText(`/proc/${pid}/status`))?.[1]
  return inner === undefined ? undefined : Number(inner)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
