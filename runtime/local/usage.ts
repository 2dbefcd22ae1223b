/** What processes use, read from /proc: for machines without control groups, and for the network, which those do not count. */
import { readFileSync } from 'node:fs'
import type { Usage } from '../runtime.ts'

/** Linux counts times for people in hundredths of a second, whatever its own clock (USER_HZ, proc_pid_stat(5)). */
const ticksASecond = 100
/** Bytes; the same on every machine that a platform's own binaries run on. */
const pageSize = 4096

/** The sum over processes. Time of those that have ended counts with the parent that waited for them. */
export function usageOf(pids: readonly number[]): Usage {
  const used = pids.map((pid) => parseUsage(read(`/proc/${pid}/stat`), read(`/proc/${pid}/statm`)))
  return {
    cpuSeconds: used.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    memory: used.reduce((sum, { memory }) => sum + memory, 0),
  }
}

/** /proc/PID/stat and statm → its own time with that of its ended children, and its memory without shared files (pure). */
export function parseUsage(stat: string, statm: string): Usage {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // utime, stime, cutime, cstime: the 14th to 17th field, of which the first two end with the bracket.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + (Number(field) || 0), 0)
  const [, resident = 0, shared = 0] = statm.split(' ').map((field) => Number(field) || 0)
  return { cpuSeconds: ticks / ticksASecond, memory: Math.max(0, resident - shared) * pageSize }
}

/** Bytes over the interfaces of a process's own network, its loopback left out; undefined where it has ended. */
export function networkOf(pid: number): NonNullable<Usage['network']> | undefined {
  const table = read(`/proc/${pid}/net/dev`)
  return table === '' ? undefined : parseNetwork(table)
}

/** /proc/PID/net/dev (pure). */
export function parseNetwork(table: string): NonNullable<Usage['network']> {
  let received = 0
  let sent = 0
  for (const line of table.split('\n')) {
    const [, name, counts = ''] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? []
    if (name === undefined || name === 'lo') continue
    const numbers = counts.trim().split(/\s+/).map(Number)
    received += numbers[0] ?? 0
    sent += numbers[8] ?? 0
  }
  return { received, sent }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
