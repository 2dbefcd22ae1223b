import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CommitLine, commitLines } from './commit-lines.ts'

async function* inPieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const limits = { line: 1_000_000, content: 2_000_000, total: 10_000_000 }
const read = async (text: string, size = 5, more: Partial<typeof limits> = {}) =>
  await Array.fromAsync(commitLines(inPieces(text, size), { ...limits, ...more }))

/** The bytes of a file line, whichever way they came. */
function bytesOf({ value, content }: CommitLine): Buffer {
  return content
    ? Buffer.concat(content)
    : Buffer.from((value as { value: { content: string } }).value.content, 'base64')
}
const fileLine = (path: string, bytes: Buffer, isContentFirst: boolean) => {
  const content = { content: bytes.toString('base64') }
  return JSON.stringify({ key: 'file', value: isContentFirst ? { ...content, path } : { path, ...content } })
}

describe('the lines of a commit', () => {
  test('give every value back, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.string(), value: fc.string({ unit: 'binary' }) }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        async (values, size, hasEnd) => {
          const text = values.map((value) => JSON.stringify(value)).join('\n') + (hasEnd ? '\n' : '')
          const lines = await read(text, size)
          expect(lines.map((line) => line.value)).toEqual(JSON.parse(JSON.stringify(values)))
        },
      ),
      { numRuns: 100 },
    )
  })

  test('give the bytes of long and short files, whatever stands before and behind them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ path: fc.string(), size: fc.integer({ min: 0, max: 500_000 }), isContentFirst: fc.boolean() }),
          {
            maxLength: 4,
          },
        ),
        fc.integer({ min: 1000, max: 400_000 }),
        async (files, size) => {
          const sent = files.map((file) => ({ ...file, bytes: randomBytes(file.size) }))
          const text = sent.map((file) => fileLine(file.path, file.bytes, file.isContentFirst)).join('\n')
          const lines = await read(text, size)
          expect(lines.map((line) => (line.value as { value: { path: string } }).value.path)).toEqual(
            files.map((file) => file.path),
          )
          lines.forEach((line, index) => {
            expect(bytesOf(line).equals(sent[index]?.bytes ?? Buffer.alloc(0))).toBe(true)
          })
        },
      ),
      { numRuns: 30 },
    )
  })

  test('take a path that looks like a content for what it is', async () => {
    const path = '{"content": "x"} '.repeat(10)
    const [line] = await read(fileLine(path, randomBytes(400_000), false), 10_000)
    expect(line?.value).toEqual({ key: 'file', value: { path, content: '' } })
    expect(line?.content).toBeDefined()
  })

  test('may be blank, and the one that is no JSON is named', async () => {
    expect(await read('{}\r\n\n  \n[]')).toEqual([{ value: {} }, { value: [] }])
    await expect(read('{}\n{}\n{"a')).rejects.toMatchObject({ code: 'bad_request', message: 'Line 3 is not JSON.' })
    const broken = fileLine('x', randomBytes(400_000), false).slice(0, -10)
    await expect(read(`{}\n${broken}`, 10_000)).rejects.toMatchObject({ message: 'Line 2 is not JSON.' })
  })

  test.each([
    ['a line end', '\\n'],
    ['padding in the middle', '===='],
    ['another alphabet', '!!!!'],
    ['a character too many', 'A'],
  ])('refuse a long content with %s', async (_name, wrong) => {
    const good = randomBytes(300_000).toString('base64')
    const line = `{"key":"file","value":{"content":"${good}${wrong}${wrong === 'A' ? '' : good}"}}`
    await expect(read(line, 10_000)).rejects.toMatchObject({ code: 'unprocessable' })
  })

  test('are refused when they are too long, before they have come', async () => {
    let taken = 0
    async function* endless(start: string): AsyncGenerator<Buffer> {
      yield Buffer.from(start)
      for (taken = 0; taken < 100_000_000; taken += 10_000) yield Buffer.alloc(10_000, 'A')
    }
    const refused = { code: 'payload_too_large', message: expect.stringContaining('ine 1') }
    await expect(Array.fromAsync(commitLines(endless('x'), limits))).rejects.toMatchObject(refused)
    expect(taken).toBeLessThan(1_100_000)
    await expect(Array.fromAsync(commitLines(endless('{"content":"'), limits))).rejects.toMatchObject(refused)
    expect(taken).toBeLessThan(3_000_000)
    await expect(read('{}\n'.repeat(100), 10, { total: 200 })).rejects.toMatchObject({ code: 'payload_too_large' })
  })
})
