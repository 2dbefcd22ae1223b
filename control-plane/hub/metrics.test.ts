import { expect, test } from 'vitest'
import { metricsOf } from './metrics.ts'

const limits = { cpu: 2, memory: 1000 }
const nobody = { limits, requests: 0, websockets: 0, watching: 1 }
const sample = (workload: string, at: number, cpuSeconds: number, received = 0) => ({
  workload,
  at,
  usage: { cpuSeconds, memory: 400, network: { received, sent: 2 * received } },
})

test('half of two cores for a second is 50 %', () => {
  const seen = metricsOf({ ...nobody, before: sample('w', 1000, 5, 100), now: sample('w', 2000, 6, 600) })
  expect(seen).toMatchObject({ cpu_usage_pct: 50, cpu_millicores: 2000, memory_used_bytes: 400 })
  expect(seen).toMatchObject({ memory_total_bytes: 1000, rx_bps: 500, tx_bps: 1000, replica: 'w', people: 1 })
})

test('the first sample, and the first of another run, tell no rate', () => {
  expect(metricsOf({ ...nobody, before: undefined, now: sample('w', 1, 5) }).cpu_usage_pct).toBe(0)
  const other = metricsOf({ ...nobody, before: sample('v', 1000, 1), now: sample('w', 2000, 9) })
  expect(other).toMatchObject({ cpu_usage_pct: 0, memory_used_bytes: 400 })
})

test('nothing runs: nothing is used, and nothing is there to be used', () => {
  const seen = metricsOf({ ...nobody, before: sample('w', 1000, 1), now: undefined, requests: 1, websockets: 3 })
  expect(seen).toMatchObject({ cpu_usage_pct: 0, cpu_millicores: 0, memory_total_bytes: 0, replica: '', people: 4 })
})
