import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Progress, traceOf } from './progress.ts'
import { fieldsOf, lengthField, numberField } from './protobuf.ts'

/** What Docker 20.10 said of a Dockerfile of three `RUN`: the first was built before, the second fails. */
const recorded = (
  JSON.parse(readFileSync(new URL('progress.recorded.json', import.meta.url), 'utf8')) as readonly string[]
).map((message) => traceOf(Buffer.from(message, 'base64')))

function follow(progress: Progress) {
  let text = ''
  for (const trace of recorded) progress.add(trace, (words) => (text += words))
  return text
}

test('a build reads as its steps, their output and how long they took', () => {
  const text = follow(new Progress())
  expect(text).toBe(
    `${[
      '[1/4] FROM docker.io/plaza-test/python:3.11',
      'done in 0.0 s',
      '[2/4] RUN echo first',
      'cached',
      '[3/4] RUN echo progress 1; echo wrong >&2; exit 3',
      'progress 1',
      'wrong',
    ].join('\n')}\n`,
  )
})

test('all steps are told in their order, with what became of each', () => {
  const progress = new Progress()
  follow(progress)
  expect(progress.steps().map(({ name, n, of, state }) => [n, of, state, name])).toEqual([
    [1, 4, 'done', 'FROM docker.io/plaza-test/python:3.11'],
    [2, 4, 'cached', 'RUN echo first'],
    [3, 4, 'failed', 'RUN echo progress 1; echo wrong >&2; exit 3'],
    [4, 4, 'waiting', 'RUN echo never'],
  ])
  expect(progress.steps()[2]?.seconds).toBeGreaterThan(0)
})

test('the step that failed is known with all that it printed', () => {
  const progress = new Progress()
  follow(progress)
  expect(progress.failed()).toMatchObject({ n: 3, of: 4, output: 'progress 1\nwrong\n' })
  expect(progress.failed()?.error).toContain('exit code: 3')
})

test('a builder that knows better names the steps', () => {
  const progress = new Progress(({ n }) => `the step ${n}`)
  follow(progress)
  expect(progress.steps().map(({ name }) => name)).toEqual(['the step 1', 'the step 2', 'the step 3', 'the step 4'])
})

test('output of two steps at once says whose it is', () => {
  const progress = new Progress()
  let text = ''
  const vertex = (digest: string, name: string) => ({
    digest,
    name,
    cached: false,
    started: 1_000,
    completed: undefined,
    error: undefined,
  })
  const vertexes = [vertex('a', '[web 2/3] RUN one'), vertex('b', '[api 2/2] RUN two')]
  const write = (words: string) => (text += words)
  progress.add({ vertexes, logs: [] }, write)
  progress.add({ vertexes: [], logs: [{ vertex: 'a', text: 'half a l' }] }, write)
  progress.add({ vertexes: [], logs: [{ vertex: 'b', text: 'other\n' }] }, write)
  expect(text).toBe('[2/3] web: RUN one\n[2/2] api: RUN two\n[2/3] web: RUN one\nhalf a l\n[2/2] api: RUN two\nother\n')
  expect(progress.steps()[0]).toMatchObject({ state: 'running', startedAt: '1970-01-01T00:00:01.000Z' })
})

test('a message that ends early is refused, not read as something else', () => {
  const message = Buffer.concat([numberField(1, 300), lengthField(2, 'words')])
  expect(fieldsOf(message)).toEqual([
    { number: 1, value: 300 },
    { number: 2, value: Buffer.from('words') },
  ])
  expect(() => fieldsOf(message.subarray(0, -1))).toThrow(RangeError)
})
