import { array, assert, date, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { heatOf, trendingScore } from './ranking.ts'

const week = 7 * 24 * 3600 * 1000
const born = new Date('2026-03-01T00:00:00Z')
const after = (weeks: number) => new Date(born.getTime() + weeks * week)

test('a new Space is worth one like, a week later half of one', () => {
  expect(trendingScore(heatOf(born, []), born)).toBe(1)
  expect(trendingScore(heatOf(born, []), after(1))).toBe(0.5)
  expect(trendingScore(heatOf(born, [after(1), after(1)]), after(1))).toBe(2.5)
})

test('what is liked now passes what was liked more, long ago', () => {
  const old = heatOf(
    born,
    Array.from({ length: 50 }, () => born),
  )
  expect(heatOf(born, [after(10)])).toBeGreaterThan(old)
  expect(heatOf(born, [after(1)])).toBeLessThan(old)
})

const moment = date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })

test('a like always raises it, whenever it came, and their order does not matter', () => {
  assert(
    property(moment, array(moment, { maxLength: 30 }), integer({ min: 0, max: 40 }), (created, likes, weeks) => {
      const last = Math.max(created.getTime(), ...likes.map(Number))
      const liked = new Date(last - Math.min(weeks, 20) * week)
      expect(heatOf(created, [...likes, liked])).toBeGreaterThan(heatOf(created, likes))
      expect(heatOf(created, likes.toReversed())).toBeCloseTo(heatOf(created, likes), 9)
    }),
  )
})
