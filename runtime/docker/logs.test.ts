import { describe, expect, test } from 'vitest'
import { FrameLines, Place } from './logs.ts'

const stamp = (fraction: string) => `2026-11-30T06:11:34.${fraction}Z `
const seconds = String(Date.parse('2026-11-30T06:11:34Z') / 1_000)
const frame = (fraction: string, text: string) => Buffer.from(stamp(fraction) + text)

describe('lines of frames', () => {
  test('have the time of their begin in digits that sort', () => {
    const lines = new FrameLines()
    expect(lines.take(1, frame('154779817', 'one two\n'))).toEqual([{ time: `${seconds}154779817`, text: 'one two' }])
    expect(lines.take(1, frame('2', '\n'))).toEqual([{ time: `${seconds}200000000`, text: '' }])
  })
  test('are put together from pieces, each stream for itself, characters too', () => {
    const lines = new FrameLines()
    const bytes = Buffer.from('grüße\n')
    expect(lines.take(1, Buffer.concat([Buffer.from(stamp('1')), bytes.subarray(0, 3)]))).toEqual([])
    expect(lines.take(2, frame('2', 'error\n'))).toMatchObject([{ text: 'error' }])
    expect(lines.take(1, Buffer.concat([Buffer.from(stamp('3')), bytes.subarray(3)]))).toEqual([
      { time: `${seconds}100000000`, text: 'grüße' },
    ])
    expect(lines.take(1, frame('4', 'no newline'))).toEqual([])
    expect(lines.end()).toMatchObject([{ text: 'no newline' }])
  })
  test('show a progress bar as a terminal does, and cut an endless line', () => {
    const lines = new FrameLines()
    expect(lines.take(2, frame('1', '10%\r20%\r100%\n'))).toMatchObject([{ text: '100%' }])
    expect(lines.take(1, frame('2', 'x'.repeat(70_000)))).toMatchObject([{ text: 'x'.repeat(65_536) }])
  })
})

describe('a place in a log', () => {
  const times = ['3', '3', '5', '4', '5', '6'].map((digit) => digit.repeat(19))
  test('goes up with each line, also where one comes late', () => {
    const place = new Place(undefined)
    const offsets = times.map((time) => place.pass(time) ?? '')
    expect(offsets).toEqual(offsets.toSorted())
    expect(new Set(offsets).size).toBe(offsets.length)
  })
  test('given back, what was read at that time is left out', () => {
    const before = new Place(undefined)
    const offsets = times.map((time) => before.pass(time) ?? '')
    const after = new Place(offsets[0])
    expect(after.start).toBe(times[0])
    expect(times.map((time) => after.pass(time))).toEqual([undefined, ...offsets.slice(1)])
    // The engine leaves out what is earlier.
    const later = new Place(offsets[4])
    expect(['5', '5', '6'].map((digit) => later.pass(digit.repeat(19)))).toEqual([undefined, undefined, offsets[5]])
  })
  test('that is none begins at the first line', () => {
    for (const from of ['', 'x', '12', `${'1'.repeat(19)}.000001.000001\n;`])
      expect(new Place(from).start).toBeUndefined()
  })
})
