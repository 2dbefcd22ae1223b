/** Pixels of a PNG as Chromium writes it: 8 bits a channel, RGB or RGBA, not interlaced (pure). */
import { inflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** Pixels; the file may be a stranger's. */
const most = 2_000_000

/** Share of the most frequent colour, 0 to 1; shades too close for an eye count as one. @throws Error for another kind of file. */
export function shareOfOneColour(png: Buffer): number {
  const { pixels, channels, count } = decode(png)
  const counts = new Map<number, number>()
  let largest = 0
  for (let at = 0; at < pixels.length; at += channels) {
    // Five bits a channel.
    const colour = (shade(pixels, at) << 10) | (shade(pixels, at + 1) << 5) | shade(pixels, at + 2)
    const n = (counts.get(colour) ?? 0) + 1
    counts.set(colour, n)
    if (n > largest) largest = n
  }
  return largest / count
}

/** The mean over all pixels, 0 for black to 1 for white. @throws Error for another kind of file. */
export function brightness(png: Buffer): number {
  const { pixels, channels, count } = decode(png)
  let sum = 0
  for (let at = 0; at < pixels.length; at += channels) {
    // Rec. 709: what the eye makes of the three.
    sum += 0.2126 * (pixels[at] ?? 0) + 0.7152 * (pixels[at + 1] ?? 0) + 0.0722 * (pixels[at + 2] ?? 0)
  }
  return sum / count / 255
}

const shade = (pixels: Buffer, at: number) => (pixels[at] ?? 0) >> 3

function decode(png: Buffer): { pixels: Buffer; channels: number; count: number } {
  if (!png.subarray(0, 8).equals(signature) || png.length < 33) throw new Error('This is no PNG.')
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const [depth, type, interlaced] = [png[24], png[25], png[28]]
  const channels = type === 2 ? 3 : type === 6 ? 4 : 0
  const count = width * height
  if (depth !== 8 || channels === 0 || interlaced !== 0 || count === 0 || count > most) {
    throw new Error(`A PNG of ${width}×${height} with ${depth} bits of type ${type} is not read here.`)
  }
  const stride = width * channels
  const raw = inflateSync(Buffer.concat(chunks(png)), { maxOutputLength: (stride + 1) * height })
  if (raw.length !== (stride + 1) * height) throw new Error('This PNG is cut short.')
  const pixels = Buffer.alloc(stride * height)
  for (let row = 0; row < height; row++) unfilter(raw, row, pixels, stride, channels)
  return { pixels, channels, count }
}

function chunks(png: Buffer): Buffer[] {
  const found: Buffer[] = []
  let at = 8
  while (at + 12 <= png.length) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') found.push(png.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  return found
}

/** PNG specification, 9: each row says how it was filtered: none, sub, up, average, Paeth. */
function unfilter(raw: Buffer, row: number, pixels: Buffer, stride: number, channels: number): void {
  const filter = raw[row * (stride + 1)]
  const from = row * (stride + 1) + 1
  const to = row * stride
  for (let i = 0; i < stride; i++) {
    const left = i >= channels ? (pixels[to + i - channels] ?? 0) : 0
    const up = row > 0 ? (pixels[to + i - stride] ?? 0) : 0
    const corner = row > 0 && i >= channels ? (pixels[to + i - stride - channels] ?? 0) : 0
    const value = raw[from + i] ?? 0
    pixels[to + i] = (value + predicted(filter ?? 0, left, up, corner)) & 0xff
  }
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0
    case 1:
      return left
    case 2:
      return up
    case 3:
      return (left + up) >> 1
    case 4: {
      const guess = left + up - corner
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
      return a <= b && a <= c ? left : b <= c ? up : corner
    }
    default:
      throw new Error(`A PNG has no filter ${filter}.`)
  }
}
