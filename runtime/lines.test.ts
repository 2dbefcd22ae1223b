import { describe, expect, test } from 'vitest'
import { splitLines } from './lines.ts'

describe('lines', () => {
  test('as a terminal shows a progress bar', () => {
    expect(splitLines(Buffer.from('10%\r20%\r100%\nwindows\r\n'), false).lines.map(({ text }) => text)).toEqual([
      '100%',
      'windows',
    ])
  })
  test('a part of one waits for the rest; an endless one is cut', () => {
    expect(splitLines(Buffer.from('part'), false)).toEqual({ lines: [], used: 0 })
    expect(splitLines(Buffer.from('part'), true)).toMatchObject({ lines: [{ text: 'part', end: 4 }], used: 4 })
    expect(splitLines(Buffer.alloc(100_000, 'x'), false).used).toBe(64 * 1024)
  })
})
