import { expect, test } from 'vitest'
import { combined, patchOf } from './merge.ts'

const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at + 1}\n`)

test('changes of different lines come together', () => {
  const base = lines(30).join('')
  const mine = base.replace('line 2\n', 'my line 2\n')
  const theirs = base.replace('line 28\n', 'their line 28\n')
  expect(combined(base, mine, theirs)).toBe(mine.replace('line 28\n', 'their line 28\n'))
})

test('changes of the same line do not', () => {
  expect(combined('a\nb\nc\n', 'a\nmine\nc\n', 'a\ntheirs\nc\n')).toBeUndefined()
})

test('the same change twice is one', () => {
  expect(combined('a\n', 'b\n', 'b\n')).toBe('b\n')
})

test('a patch begins with its first hunk', () => {
  expect(patchOf('a\nb\n', 'a\nc\n')).toMatch(/^@@ -1,2 \+1,2 @@\n a\n-b\n\+c/)
  expect(patchOf('a', 'a')).toBe('')
})
