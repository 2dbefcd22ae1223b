import { expect, test } from 'vitest'
import { Pace } from './pace.ts'

const limits = { rate: 1000, burst: 5000 }

test('what comes at once after a calm time passes without a wait', () => {
  const pace = new Pace(limits, 0)
  expect(pace.take(5000, 0)).toBe(0)
  expect(pace.take(500, 0)).toBe(500)
})

test('over a long time no more passes than the rate', () => {
  const pace = new Pace(limits, 0)
  let now = 0
  let passed = 0
  while (now < 100_000) {
    now += pace.take(700, now)
    passed += 700
  }
  expect(passed).toBeGreaterThan(100_000)
  expect(passed).toBeLessThan(107_000)
})

test('calm time does not add up beyond the burst', () => {
  const pace = new Pace(limits, 0)
  expect(pace.take(5000, 1_000_000)).toBe(0)
  expect(pace.take(1, 1_000_000)).toBe(1)
})

test('however much came, the wait is a second', () => {
  const pace = new Pace(limits, 0)
  expect(pace.take(1_000_000, 0)).toBe(1000)
  expect(pace.take(1, 2000)).toBe(0)
})
