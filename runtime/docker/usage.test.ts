import type { ContainerStats } from 'dockerode'
import { expect, test } from 'vitest'
import { countedOf, sumOf } from './usage.ts'

const stats = (memory: object, networks?: object) =>
  ({
    cpu_stats: { cpu_usage: { total_usage: 2_500_000_000 } },
    memory_stats: memory,
    pids_stats: { current: 5 },
    networks,
  }) as unknown as ContainerStats

test('memory without the files that the kernel merely keeps, in both versions of cgroups', () => {
  const first = { usage: 1000, max_usage: 4000, stats: { total_inactive_file: 300, inactive_file: 1 } }
  expect(countedOf(stats(first))).toMatchObject({ memory: 700, peak: 4000, cpuSeconds: 2.5, processes: 4 })
  const second = countedOf(stats({ usage: 1000, stats: { inactive_file: 400 } }))
  expect(second).toMatchObject({ memory: 600 })
  expect(second).not.toHaveProperty('peak')
})
test('nothing of a container that does not run', () => {
  expect(countedOf(stats({}))).toBeUndefined()
})
test('replicas are counted together, over all their networks', () => {
  const one = countedOf(
    stats({ usage: 10, stats: {} }, { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 3, tx_bytes: 4 } }),
  )
  expect(one?.network).toEqual({ received: 4, sent: 6 })
  const all = one === undefined ? [] : [{ ...one, pid: 7 }, one]
  expect(sumOf(all)).toMatchObject({
    memory: 20,
    cpuSeconds: 5,
    processes: 8,
    pid: 7,
    network: { received: 8, sent: 12 },
  })
  expect(sumOf([])).toBeUndefined()
})
