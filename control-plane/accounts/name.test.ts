import { property, assert, string } from 'fast-check'
import { expect, test } from 'vitest'
import { chosenNameProblem, nameProblem } from './name.ts'

test.each(['a', 'alice', '-a', '.a', '_a', 'a-', '9', 'A.b-c_D', '--help', '-rf', 'x'.repeat(64)])(
  '%s is a name',
  (name) => {
    expect(nameProblem(name)).toBeUndefined()
  },
)

test.each([
  '',
  '.',
  '..',
  '...',
  'a/b',
  'a b',
  'a\n',
  'ä',
  '$(id)',
  'a%2e',
  'a:b',
  'a.git',
  'A.GIT',
  'a.lock',
  'x'.repeat(65),
])('%j is none', (name) => {
  expect(nameProblem(name)).toBeTypeOf('string')
})

test.each(['API', 'spaces', 'Admin', '.well-known', 'plaza'])(
  '%s is an operator’s to give, nobody’s to take',
  (name) => {
    expect(nameProblem(name)).toBeUndefined()
    expect(chosenNameProblem(name)).toBeTypeOf('string')
  },
)

test('whatever is a name is one plain part of a path and of an address', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 70 }), (name) => {
      if (nameProblem(name) !== undefined) return
      expect(encodeURIComponent(name)).toBe(name)
      expect(new URL(`http://x/${name}/y`).pathname).toBe(`/${name}/y`)
    }),
  )
})
