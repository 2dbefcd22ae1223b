import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ignoreRules, isIgnored, removeIgnored } from './ignore.ts'

const ignored = (rules: string, path: string) => isIgnored(ignoreRules(rules), path)

test.each([
  ['secret', 'secret', true],
  ['secret', 'secret/deep/file', true],
  ['secret', 'other/secret', false],
  ['/secret/', 'secret/file', true],
  ['./a/../secret', 'secret', true],
  ['*.log', 'a.log', true],
  ['*.log', 'deep/a.log', false],
  ['**/*.log', 'deep/er/a.log', true],
  ['**/*.log', 'a.log', true],
  ['node_modules/**', 'node_modules/a/b', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['a.b', 'axb', false],
  [String.raw`\*`, '*', true],
  ['# comment', '# comment', false],
  ['*\n!keep.txt', 'keep.txt', false],
  ['*\n!keep.txt', 'drop.txt', true],
  ['docs\n!docs/a.md', 'docs/a.md', false],
  ['!a\na', 'a', true],
  ['  ', 'a', false],
  ['..', 'a', false],
  ['[z-a]', 'b', false],
  ['a**c', 'a/b/c', true],
  ['**/b/**/d', 'a/b/c/d', true],
  ['**/b/**/d', 'b/d/e', true],
  ['**', 'a/b', true],
  ['a/*', 'a/b/c', true],
  ['*/c', 'a/b/c', false],
])('%j says of %j: %j', (rules, path, expected) => {
  expect(ignored(rules, path)).toBe(expected)
})

test('a pattern that would keep a RegExp busy for ever is answered', () => {
  expect(isIgnored(ignoreRules(`${'**/*'.repeat(60)}x`), 'a/'.repeat(1500))).toBe(false)
})

test('files are removed, exceptions and what the build reads stay, links lead nowhere', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plaza-ignore-'))
  const outside = await mkdtemp(join(tmpdir(), 'plaza-ignore-'))
  try {
    await writeFile(join(outside, 'precious'), '')
    await mkdir(join(folder, 'docs/deep'), { recursive: true })
    for (const path of ['Dockerfile', 'a.txt', 'docs/keep.md', 'docs/deep/x']) await writeFile(join(folder, path), '')
    await symlink(outside, join(folder, 'link'))
    await removeIgnored(folder, ignoreRules('*\n!docs/keep.md'), ['Dockerfile'])
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(['Dockerfile', 'docs', 'docs/keep.md'])
    expect(await readdir(outside)).toEqual(['precious'])
  } finally {
    await rm(folder, { recursive: true })
    await rm(outside, { recursive: true })
  }
})
