import { expect, test } from 'vitest'
import { findProcess, parseStat, treeOf } from './process-table.ts'

test('a name may hold brackets and spaces', () => {
  const rest = 'S 7 12 12 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 0 0\n'
  expect(parseStat(`12 (a) b (c) ${rest}`)).toEqual({ pid: 12, parent: 7, state: 'S', started: '98765' })
  expect(parseStat('12 (half')).toBeUndefined()
})

test('a tree, parents first, and not what only looks like it', () => {
  const row = (pid: number, parent: number) => ({ pid, parent, state: 'S', started: '1' })
  const table = [row(1, 0), row(9, 5), row(5, 2), row(2, 1), row(3, 1), row(6, 2)]
  expect(treeOf(2, table)).toEqual([2, 5, 6, 9])
  expect(treeOf(77, table)).toEqual([])
})

test('this process is there', () => {
  expect(findProcess(process.pid)?.parent).toBe(process.ppid)
})
