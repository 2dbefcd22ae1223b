/**
 * What a container on this machine uses, from the kernel's own files: engines count once a second, and whoever asks them
 * waits for that.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Counted } from './usage.ts'

const root = '/sys/fs/cgroup'

/** @param pid the container's process 1. Undefined where the files are not to be found: the engine must be asked. */
export async function countedHere(pid: number): Promise<Counted | undefined> {
  try {
    const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8')
    const of = placesIn(groups)
    const number = async (file: string | undefined): Promise<number> => Number(await readFile(file ?? '', 'utf8'))
    const [used, peak, stat, cpu, processes, networks] = await Promise.all([
      number(of.used),
      number(of.peak).catch(() => undefined),
      readFile(of.memoryStat ?? '', 'utf8'),
      readFile(of.cpu ?? '', 'utf8'),
      number(of.processes),
      readFile(`/proc/${pid}/net/dev`, 'utf8'),
    ])
    return {
      cpuSeconds: cpuSecondsIn(cpu),
      memory: Math.max(0, used - inactiveFilesIn(stat)),
      // Without the one that reaps.
      processes: Math.max(0, processes - 1),
      network: networkIn(networks),
      ...(peak === undefined ? {} : { peak }),
    }
  } catch {
    return undefined
  }
}

type Places = Partial<Record<'used' | 'peak' | 'memoryStat' | 'cpu' | 'processes', string>>

/** From /proc/PID/cgroup; version 1 has a line a controller, version 2 one that names none. Exported for tests (pure). */
export function placesIn(text: string): Places {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line))
  const folderOf = (controller: string) => {
    const path = lines.find((line) => line?.[1]?.split(',').includes(controller))?.[2]
    return path === undefined ? undefined : join(root, controller, path)
  }
  const memory = folderOf('memory')
  if (memory !== undefined) {
    const [cpu = '', pids = ''] = ['cpuacct', 'pids'].map(folderOf)
    return {
      used: join(memory, 'memory.usage_in_bytes'),
      peak: join(memory, 'memory.max_usage_in_bytes'),
      memoryStat: join(memory, 'memory.stat'),
      cpu: join(cpu, 'cpuacct.usage'),
      processes: join(pids, 'pids.current'),
    }
  }
  const path = lines.find((line) => line?.[1] === '')?.[2]
  if (path === undefined) return {}
  const group = join(root, path)
  return {
    used: join(group, 'memory.current'),
    peak: join(group, 'memory.peak'),
    memoryStat: join(group, 'memory.stat'),
    cpu: join(group, 'cpu.stat'),
    processes: join(group, 'pids.current'),
  }
}

/** Version 1 counts nanoseconds, version 2 says `usage_usec`. Exported for tests (pure). */
export function cpuSecondsIn(text: string): number {
  const microseconds = /^usage_usec (\d+)$/m.exec(text)?.[1]
  return microseconds === undefined ? Number(text) / 1e9 : Number(microseconds) / 1e6
}

/** Version 1 has numbers of the group alone and, with `total_`, of all below it. Exported for tests (pure). */
export function inactiveFilesIn(text: string): number {
  return Number((/^total_inactive_file (\d+)$/m.exec(text) ?? /^inactive_file (\d+)$/m.exec(text))?.[1] ?? 0)
}

/** From /proc/PID/net/dev, loopback left out. Exported for tests (pure). */
export function networkIn(text: string): { received: number; sent: number } {
  const interfaces = text.split('\n').flatMap((line) => {
    const [, name, counts] = /^\s*([^\s:]+):(.*)$/.exec(line) ?? []
    const fields = counts?.trim().split(/\s+/).map(Number)
    return fields === undefined || name === 'lo' ? [] : [{ received: fields[0] ?? 0, sent: fields[8] ?? 0 }]
  })
  return {
    received: interfaces.reduce((sum, { received }) => sum + received, 0),
    sent: interfaces.reduce((sum, { sent }) => sum + sent, 0),
  }
}
