import { expect, test } from 'vitest'
import { matches, split } from './palette-match.ts'

test('a command answers to the beginnings of its words', () => {
  expect(matches('Open the log', 'lo')).toBe(true)
  expect(matches('Open the log', 'op lo')).toBe(true)
  expect(matches('Open the log', 'og')).toBe(false)
  expect(matches('Open the log', '')).toBe(true)
})

test('the hit is marked where it stands', () => {
  expect(split('Blackbird census', 'BIRD cen')).toEqual(['Black', 'bird', ' census'])
  expect(split('Blackbird', 'x')).toEqual(['Blackbird', '', ''])
})
