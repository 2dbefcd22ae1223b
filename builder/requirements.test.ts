import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packageName, readRequirements } from './requirements.ts'

test.each([
  ['gradio', 'package', 'gradio'],
  ['Gradio_Client[oauth] >= 1.0 ; python_version < "3.12"', 'package', 'gradio-client'],
  ['six==1.16 --hash=sha256:abc', 'package', 'six'],
  ['pkg (>=1.0)', 'package', 'pkg'],
  ['-r more.txt', 'include', 'more.txt'],
  ['-rmore.txt', 'include', 'more.txt'],
  ['--requirement=more.txt', 'include', 'more.txt'],
  ['-c "with space.txt"', 'include', 'with space.txt'],
  ['--constraint limits.txt', 'include', 'limits.txt'],
  ['-e .', 'local', '.'],
  ['-e.', 'local', '.'],
  ['--editable ./pkg[extra]', 'local', './pkg'],
  ['./pkg', 'local', './pkg'],
  ['../pkg', 'local', '../pkg'],
  ['/etc', 'local', '/etc'],
  ['wheels/a-1.0-py3-none-any.whl ; sys_platform == "linux"', 'local', 'wheels/a-1.0-py3-none-any.whl'],
  ['a-1.0.tar.gz', 'local', 'a-1.0.tar.gz'],
  ['file:./pkg#egg=pkg', 'local', './pkg'],
  ['file:///etc/passwd', 'local', '///etc/passwd'],
  ['pkg @ file:../outside', 'local', '../outside'],
  ['git+file:///srv/repository', 'local', '///srv/repository'],
  ['--find-links ./wheels', 'local', './wheels'],
  ['-f/srv', 'local', '/srv'],
  ['pkg @ https://example.org/pkg.whl', 'remote', 'https://example.org/pkg.whl'],
  ['git+https://example.org/a.git@v1', 'remote', 'git+https://example.org/a.git@v1'],
  ['--index-url https://example.org/simple', 'remote', 'https://example.org/simple'],
  ['--pre', 'option', undefined],
])('%s is a %s', (text, kind, value) => {
  const [requirement] = readRequirements(text)
  const found =
    requirement?.kind === 'package'
      ? requirement.name
      : requirement?.kind === 'remote'
        ? requirement.address
        : requirement?.kind === 'option'
          ? undefined
          : requirement?.path
  expect([requirement?.kind, found]).toEqual([kind, value])
})

test('lines are counted as an editor counts them, continued ones by their first', () => {
  const text = '# first\r\n\r\nsix \\\r\n  ==1.16  # why\r\nflask # it\n'
  expect(readRequirements(text)).toMatchObject([
    { line: 3, name: 'six' },
    { line: 5, name: 'flask', text: 'flask' },
  ])
})

test('a comment line does not swallow the line after it', () => {
  expect(readRequirements('# six \\\n-r other.txt')).toMatchObject([{ kind: 'include', line: 2 }])
})

test('names are compared as the package index compares them', () => {
  expect(packageName('Flask__SQL.Alchemy')).toBe('flask-sql-alchemy')
})

test('any text gives requirements on lines that it has', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const lines = text.split(/\r\n|\r|\n/).length
      for (const { line } of readRequirements(text)) expect(line).toBeLessThanOrEqual(lines)
    }),
  )
})
