import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendLog, emptyLog, type Findings, kindOf, plainText, searchLog, type LogText } from './log-text.ts'

const texts = (log: LogText) => log.blocks.flat().map(({ text }) => text)
const chunk = (data: string, timestamp = 't') => ({ timestamp, data })

test('a line that comes in pieces is one line, with the time of its first piece', () => {
  const log = appendLog(emptyLog, [chunk('Down', '1'), chunk('loading', '2'), chunk(' torch\nnext\n', '3')])
  expect(log.blocks.flat()).toEqual([
    { number: 0, at: '1', text: 'Downloading torch' },
    { number: 1, at: '3', text: 'next' },
  ])
})

test('empty lines stay', () => {
  expect(texts(appendLog(emptyLog, [chunk('a\n\nb\n')]))).toEqual(['a', '', 'b'])
})

test('a progress line that overwrites itself shows only its last state', () => {
  const log = appendLog(emptyLog, [chunk('10 %\r50 %\r'), chunk('100 %\n'), chunk('windows line\r\n')])
  expect(texts(log)).toEqual(['100 %', 'windows line'])
})

test('however the text is cut into chunks, the lines are the same', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '\n', 'word\n', '\n\n')), fc.array(fc.nat(40)), (parts, cuts) => {
      const whole = parts.join('')
      const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((one, other) => one - other)
      const pieces = [0, ...places].map((from, place) => chunk(whole.slice(from, places[place] ?? whole.length)))
      const step = pieces.reduce((log, piece) => appendLog(log, [piece]), emptyLog)
      const lines = whole.split('\n')
      if (lines.at(-1) === '') lines.pop()
      expect(texts(step)).toEqual(lines)
      expect(step.count).toBe(lines.length)
    }),
  )
})

test('a full block is never changed again', () => {
  const many = appendLog(emptyLog, [chunk('line\n'.repeat(450))])
  const more = appendLog(many, [chunk('one more\n')])
  expect(many.blocks.map((block) => block.length)).toEqual([200, 200, 50])
  expect(more.blocks[0]).toBe(many.blocks[0])
  expect(more.blocks[1]).toBe(many.blocks[1])
  expect(many.count).toBe(450)
})

test('a log that goes on for ever keeps its end, counts all, and begins with a whole block', () => {
  let log = emptyLog
  for (let round = 0; round < 9; round++) log = appendLog(log, [chunk('line\n'.repeat(150))], 3)
  expect(log.blocks.map((block) => block.length)).toEqual([200, 200, 150])
  expect(log).toMatchObject({ count: 1350, dropped: 800 })
  expect(log.blocks[0]?.[0]?.number).toBe(800)
  expect(log.blocks.at(-1)?.at(-1)?.number).toBe(1349)
})

test('a line that never ends is shown in pieces', () => {
  let log = emptyLog
  for (let round = 0; round < 10; round++) log = appendLog(log, [chunk('x'.repeat(10_000))])
  expect(texts(log).join('')).toHaveLength(100_000)
  expect(log.count).toBeGreaterThan(1)
})

test('a search that goes on finds what a new one would, and keeps the blocks that it has found', () => {
  const findings: Findings = new WeakMap()
  const many = appendLog(emptyLog, [chunk('a\nb\n'.repeat(225))])
  const first = searchLog(many, 'a', findings)
  const more = appendLog(many, [chunk('a new one\nb\n'.repeat(200))])
  const second = searchLog(more, 'a', findings)
  expect(second).toEqual(searchLog(more, 'a'))
  expect(second.count).toBe(425)
  expect(second.blocks[0]).toBe(first.blocks[0])
})

test('colours do not hide a word from the search', () => {
  const log = appendLog(emptyLog, [chunk('\u001B[31mnum\u001B[0mpy\nother\n')])
  expect(searchLog(log, 'NumPy').count).toBe(1)
  expect(plainText('\u001B[1;32mok\u001B[0m \u001B]8;;x\u0007link')).toBe('ok link')
})

test('errors and warnings are told from ordinary lines', () => {
  expect(kindOf('ModuleNotFoundError: No module named torch')).toBe('bad')
  expect(kindOf('  error: no solution found')).toBe('bad')
  expect(kindOf('warning: gradio is not pinned')).toBe('warn')
  expect(kindOf('INFO: no errors so far')).toBeUndefined()
  expect(kindOf('===== Application startup =====')).toBe('step')
})
