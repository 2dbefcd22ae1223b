import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filePath } from './static.ts'

test.each([
  ['/', 'app/start.html'],
  ['/?x=/../y', 'app/start.html'],
  ['/a/', 'a/index.html'],
  ['/a/b%20c.txt?d', 'a/b c.txt'],
  ['/a/../b', undefined],
  ['/a/%2e%2E/b', undefined],
  ['/a%2fb', undefined],
  ['/.env', undefined],
  ['//', undefined],
  ['/%', undefined],
])('%s → %s', (target, wanted) => expect(filePath(target, 'app/start.html')).toBe(wanted))

test('no target leads out of the root or to a hidden file', () => {
  const piece = fc.constantFrom('/', '..', '.', '%2e', '%2f', '%5c', '\\', '%00', 'a', '.git', '?', '%252e')
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const wanted = filePath(`/${pieces.join('')}`, 'index.html')
      if (wanted === undefined) return
      const inside = path.relative('/root', path.join('/root', wanted))
      expect(inside).toBe(wanted)
      expect(inside.split('/').some((segment) => segment.startsWith('.'))).toBe(false)
    }),
  )
})
