import { expect, test } from 'vitest'
import { countedHere, cpuSecondsIn, inactiveFilesIn, networkIn, placesIn } from './kernel-counts.ts'

test('where both versions of cgroups keep what they count', () => {
  const first = '8:pids:/docker/a\n4:memory:/docker/a\n2:cpu,cpuacct:/docker/a\n0::/docker/a\n'
  expect(placesIn(first)).toEqual({
    used: '/sys/fs/cgroup/memory/docker/a/memory.usage_in_bytes',
    peak: '/sys/fs/cgroup/memory/docker/a/memory.max_usage_in_bytes',
    memoryStat: '/sys/fs/cgroup/memory/docker/a/memory.stat',
    cpu: '/sys/fs/cgroup/cpuacct/docker/a/cpuacct.usage',
    processes: '/sys/fs/cgroup/pids/docker/a/pids.current',
  })
  expect(placesIn('0::/system.slice/docker-a.scope\n')).toMatchObject({
    used: '/sys/fs/cgroup/system.slice/docker-a.scope/memory.current',
    cpu: '/sys/fs/cgroup/system.slice/docker-a.scope/cpu.stat',
  })
  expect(placesIn('')).toEqual({})
})
test('their numbers', () => {
  expect(cpuSecondsIn('2500000000\n')).toBe(2.5)
  expect(cpuSecondsIn('usage_usec 2500000\nuser_usec 1\n')).toBe(2.5)
  expect(inactiveFilesIn('inactive_file 1\ntotal_inactive_file 300\n')).toBe(300)
  expect(inactiveFilesIn('anon 5\ninactive_file 4\n')).toBe(4)
  const table = `Inter-|   Receive                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes
    lo:     999      10    0    0    0     0          0         0     999      10    0    0    0     0       0          0
  eth0:    1000      11    0    0    0     0          0         0     200       5    0    0    0     0       0          0
`
  expect(networkIn(table)).toEqual({ received: 1000, sent: 200 })
})
test('of a process that is not there, nothing', async () => {
  expect(await countedHere(2 ** 30)).toBeUndefined()
})
