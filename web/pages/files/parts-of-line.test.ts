import { expect, test } from 'vitest'
import { cut } from './parts-of-line.ts'

const tokens = [{ content: 'let ', color: 'red' }, { content: 'tide', color: 'blue' }, { content: ' = 3' }]

/** `a|[b]|c`: pieces, those that are marked in brackets. */
const shown = (...of: Parameters<typeof cut>) =>
  cut(...of)
    .map(({ content, marked }) => (marked ? `[${content}]` : content))
    .join('|')

test('a mark cuts the colours that it begins and ends in', () => {
  expect(shown('let tide = 3', tokens, [{ from: 2, to: 6 }])).toBe('le|[t ]|[ti]|de| = 3')
  expect(cut('let tide = 3', tokens, [{ from: 2, to: 6 }]).map(({ color }) => color)).toEqual([
    'red',
    'red',
    'blue',
    'blue',
    undefined,
  ])
})

test('marks at both ends, and of a whole colour', () => {
  expect(
    shown('let tide = 3', tokens, [
      { from: 0, to: 4 },
      { from: 11, to: 12 },
    ]),
  ).toBe('[let ]|tide| = |[3]')
})

test('without colours the text alone is cut, without marks the colours stay', () => {
  expect(shown('abc', [], [{ from: 1, to: 2 }])).toBe('a|[b]|c')
  expect(shown('let tide = 3', tokens, [])).toBe('let |tide| = 3')
})
