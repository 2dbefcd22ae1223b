import { expect, test } from 'vitest'
import { Flood } from './flood.ts'

const line = 4_000

/** Lines of `rate` bytes a second that are printed at `time` and read `late` milliseconds later. */
function read(flood: Flood, { rate, from, until, late }: { rate: number; from: number; until: number; late: number }) {
  let seen = false
  for (let time = from; time < until; time += (line / rate) * 1_000) seen = flood.saw(line, time, time + late) || seen
  return seen
}

test('an app that prints far more than it may, and goes on, is one', () => {
  const flood = new Flood()
  expect(read(flood, { rate: 50e6, from: 0, until: 350, late: 10 })).toBe(false)
  expect(read(flood, { rate: 50e6, from: 350, until: 600, late: 10 })).toBe(true)
})

test('one that prints much, but less than it may, is none', () => {
  expect(read(new Flood(), { rate: 3e6, from: 0, until: 20_000, late: 10 })).toBe(false)
})

test('one that printed much at once is none, however long its reader takes', () => {
  const flood = new Flood()
  let now = 0
  let seen = false
  for (let bytes = 0; bytes < 20e6; bytes += line) {
    now += line / 512
    seen = flood.saw(line, 5, now) || seen
  }
  expect(seen).toBe(false)
})

test('calm lines in between begin it anew', () => {
  const flood = new Flood()
  read(flood, { rate: 50e6, from: 0, until: 350, late: 10 })
  read(flood, { rate: 1e6, from: 350, until: 2_000, late: 10 })
  expect(read(flood, { rate: 50e6, from: 2_000, until: 2_350, late: 10 })).toBe(false)
})
