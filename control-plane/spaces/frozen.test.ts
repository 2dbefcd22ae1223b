import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beyond, type Sleeper } from './frozen.ts'

const sleeper = (name: string, memory: number, minute: number): Sleeper => ({
  workloadId: name,
  spaceId: name,
  memory,
  since: new Date(Date.UTC(2026, 0, 1, 12, minute)),
})
const names = (sleepers: readonly Sleeper[]) => sleepers.map(({ workloadId }) => workloadId)

test('the longest asleep leave first', () => {
  const all = [sleeper('noon', 100, 0), sleeper('later', 100, 5), sleeper('last', 100, 9)]
  expect(names(beyond(all, 200))).toEqual(['noon'])
  expect(names(beyond(all, 300))).toEqual([])
  expect(names(beyond(all, 0))).toEqual(['last', 'later', 'noon'])
})

test('one that alone is too large does not stay', () => {
  expect(names(beyond([sleeper('large', 500, 0)], 400))).toEqual(['large'])
})

test('whoever stays fits, and nobody leaves whose memory would have fitted after those who fell asleep later', () => {
  const sleepers = fc.array(fc.record({ memory: fc.nat(1000), minute: fc.nat(50) }), { maxLength: 20 })
  fc.assert(
    fc.property(sleepers, fc.nat(5000), (list, budget) => {
      const all = list.map(({ memory, minute }, index) => sleeper(String(index), memory, minute))
      const out = new Set(names(beyond(all, budget)))
      const staying = all.filter(({ workloadId }) => !out.has(workloadId))
      expect(staying.reduce((sum, { memory }) => sum + memory, 0)).toBeLessThanOrEqual(budget)
      for (const one of all.filter(({ workloadId }) => out.has(workloadId))) {
        const since = all.filter(({ since }) => since >= one.since)
        expect(since.reduce((sum, { memory }) => sum + memory, 0)).toBeGreaterThan(budget)
      }
    }),
  )
})
