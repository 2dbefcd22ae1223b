import { expect, test } from 'vitest'
import { isDue } from './disk.ts'

const mebibyte = 1024 ** 2
const before = { limit: 1000 * mebibyte, used: 200 * mebibyte, free: 5000 * mebibyte, lookedAt: 1_000 }

test('a container is looked at when the disk lost a good part of what it has left', () => {
  expect(isDue(before, 4999 * mebibyte, 2_000)).toBe(false)
  expect(isDue(before, 4801 * mebibyte, 2_000)).toBe(false)
  expect(isDue(before, 4800 * mebibyte, 2_000)).toBe(true)
  expect(isDue({ ...before, used: 999 * mebibyte }, 4999 * mebibyte, 2_000)).toBe(true)
  expect(isDue(before, 6000 * mebibyte, 2_000)).toBe(false)
})
test('at first, and once in a while, it is looked at whatever the disk says', () => {
  expect(isDue({ ...before, lookedAt: 0 }, 6000 * mebibyte, 1)).toBe(true)
  expect(isDue(before, 6000 * mebibyte, 31_000)).toBe(true)
})
