import { expect, test } from 'vitest'
import { size, sizeOf } from './size.ts'

test('bytes in three digits', () => {
  expect([0, 900, 1024, 412 * 1024, 1.14 * 1024 ** 3, 16 * 1024 ** 3].map(size)).toEqual([
    '0 B',
    '900 B',
    '1 kB',
    '412 kB',
    '1.1 GB',
    '16 GB',
  ])
})

test('a part of a whole names a common unit once', () => {
  expect(sizeOf(1.1 * 1024 ** 3, 16 * 1024 ** 3)).toBe('1.1 of 16 GB')
  expect(sizeOf(45 * 1024 ** 2, 16 * 1024 ** 3)).toBe('45 MB of 16 GB')
})
