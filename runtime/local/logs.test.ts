import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LogFile } from './logs.ts'

let folder: string
let path: string
const opened: LogFile[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plaza-log-'))
  path = join(folder, 'log')
  writeFileSync(path, '')
})
afterEach(() => {
  for (const log of opened.splice(0)) log.close()
  rmSync(folder, { recursive: true })
})

function open(limit?: number): LogFile {
  const log = new LogFile(path, limit)
  opened.push(log)
  return log
}
async function read(log: LogFile, from?: string, count = Infinity) {
  const lines: { text: string; offset: string; timestamp: Date }[] = []
  for await (const line of log.lines(from, AbortSignal.timeout(3_000))) if (lines.push(line) >= count) break
  return lines
}
const texts = (lines: { text: string }[]) => lines.map(({ text }) => text)

describe('a log', () => {
  test('is followed while it grows, and ends with the app', async () => {
    const log = open()
    log.follow()
    appendFileSync(path, 'one\ntw')
    const reading = read(log)
    await log.look()
    appendFileSync(path, 'o\nlast without newline')
    await log.end()
    expect(texts(await reading)).toEqual(['one', 'two', 'last without newline'])
  })
  test('goes on after an offset, also in the next platform, with the times of the first', async () => {
    const before = open()
    appendFileSync(path, 'one\n')
    await before.look()
    const [first] = await read(before, undefined, 1)
    before.close()
    appendFileSync(path, 'two\n')
    const after = open()
    await after.end()
    const all = await read(after)
    expect(texts(all)).toEqual(['one', 'two'])
    expect(all[0]?.timestamp).toEqual(first?.timestamp)
    expect(texts(await read(after, first?.offset))).toEqual(['two'])
  })
  test('tells who reads it too slowly what is missing', async () => {
    const log = open(4_000)
    appendFileSync(path, `${'a'.repeat(99)}\n`)
    await log.look()
    const [first] = await read(log, undefined, 1)
    appendFileSync(path, `${'b'.repeat(99)}\n`.repeat(100))
    await log.end()
    const [missing, next] = await read(log, first?.offset, 2)
    expect(missing?.text).toBe('(8 KB that were printed here are no longer kept.)')
    expect(next?.text).toBe('b'.repeat(99))
    expect(texts(await read(log, missing?.offset, 1))).toEqual(['b'.repeat(99)])
  })
  test('is cut while the app holds it open: the newest stays, offsets too, and disk is freed', async () => {
    const limit = 400_000
    const log = open(limit)
    const app = openSync(path, 'a')
    const line = (number: number) => `${String(number).padStart(99, '0')}\n`
    const offsets: string[] = []
    for (let round = 0; round < 10; round++) {
      writeSync(app, Array.from({ length: 1_000 }, (_, index) => line(round * 1_000 + index)).join(''))
      await log.look()
    }
    closeSync(app)
    await log.end()
    const lines = await read(log)
    const numbers = lines.map(({ text }) => Number(text))
    expect(numbers.at(-1)).toBe(9_999)
    expect(numbers.length * 100).toBeGreaterThanOrEqual(limit / 2 - 100)
    expect(numbers.length * 100).toBeLessThanOrEqual(limit)
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index))
    expect(lines[0]?.offset).toBe(String(((numbers[0] ?? 0) + 1) * 100).padStart(15, '0'))
    offsets.push(...lines.map(({ offset }) => offset))
    expect(offsets).toEqual(offsets.toSorted())
    expect(statSync(path).blocks * 512).toBeLessThanOrEqual(limit + 8_192)
    // The next platform sees the same.
    expect(texts(await read(open(limit), undefined, 1))).toEqual([lines[0]?.text])
  })
  test('goes on when the app truncates it', async () => {
    const log = open()
    appendFileSync(path, 'before\n')
    await log.look()
    const [first] = await read(log, undefined, 1)
    truncateSync(path)
    await log.look()
    appendFileSync(path, 'after\n')
    await log.end()
    expect(texts(await read(log, first?.offset))).toEqual(['after'])
  })
  test('an offset that is none begins at the first line', async () => {
    const log = open()
    appendFileSync(path, 'one\n')
    await log.end()
    expect(texts(await read(log, 'x'))).toEqual(['one'])
    expect(texts(await read(log, '-5'))).toEqual(['one'])
  })
})
