import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brightness, shareOfOneColour } from './pixels.ts'

type Colour = readonly [number, number, number]

const chunk = (type: string, data: Buffer) => {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(data.length)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, data, Buffer.alloc(4)])
}

/** Row `y` is filtered by `filters[y % n]`, as the specification says it. */
function png(rows: readonly (readonly Colour[])[], filters: readonly number[] = [0]): Buffer {
  const width = rows[0]?.length ?? 0
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(rows.length, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const bytes = rows.map((row) => row.flat())
  const lines = bytes.map((row, y) => {
    const filter = filters[y % filters.length] ?? 0
    return [
      filter,
      ...row.map((value, i) => {
        const a = row[i - 3] ?? 0
        const b = bytes[y - 1]?.[i] ?? 0
        const c = i >= 3 ? (bytes[y - 1]?.[i - 3] ?? 0) : 0
        const p = a + b - c
        const near = [a, b, c].toSorted((one, other) => Math.abs(p - one) - Math.abs(p - other))[0] ?? 0
        return (value - ([0, a, b, Math.floor((a + b) / 2), near][filter] ?? 0)) & 0xff
      }),
    ]
  })
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(lines.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const white: Colour = [255, 255, 255]
const black: Colour = [0, 0, 0]

test('the share of one colour, whatever filters the rows have', () => {
  const rows = Array.from({ length: 10 }, (_, y) => Array.from({ length: 10 }, (_, x) => (x + y === 0 ? black : white)))
  for (const filter of [0, 1, 2, 3, 4]) expect(shareOfOneColour(png(rows, [filter]))).toBe(0.99)
  expect(shareOfOneColour(png([[white, black]]))).toBe(0.5)
})

test('brightness as the eye has it: green more than blue', () => {
  expect(brightness(png([[white, white]]))).toBeCloseTo(1)
  expect(brightness(png([[white, black]]))).toBeCloseTo(0.5)
  expect(brightness(png([[[0, 255, 0]]]))).toBeGreaterThan(brightness(png([[[0, 0, 255]]])))
})

test('a gradient is not one colour, a shade of noise is', () => {
  const gradient = [Array.from({ length: 256 }, (_, i): Colour => [i, i, i])]
  expect(shareOfOneColour(png(gradient))).toBeLessThan(0.05)
  expect(
    shareOfOneColour(
      png([
        [
          [248, 249, 250],
          [250, 248, 255],
        ],
      ]),
    ),
  ).toBe(1)
})

test('every picture of few colours is counted as it is', () => {
  const colour = fc.constantFrom<Colour>(white, black, [200, 16, 32])
  const rows = fc
    .integer({ min: 1, max: 8 })
    .chain((width) =>
      fc.array(fc.array(colour, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
    )
  fc.assert(
    fc.property(rows, fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1 }), (rows, filters) => {
      const all = rows.flat().map(String)
      const most = Math.max(...all.map((one) => all.filter((other) => other === one).length))
      expect(shareOfOneColour(png(rows, filters))).toBeCloseTo(most / all.length)
    }),
  )
})

test('what is no such picture is refused', () => {
  expect(() => shareOfOneColour(Buffer.from('GIF89a'))).toThrow('no PNG')
  const huge = png([[white]])
  huge.writeUInt32BE(1_000_000, 16)
  huge.writeUInt32BE(1_000_000, 20)
  expect(() => shareOfOneColour(huge)).toThrow('not read')
})
