import { expect, test } from 'vitest'
import { matchFiles } from './match.ts'

const paths = ['README.md', 'app.py', 'src/application/tides.py', 'static/map.js', 'tests/test_app.py']

test('the name counts more than the way to it', () => {
  expect(matchFiles(paths, 'app')[0]).toEqual({ path: 'app.py', places: [0, 1, 2] })
  expect(matchFiles(paths, 'tid')[0]?.path).toBe('src/application/tides.py')
  expect(matchFiles(paths, 'src ti')[0]?.path).toBe('src/application/tides.py')
})

test('letters need not follow each other, but must all be there', () => {
  expect(matchFiles(paths, 'rdm').map(({ path }) => path)).toEqual(['README.md'])
  expect(matchFiles(paths, 'xyz')).toEqual([])
  expect(matchFiles(paths, '')).toHaveLength(paths.length)
  expect(matchFiles(paths, 'a', 2)).toHaveLength(2)
})
