import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lastEntry, type LogEntry, LogFile } from './log-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'plaza-log-'))
})
afterEach(async () => await rm(folder, { recursive: true }))

const entry = (data: string, origin?: string): LogEntry => ({
  timestamp: '2026-01-01T00:00:00.000Z',
  data,
  ...(origin === undefined ? {} : { origin }),
})

async function collect(lines: AsyncGenerator<LogEntry>, until: number = Infinity): Promise<string[]> {
  const seen: string[] = []
  for await (const line of lines) {
    seen.push(line.data)
    if (seen.length >= until) break
  }
  return seen
}

test('who comes late reads everything from the first line, then what comes, until the end', async () => {
  const log = new LogFile(path.join(folder, 'a'))
  log.append(entry('one'))
  log.append(entry('two'))
  const late = collect(log.follow(new AbortController().signal))
  log.append(entry('three ü'))
  await log.end()
  expect(await late).toEqual(['one', 'two', 'three ü'])
})

test('who comes before the first line waits for it', async () => {
  const log = new LogFile(path.join(folder, 'a'))
  const early = collect(log.follow(new AbortController().signal), 1)
  log.append(entry('first'))
  expect(await early).toEqual(['first'])
  await log.end()
})

test('a follower ends with its signal', async () => {
  const log = new LogFile(path.join(folder, 'a'))
  const abort = new AbortController()
  const following = collect(log.follow(abort.signal))
  abort.abort()
  expect(await following).toEqual([])
})

test('half a line that a crash left is dropped, and the log goes on behind the whole ones', async () => {
  const place = path.join(folder, 'a')
  const before = new LogFile(place)
  before.append(entry('whole', '10'))
  await before.end()
  await appendFile(place, '{"timestamp":"2026-01-01T00:0')
  expect(await lastEntry(place)).toMatchObject({ data: 'whole', origin: '10' })
  const after = new LogFile(place)
  after.append(entry('next'))
  await after.end()
  expect(await collect(LogFile.ended(place).follow(new AbortController().signal))).toEqual(['whole', 'next'])
})

test('a text of any length arrives whole', async () => {
  const log = new LogFile(path.join(folder, 'a'))
  const text = '"\u0000ü'.repeat(500_000)
  log.append(entry(text))
  await log.end()
  const parts = await collect(LogFile.ended(log.place).follow(new AbortController().signal))
  expect(parts.join('') === text).toBe(true)
})

test('a log that grows too large keeps its newest part', async () => {
  const place = path.join(folder, 'a')
  const log = new LogFile(place)
  const long = 'x'.repeat(60_000)
  for (let n = 0; n < 400; n++) log.append(entry(`${n} ${long}`))
  await log.end()
  const kept = await collect(LogFile.ended(place).follow(new AbortController().signal))
  expect(kept.at(-1)?.startsWith('399 ')).toBe(true)
  expect(kept.length).toBeLessThan(400)
  expect((await readFile(place)).length).toBeLessThan(10 * 1024 * 1024)
})
