import { expect, test } from 'vitest'
import { isAway, patiently, wordsOf } from './failures.ts'

const answer = (statusCode: number, message: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), { statusCode, json: { message } })
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

test('an engine that is away, and one that says no', () => {
  expect(isAway(refused)).toBe(true)
  expect(isAway(new Error('socket hang up'))).toBe(true)
  expect(isAway(answer(500, 'rpc error: code = Unavailable desc = transport is closing: unknown'))).toBe(true)
  expect(isAway(answer(404, 'No such image: x'))).toBe(false)
  expect(isAway(answer(500, 'OCI runtime create failed'))).toBe(false)
})
test('its own words', () => {
  expect(wordsOf(answer(404, 'No such image: x'))).toBe('No such image: x')
  expect(wordsOf(new Error('something'))).toBe('something')
})
test('work is done again while it is away, and not when it says no or the time is over', async () => {
  let tries = 0
  const twice = async () => {
    if (++tries < 2) throw refused
    return 'done'
  }
  expect(await patiently(twice)).toBe('done')
  await expect(patiently(() => Promise.reject(answer(409, 'no')))).rejects.toThrow('no')
  await expect(patiently(() => Promise.reject(refused), 0)).rejects.toThrow('ECONNREFUSED')
})
