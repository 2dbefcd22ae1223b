import { describe, expect, test } from 'vitest'
import type { InstanceState } from '../runtime.ts'
import { isRestarted, restartDelay, together } from './together.ts'

const at = (second: number) => new Date(second * 1_000)
const ready = (host: string, second: number): InstanceState => ({
  kind: 'ready',
  addresses: [{ host, port: 1 }],
  since: at(second),
})
const starting = (probe: string, second: number): InstanceState => ({ kind: 'starting', since: at(second), probe })
const exited = (message: string, second: number): InstanceState => ({
  kind: 'exited',
  at: at(second),
  exit: { code: 1, signal: null, reason: 'error', message },
})
const pending: InstanceState = { kind: 'pending', reason: 'Its container is made.' }
const frozen = (memory: number): InstanceState => ({ kind: 'frozen', since: at(5), memory })

describe('replicas together', () => {
  test('are ready with the first one, at the addresses of those that are, in their order', () => {
    const first = together([starting('no', 1), ready('b', 3)], pending)
    expect(first).toEqual({ kind: 'ready', addresses: [{ host: 'b', port: 1 }], since: at(3) })
    expect(together([ready('a', 2), ready('b', 3)], first)).toEqual({
      kind: 'ready',
      addresses: [
        { host: 'a', port: 1 },
        { host: 'b', port: 1 },
      ],
      since: at(3),
    })
    expect(together([exited('gone', 4), ready('b', 3)], first)).toEqual(first)
  })
  test('are frozen with all that they hold', () => {
    expect(together([frozen(1), exited('x', 1), frozen(2)], pending)).toEqual({
      kind: 'frozen',
      since: at(5),
      memory: 3,
    })
  })
  test('start while one does', () => {
    const all = [exited('x', 1), pending, starting('later', 3), starting('then', 2)]
    expect(together(all, pending)).toEqual(starting('later', 2))
    expect(together([exited('x', 1), pending], pending)).toEqual(pending)
  })
  test('have ended with the last, as the first did', () => {
    expect(together([exited('then', 3), exited('first', 2)], pending)).toEqual(exited('first', 2))
  })
})

test('an ended replica is started again while another serves, later each time', () => {
  expect(isRestarted(exited('x', 1), [ready('a', 1)])).toBe(true)
  expect(isRestarted(exited('x', 1), [starting('x', 1), frozen(1), exited('y', 2)])).toBe(false)
  expect(isRestarted(ready('a', 1), [ready('a', 1)])).toBe(false)
  expect([1, 2, 3, 9].map(restartDelay)).toEqual([1_000, 2_000, 4_000, 30_000])
})
