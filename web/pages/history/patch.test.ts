import { expect, test } from 'vitest'
import { hunksOf, splitRows } from './patch.ts'

const patch = `diff --git a/app.py b/app.py
--- a/app.py
+++ b/app.py
@@ -1,4 +1,4 @@ def tide():
 one
-two
-three
+deux
 four
\\ No newline at end of file
@@ -10 +10,2 @@
+--- not a header
`

test('lines have their numbers on both sides', () => {
  const [first, second] = hunksOf(patch)
  expect(first?.heading).toBe('def tide():')
  expect(first?.lines.map(({ kind, text, before, after }) => [kind, text, before, after])).toEqual([
    ['same', 'one', 1, 1],
    ['gone', 'two', 2, null],
    ['gone', 'three', 3, null],
    ['added', 'deux', null, 2],
    ['same', 'four', 4, 3],
  ])
  expect(second?.lines).toEqual([{ kind: 'added', text: '--- not a header', before: null, after: 10 }])
})

test('both sides stand beside each other', () => {
  const rows = splitRows(hunksOf(patch)[0]?.lines ?? [])
  expect(rows.map(({ left, right }) => [left?.text, right?.text])).toEqual([
    ['one', 'one'],
    ['two', 'deux'],
    ['three', undefined],
    ['four', 'four'],
  ])
})

test('an empty patch has no hunks', () => {
  expect(hunksOf('')).toEqual([])
})
