import { expect, test } from 'vitest'
import { arrivals, steady, vertical } from './steady.ts'

test('under a pointer newcomers wait, what has gone leaves, and the next page follows', () => {
  expect(steady(['a', 'b', 'c'], ['new', 'b', 'a', 'd', 'e'])).toEqual(['a', 'b', 'd', 'e'])
  expect(steady(['a', 'b'], [])).toEqual([])
  expect(steady([], ['a', 'b'])).toEqual(['a', 'b'])
})

test('only what came in between fades in', () => {
  expect(arrivals(['a', 'b'], ['new', 'a', 'b', 'c'])).toEqual(new Set(['new']))
  expect(arrivals([], ['a', 'b'])).toEqual(new Set())
})

test('up and down go to the nearest card of the next row', () => {
  const grid = [
    { left: 0, top: 0 },
    { left: 600, top: 0 },
    { left: 0, top: 300 },
    { left: 300, top: 300 },
    { left: 600, top: 300 },
  ]
  expect(vertical(grid, 1, true)).toBe(4)
  expect(vertical(grid, 3, false)).toBe(0)
  expect(vertical(grid, 4, true)).toBeUndefined()
})
