/** The machine's processes: who is whose child, and whether a process that was written down is still the same. */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

export type Process = {
  pid: number
  parent: number
  /** `Z` is a zombie: it has ended, only nobody has asked for its status yet. */
  state: string
  /** Tells two processes with one pid apart: ticks since boot, or the start as `ps` prints it. */
  started: string
}

/** A line of /proc/PID/stat. The name in brackets may hold anything, brackets included. */
export function parseStat(line: string): Process | undefined {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const pid = Number.parseInt(line, 10)
  const [state, parent] = fields
  const started = fields[19]
  if (!Number.isInteger(pid) || state === undefined || parent === undefined || started === undefined) return undefined
  return { pid, parent: Number(parent), state, started: started.trim() }
}

/** One process, unless it has ended. */
export function findProcess(pid: number): Process | undefined {
  try {
    const found = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return found === undefined || found.state === 'Z' || found.state === 'X' ? undefined : found
  } catch {
    return process.platform === 'linux' ? undefined : processes().find((other) => other.pid === pid)
  }
}

/** Every process of the machine that has not ended. */
export function processes(): Process[] {
  if (process.platform !== 'linux') return processesByPs()
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const found = parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'))
        return found === undefined || found.state === 'Z' || found.state === 'X' ? [] : [found]
      } catch {
        return []
      }
    })
}

function processesByPs(): Process[] {
  const table = execFileSync('ps', ['-axo', 'pid=,ppid=,state=,lstart='], { encoding: 'utf8', timeout: 5_000 })
  return table.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line)
    if (found === null || found[3]?.startsWith('Z')) return []
    return [
      { pid: Number(found[1]), parent: Number(found[2]), state: found[3] ?? '', started: (found[4] ?? '').trim() },
    ]
  })
}

/** A process and all below it, parents first. Empty when it has ended. */
export function treeOf(root: number, table: readonly Process[]): number[] {
  if (!table.some((process) => process.pid === root)) return []
  const tree = [root]
  for (const pid of tree) for (const process of table) if (process.parent === pid) tree.push(process.pid)
  return tree
}

/** Processes with a variable (`NAME=value`) in their environment, as it was at their start, that `matches`. Those that we may not look into are left out. */
export function processesWith(matches: (variable: string) => boolean): { pid: number; variable: string }[] {
  if (process.platform !== 'linux') return []
  return processes()
    .filter(({ pid }) => pid !== process.pid)
    .flatMap(({ pid }) => {
      try {
        const variable = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').find(matches)
        return variable === undefined ? [] : [{ pid, variable }]
      } catch {
        return []
      }
    })
}

/** Sends a signal; a process that has ended meanwhile is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
