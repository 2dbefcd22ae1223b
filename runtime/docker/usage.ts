/** What the engine counts of a container → what a workload uses. Pure. */
import type { ContainerStats } from 'dockerode'
import type { Usage } from '../runtime.ts'

/** `peak`: bytes that it used at most, which cgroup version 1 alone tells. */
export type Counted = Usage & { peak?: number }

/** Undefined for a container that does not run: the engine answers with nothing in it. */
export function countedOf(stats: ContainerStats): Counted | undefined {
  const used = stats.memory_stats.usage as number | undefined
  const total = stats.cpu_stats.cpu_usage.total_usage
  if (used === undefined) return undefined
  const files: Partial<Record<string, number>> = { ...stats.memory_stats.stats }
  // Version 1 has numbers of the group alone and, with `total_`, of all below it.
  const inactive = files['total_inactive_file'] ?? files['inactive_file'] ?? 0
  const networks = Object.values((stats.networks as ContainerStats['networks'] | undefined) ?? {})
  const peak = stats.memory_stats.max_usage as number | undefined
  return {
    cpuSeconds: total / 1e9,
    memory: Math.max(0, used - inactive),
    network: {
      received: networks.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
      sent: networks.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
    },
    // Without the one that reaps.
    processes: Math.max(0, (stats.pids_stats?.current ?? 1) - 1),
    ...(peak === undefined || peak === 0 ? {} : { peak }),
  }
}

export function sumOf(all: readonly Usage[]): Usage | undefined {
  const [first, ...rest] = all
  if (first === undefined) return undefined
  return rest.reduce(
    (sum, one) => ({
      ...sum,
      cpuSeconds: sum.cpuSeconds + one.cpuSeconds,
      memory: sum.memory + one.memory,
      processes: (sum.processes ?? 0) + (one.processes ?? 0),
      network: {
        received: (sum.network?.received ?? 0) + (one.network?.received ?? 0),
        sent: (sum.network?.sent ?? 0) + (one.network?.sent ?? 0),
      },
    }),
    first,
  )
}
