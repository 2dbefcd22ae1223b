import { expect, test } from 'vitest'
import { addPlace, folderOf, nameOf, pathProblem, placeOf, remainingFolder, resolvePath, steps } from './place.ts'

test('addresses keep odd names whole', () => {
  expect(placeOf('mira/tides', 'blob', 'feature/x', 'a b/50%#?.md')).toBe(
    '/spaces/mira/tides/blob/feature%2Fx/a%20b/50%25%23%3F.md',
  )
  expect(placeOf('mira/tides', 'tree', 'main')).toBe('/spaces/mira/tides/tree/main')
  expect(addPlace('mira/tides', 'upload', 'a b')).toBe('/spaces/mira/tides/upload?in=a+b')
})

test('a path is taken apart', () => {
  expect(nameOf('a/b/c.py')).toBe('c.py')
  expect(folderOf('a/b/c.py')).toBe('a/b')
  expect(folderOf('c.py')).toBe('')
  expect(steps('a/b')).toEqual([
    { name: 'a', path: 'a' },
    { name: 'b', path: 'a/b' },
  ])
  expect(steps('')).toEqual([])
})

test('after a deletion one is where something is left', () => {
  expect(remainingFolder(['a/b/c.txt', 'a/d.txt'], 'a/b/c.txt')).toBe('a')
  expect(remainingFolder(['a/b/c.txt', 'a/b/d.txt'], 'a/b/c.txt')).toBe('a/b')
  expect(remainingFolder(['a/b/c.txt', 'x'], 'a/b')).toBe('')
})

test.for([
  ['', 'cat.png', 'cat.png'],
  ['docs', './cat.png', 'docs/cat.png'],
  ['docs/deep', '../cat%20two.png#x', 'docs/cat two.png'],
  ['docs', '/cat.png', 'cat.png'],
  ['docs', '../../cat.png', undefined],
  ['', '%E0%A4%A', undefined],
] as const)('in %j, %j is %j', ([folder, address, path]) => {
  expect(resolvePath(folder, address)).toBe(path)
})

test.for(['', '/a', 'a/', 'a//b', '../a', 'a/./b', '.git/config', 'a/.GIT/x', 'a\nb'])(
  '%j is no file’s path',
  (path) => {
    expect(pathProblem(path)).toBeTypeOf('string')
  },
)

test.for(['app.py', 'a b/ü.md', '.gitignore', '-x', 'a/..b'])('%j is a file’s path', (path) => {
  expect(pathProblem(path)).toBeUndefined()
})
