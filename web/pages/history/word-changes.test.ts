import { expect, test } from 'vitest'
import { hunksOf } from './patch.ts'
import { wordChanges } from './word-changes.ts'

/** The lines of a patch with their changed words in brackets. */
function marked(...lines: string[]): string[] {
  const all = hunksOf(['@@ -1,9 +1,9 @@', ...lines, ''].join('\n')).flatMap((hunk) => hunk.lines)
  const changes = wordChanges(all)
  return all.map((line) => {
    let text = ''
    let at = 0
    for (const { from, to } of changes.get(line) ?? []) {
      text += `${line.text.slice(at, from)}[${line.text.slice(from, to)}]`
      at = to
    }
    return text + line.text.slice(at)
  })
}

test('the word that changed is found on both sides', () => {
  expect(marked('-tide = height(3, "low")', '+tide = height(4, "low")')).toEqual([
    'tide = height([3], "low")',
    'tide = height([4], "low")',
  ])
})

test('a word that came is marked on its own side alone', () => {
  expect(marked('-def tide(place):', '+def tide(place, at):')).toEqual(['def tide(place):', 'def tide(place[, at]):'])
})

test('words side by side are one change', () => {
  expect(marked('-the sea is quiet and very grey tonight', '+the sea is quiet and rather blue tonight')).toEqual([
    'the sea is quiet and [very grey] tonight',
    'the sea is quiet and [rather blue] tonight',
  ])
})

test('indentation alone is a change of the space in front', () => {
  expect(marked('-  return tide', '+    return tide')).toEqual(['[  ]return tide', '[    ]return tide'])
})

test('lines are paired in order, and what has no partner stays whole', () => {
  expect(marked('-a = one(1)', '-b = two(2)', '+a = one(9)', '+b = two(8)', '+c = three(3)')).toEqual([
    'a = one([1])',
    'b = two([2])',
    'a = one([9])',
    'b = two([8])',
    'c = three(3)',
  ])
  expect(marked('-a = one(1)', ' same', '+a = one(9)')).toEqual(['a = one(1)', 'same', 'a = one(9)'])
  expect(marked('-a = one(1)', '+a = one(9)', '-b = two(2)', '+b = two(8)')).toEqual([
    'a = one([1])',
    'a = one([9])',
    'b = two([2])',
    'b = two([8])',
  ])
})

test('lines that share little are two lines', () => {
  expect(marked('-import numpy as np', '+print("hello, world")')).toEqual([
    'import numpy as np',
    'print("hello, world")',
  ])
})

test('a line of data is not compared', () => {
  const long = 'x '.repeat(400)
  expect(marked(`-${long}1`, `+${long}2`)).toEqual([`${long}1`, `${long}2`])
})

test('the same letters of another script are found too', () => {
  expect(marked('-潮汐预报：今天高潮', '+潮汐预报：明天高潮')).toEqual(['潮汐预报：[今]天高潮', '潮汐预报：[明]天高潮'])
})
