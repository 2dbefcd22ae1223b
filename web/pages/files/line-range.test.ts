import { expect, test } from 'vitest'
import { extended, hashOf, rangeOf } from './line-range.ts'

test.for([
  ['#L10', { from: 10, to: 10 }],
  ['#L10-L20', { from: 10, to: 20 }],
  ['#L10-20', { from: 10, to: 20 }],
  ['#L20-L10', { from: 10, to: 20 }],
  ['#L0', undefined],
  ['#Lines', undefined],
  ['', undefined],
  ['#L99999999999', undefined],
] as const)('%j means %j', ([hash, range]) => {
  expect(rangeOf(hash)).toEqual(range)
})

test('a range and its address say the same', () => {
  for (const range of [
    { from: 1, to: 1 },
    { from: 3, to: 9 },
  ])
    expect(rangeOf(hashOf(range))).toEqual(range)
})

test('Shift reaches from the first chosen line, up or down', () => {
  expect(extended(undefined, 5, true)).toEqual({ from: 5, to: 5 })
  expect(extended({ from: 5, to: 5 }, 9, true)).toEqual({ from: 5, to: 9 })
  expect(extended({ from: 5, to: 9 }, 2, true)).toEqual({ from: 2, to: 5 })
  expect(extended({ from: 5, to: 9 }, 7, false)).toEqual({ from: 7, to: 7 })
})
