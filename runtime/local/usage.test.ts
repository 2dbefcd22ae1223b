import { expect, test } from 'vitest'
import { parseNetwork, parseUsage, usageOf } from './usage.ts'

test('time and memory of a process whose name has brackets and blanks', () => {
  const stat = '42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 150 50 25 25 20 0 3 0 1000 1000000 300'
  expect(parseUsage(stat, '5000 300 100 1 0 200 0')).toEqual({ cpuSeconds: 2.5, memory: 200 * 4096 })
})

test('a process that has ended uses nothing', () => {
  expect(parseUsage('', '')).toEqual({ cpuSeconds: 0, memory: 0 })
  expect(usageOf([2 ** 30])).toEqual({ cpuSeconds: 0, memory: 0 })
})

test('the bytes of every interface but the loopback', () => {
  const table = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    9000      90    0    0    0     0          0         0     9000      90    0    0    0     0       0          0
  eth0:    1500      10    0    0    0     0          0         0      700       7    0    0    0     0       0          0
`
  expect(parseNetwork(table)).toEqual({ received: 1500, sent: 700 })
})

test.skipIf(process.platform !== 'linux')('this very process (left out: only Linux has /proc)', () => {
  const used = usageOf([process.pid])
  expect(used.cpuSeconds).toBeGreaterThan(0)
  expect(used.memory).toBeGreaterThan(1024 ** 2)
})
