/** Fetching what a stranger named: from another server's git, and from nowhere inside. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkSource, importMain, type ImportProgress } from '../../control-plane/repositories/import.ts'
import { reachable } from '../../control-plane/repositories/reach.ts'
import { openRepositories, type Repositories } from '../../control-plane/repositories/repository.ts'
import { filesAt, history } from '../../control-plane/repositories/tree.ts'
import { privateRanges } from '../../runtime/local/sandbox.ts'
import { git } from '../plaza.ts'
import { type Elsewhere, openElsewhere } from './elsewhere.ts'

let elsewhere: Elsewhere
let repositories: Repositories
let folder: string
const opened = reachable(privateRanges, ['127.0.0.1'])
const usual = reachable(privateRanges, [])

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'plaza-import-'))
  ;[elsewhere, repositories] = await Promise.all([openElsewhere(), openRepositories(path.join(folder, 'repositories'))])
  await elsewhere.add('demo', { 'app.py': 'print(1)\n' }, { 'app.py': 'print(2)\n', 'deep/note.txt': 'deep' })
})
afterAll(async () => {
  await repositories?.[Symbol.asyncDispose]()
  await elsewhere?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

type Asked = { branch?: string; mostBytes?: number; allowed?: (address: string) => boolean; signal?: AbortSignal }

async function fetched(address: string, asked: Asked = {}): Promise<{ id: string; told: ImportProgress[] }> {
  const id = await repositories.stage()
  const told: ImportProgress[] = []
  await importMain(repositories, id, checkSource(address, asked.branch), {
    allowed: asked.allowed ?? opened,
    certificates: elsewhere.certificate,
    ...(asked.mostBytes === undefined ? {} : { mostBytes: asked.mostBytes }),
    signal: asked.signal ?? AbortSignal.timeout(20_000),
    onProgress: (progress) => told.push(progress),
  })
  return { id, told }
}

test('brings main with all of its commits, and tells how far it is', async () => {
  const { id, told } = await fetched(`${elsewhere.url}/demo.git`)
  const head = (await repositories.head(id)) ?? ''
  expect((await history(repositories, id, head)).map(({ title }) => title)).toEqual(['Commit 2', 'Commit 1'])
  expect([...(await filesAt(repositories, id, head)).paths.keys()]).toEqual(['app.py', 'deep/note.txt'])
  expect(told.at(-1)?.fraction).toBe(1)
})

test('takes the branch that was asked for, and says so where there is none', async () => {
  await expect(fetched(`${elsewhere.url}/demo.git`, { branch: 'other' })).rejects.toThrow('no branch other')
  const { id } = await fetched(`${elsewhere.url}/demo.git`, { branch: 'main' })
  expect(await repositories.head(id)).toMatch(/^[0-9a-f]{40}$/)
})

test.each([
  ['the machine itself', (port: string) => `https://127.0.0.1:${port}/demo.git`],
  ['the machine by name', (port: string) => `https://localhost:${port}/demo.git`],
  ['the machine by IPv6', (port: string) => `https://[::ffff:127.0.0.1]:${port}/demo.git`],
  ['the machine in another writing', (port: string) => `https://2130706433:${port}/demo.git`],
  ['a private network', () => 'https://10.1.2.3/demo.git'],
  ['the metadata of a cloud', () => 'https://169.254.169.254/latest/meta-data'],
])('by default nothing is fetched from %s', async (_what, address) => {
  const before = elsewhere.asked.length
  const { port } = new URL(elsewhere.url)
  await expect(fetched(address(port), { allowed: usual })).rejects.toThrow('inside a private network')
  expect(elsewhere.asked).toHaveLength(before)
})

test('a redirect leads only to where one may go', async () => {
  const { port } = new URL(elsewhere.url)
  await expect(fetched(`${elsewhere.url}/to/127.0.0.2:${port}/demo.git`)).rejects.toThrow('inside a private network')
  await expect(fetched(`${elsewhere.url}/to/169.254.169.254/demo.git`)).rejects.toThrow('inside a private network')
  const { id } = await fetched(`${elsewhere.url}/to/127.0.0.1:${port}/demo.git`)
  expect(await repositories.head(id)).toMatch(/^[0-9a-f]{40}$/)
})

test('says what is wrong with a repository that is private, missing or empty', async () => {
  await elsewhere.add('empty')
  await expect(fetched(`${elsewhere.url}/private.git`)).rejects.toThrow('no such repository to everybody')
  await expect(fetched(`${elsewhere.url}/nothing.git`)).rejects.toThrow('no git repository at this address')
  await expect(fetched(`${elsewhere.url}/empty.git`)).rejects.toThrow('The repository is empty')
})

test('a repository that is too large is broken off while it comes', async () => {
  await elsewhere.add('large', { 'noise.bin': randomBytes(200_000).toString('base64') })
  await expect(fetched(`${elsewhere.url}/large.git`, { mostBytes: 100_000 })).rejects.toThrow('larger than')
})

test('ends at once where it is no longer wanted', async () => {
  const abort = new AbortController()
  const fetching = fetched(`${elsewhere.url}/slow.git`, { signal: abort.signal })
  await expect.poll(() => elsewhere.asked.some((asked) => asked.startsWith('/slow.git'))).toBe(true)
  abort.abort(new Error('not wanted'))
  await expect(fetching).rejects.toThrow('not wanted')
})

test('a commit with a .git folder inside is refused, as in a push', async () => {
  const work = await mkdtemp(path.join(folder, 'bad-'))
  await git(work, 'init', '--quiet', '--initial-branch=main')
  const make = (lines: string) => execFileSync('git', ['-C', work, 'mktree'], { input: lines, encoding: 'utf8' }).trim()
  const blob = execFileSync('git', ['-C', work, 'hash-object', '-w', '--stdin'], { input: '[core]', encoding: 'utf8' })
  const inner = make(`100644 blob ${blob.trim()}\tconfig\n`)
  const commit = await git(work, 'commit-tree', '-m', 'bad', make(`040000 tree ${inner}\t.git\n`))
  await elsewhere.add('bad')
  await git(work, 'push', '--quiet', '--', path.join(elsewhere.folder, 'bad.git'), `${commit.trim()}:refs/heads/main`)
  await expect(fetched(`${elsewhere.url}/bad.git`)).rejects.toThrow(/damaged.*hasDotgit/)
})

test.each([
  ['file:///etc/passwd', 'over https only'],
  ['/etc', 'not the address of a repository'],
  ['ext::sh -c id', 'over https only'],
  ['http://example.org/demo.git', 'over https only'],
  ['ssh://git@example.org/demo.git', 'over https only'],
  ['git@example.org:demo.git', 'not the address of a repository'],
  ['--upload-pack=id', 'not the address of a repository'],
  ['https://someone:secret@example.org/demo.git', 'name or password'],
  ['https://example.org', 'no repository'],
  ['', 'not the address of a repository'],
])('the address %s is refused', (address, why) => {
  expect(() => checkSource(address, undefined)).toThrow(why)
})

test('an address is taken as people copy it', () => {
  expect(checkSource(' example.org/team/demo ', undefined).url).toBe('https://example.org/team/demo')
  expect(checkSource('https://example.org/team/demo?tab=readme#top', '').url).toBe('https://example.org/team/demo')
  expect(() => checkSource('https://example.org/a', '--upload-pack=id')).toThrow('not taken as a branch')
})
