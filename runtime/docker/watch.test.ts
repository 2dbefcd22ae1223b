import { describe, expect, test } from 'vitest'
import { readHistory } from './watch.ts'

const message = (Action: string, second: number, signal?: string) => ({
  Action,
  timeNano: second * 1e9,
  Actor: { ID: 'c', Attributes: signal === undefined ? {} : { signal } },
})

describe('what the engine remembers of a container', () => {
  test('that ended by itself', () => {
    expect(readHistory([message('start', 1), message('die', 9)])).toEqual({
      died: true,
      killedFromOutside: false,
      outOfMemory: false,
    })
    expect(readHistory([message('start', 1), message('oom', 8), message('die', 9)])).toMatchObject({
      outOfMemory: true,
    })
  })
  test('that was ended by a command or by the engine itself as it stopped', () => {
    const stopped = [message('start', 1), message('kill', 4, '15'), message('kill', 14, '9'), message('die', 15, '')]
    expect(readHistory(stopped)).toMatchObject({ died: true, killedFromOutside: true })
  })
  test('a signal that ends nothing, or came long before, is not the reason', () => {
    expect(readHistory([message('kill', 8, '1'), message('die', 9)])).toMatchObject({ killedFromOutside: false })
    expect(readHistory([message('kill', 8, '15'), message('die', 90)])).toMatchObject({ killedFromOutside: false })
    expect(readHistory([message('die', 9), message('kill', 10, '15')])).toMatchObject({ killedFromOutside: false })
  })
  test('nothing: it was started anew since', () => {
    expect(readHistory([])).toMatchObject({ died: false })
  })
})
