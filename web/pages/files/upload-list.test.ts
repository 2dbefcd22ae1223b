import { expect, test } from 'vitest'
import { type Chosen, uploadList, uploadTitle } from './upload-list.ts'

const chosen = (path: string, size = 1): Chosen => ({ path, file: new File([new Uint8Array(size)], 'x') })

test('files go into the folder, the last of a path stays', () => {
  const list = uploadList([chosen('a.py'), chosen('data/b.csv'), chosen('a.py', 5)], 'src')
  expect(list.files.map(({ path, file }) => [path, file.size])).toEqual([
    ['src/a.py', 5],
    ['src/data/b.csv', 1],
  ])
  expect(list.bytes).toBe(6)
  expect(list.problem).toBeUndefined()
})

test('what tools leave behind is one line for each folder', () => {
  const list = uploadList(
    [chosen('demo/.git/HEAD'), chosen('demo/.git/config'), chosen('demo/__pycache__/a.pyc'), chosen('demo/app.py')],
    '',
  )
  expect(list.files.map(({ path }) => path)).toEqual(['demo/app.py'])
  expect(list.refused.map(({ path }) => path)).toEqual(['demo/.git', 'demo/__pycache__'])
})

test('names that only look like them are taken', () => {
  expect(uploadList([chosen('.gitignore'), chosen('my.git.txt'), chosen('venv.md')], '').files).toHaveLength(3)
})

test('too much is refused in words', () => {
  expect(uploadList([chosen('big.bin', 50_000_001)], '').problem).toMatch(/50 MB/)
  expect(
    uploadList(
      Array.from({ length: 1001 }, (_, at) => chosen(`${at}`)),
      '',
    ).problem,
  ).toMatch(/1001/)
})

test('the message names one file and counts more', () => {
  expect(uploadTitle([chosen('a.py')])).toBe('Upload a.py')
  expect(uploadTitle([chosen('a.py'), chosen('b.py')])).toBe('Upload 2 files')
})
