import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PlazaError } from '../errors.ts'
import { checkPath, checkRef, checkSha } from './names.ts'

describe('branch and tag names', () => {
  it.each(['main', 'feature/x', 'v1.0+build#2', 'dependabot/npm_and_yarn/@types/node-24.1', 'a=b', 'A_b'])(
    'takes %s',
    (name) => {
      expect(checkRef(name)).toBe(name)
    },
  )

  it.each([
    '',
    '-x',
    '--upload-pack=x',
    'a/-x',
    '.x',
    'a/.x',
    'a..b',
    'a//b',
    '/a',
    'a/',
    'a.',
    'a.lock',
    'a.lock/b',
    'a$(id)b',
    'a`id`',
    'a;b',
    'a b',
    'a\nb',
    'a\0b',
    'a@{1}',
    'a:b',
    'a~1',
    'a^',
    'a*',
    'a?',
    'a[',
    'a\\b',
    '@',
    'HEAD',
    'é',
    '0'.repeat(40),
    'n'.repeat(201),
  ])('refuses %j', (name) => {
    expect(() => checkRef(name)).toThrow(PlazaError)
  })

  it('shows a refused name without its control characters', () => {
    expect(() => checkRef('a\u001b[31m\nb')).toThrow('"a?[31m?b"')
  })
})

describe('commits', () => {
  it('takes a full hash only', () => {
    const sha = 'a1'.repeat(20)
    expect(checkSha(sha)).toBe(sha)
    for (const other of ['', 'main', 'a1', sha.toUpperCase(), `${sha}\n`, `-${sha.slice(1)}`, `${sha}^`]) {
      expect(() => checkSha(other)).toThrow(PlazaError)
    }
  })
})

describe('paths', () => {
  it.each([
    'app.py',
    'a/b/c.txt',
    '-rf',
    '$(id)',
    '`id`',
    'a;b',
    'with space',
    'ünï/コード.py',
    '.gitignore',
    '.gitmodules',
    '.github/x',
    'a"b',
  ])('takes %s', (path) => {
    expect(checkPath(path)).toBe(path)
  })

  it.each([
    '',
    '/etc/passwd',
    'a/',
    'a//b',
    '.',
    '..',
    '../x',
    'a/../../x',
    'a/./b',
    'a\\..\\b',
    'a\nb',
    'a\0b',
    '.git',
    '.git/config',
    'a/.GIT/hooks/x',
    '.git./x',
    '.git /x',
    'git~1/config',
    '.g\u200cit/config',
    '.git::$INDEX_ALLOCATION/x',
    'n'.repeat(256),
    `${'n/'.repeat(600)}n`,
    '\ud800',
  ])('refuses %j', (path) => {
    expect(() => checkPath(path)).toThrow(PlazaError)
  })

  it('never lets a path out of the folder that it is put in', () => {
    const parts = fc.array(fc.constantFrom('a', '..', '.', '', '.git', 'b c', '\n', '~'), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(parts, (segments) => {
        const path = segments.join('/')
        try {
          checkPath(path)
        } catch {
          return
        }
        expect(new URL(path.replaceAll('~', '%7E'), 'file:///root/inside/').pathname.startsWith('/root/inside/')).toBe(
          true,
        )
        expect(path.split('/')).not.toContain('.git')
      }),
    )
  })
})
