import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { testDatabase } from '../store/database.ts'
import { ask, type AskOptions, openGate, sendRaw } from './gate.ts'

async function site(files: Record<string, string>) {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-static-'))
  const root = path.join(folder, 'site')
  await writeFile(path.join(folder, 'outside.txt'), 'outside')
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true })
    await writeFile(path.join(root, name), text)
  }
  return { root, [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }) }
}

test('files come with their type, by path, folder and app file; ranges and revalidation work', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using files = await site({
    'web/start.html': '<h1>start</h1>',
    'docs/index.html': 'docs',
    'a b/ünï.txt': 'text',
    'app.js': 'let a',
    'm.wasm': '0123456789',
  })
  const target = { kind: 'static', root: files.root, appFile: 'web/start.html' } as const
  await gate.space('one', { target, customHeaders: { 'cross-origin-embedder-policy': 'require-corp' } })
  const get = async (options: AskOptions) => await ask(gate, gate.host('one'), options)
  const home = await get({})
  expect([home.status, home.body, home.headers['content-type']]).toEqual([
    200,
    '<h1>start</h1>',
    'text/html; charset=utf-8',
  ])
  expect(home.headers['cache-control']).toBe('no-cache')
  expect(home.headers['cross-origin-embedder-policy']).toBe('require-corp')
  expect((await get({ path: '/docs/?x=1' })).body).toBe('docs')
  expect((await get({ path: '/docs?x=1' })).headers.location).toBe('/docs/?x=1')
  expect((await get({ path: '/a%20b/%C3%BCn%C3%AF.txt' })).body).toBe('text')
  expect((await get({ path: '/app.js' })).headers['content-type']).toMatch(/^text\/javascript/)
  expect((await get({ path: '/m.wasm' })).headers['content-type']).toBe('application/wasm')
  const range = await get({ path: '/m.wasm', headers: { Range: 'bytes=2-4' } })
  expect([range.status, range.body, range.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10'])
  expect((await get({ path: '/m.wasm', headers: { Range: 'bytes=20-' } })).status).toBe(416)
  const head = await get({ path: '/m.wasm', method: 'HEAD' })
  expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '10'])
  const etag = home.headers.etag ?? ''
  expect((await get({ headers: { 'If-None-Match': etag } })).status).toBe(304)
  expect((await get({ headers: { 'If-Modified-Since': home.headers['last-modified'] ?? '' } })).status).toBe(304)
  expect((await get({ method: 'POST', body: 'x' })).status).toBe(405)
})

test('a new commit’s file is never taken for the old one, even of the same size and time', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using old = await site({ 'index.html': 'old' })
  await using next = await site({ 'index.html': 'new' })
  for (const { root } of [old, next]) await utimes(path.join(root, 'index.html'), 1, 1)
  const id = await gate.space('one', { target: { kind: 'static', root: old.root, appFile: 'index.html' } })
  const etag = (await ask(gate, gate.host('one'))).headers.etag ?? ''
  await gate.route(id, { kind: 'static', root: next.root, appFile: 'index.html' })
  await expect
    .poll(async () => (await ask(gate, gate.host('one'), { headers: { 'If-None-Match': etag } })).body)
    .toBe('new')
})

test('there is no way out of the folder, and no way to what is hidden in it', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using files = await site({
    'index.html': 'home',
    '.git/config': 'hidden',
    '.env': 'hidden',
    'sub/.x/y': 'hidden',
    '404.html': 'lost',
  })
  await symlink('../outside.txt', path.join(files.root, 'link.txt'))
  await symlink('..', path.join(files.root, 'up'))
  await symlink('.git', path.join(files.root, 'git'))
  await symlink('/', path.join(files.root, 'everything'))
  await symlink('index.html', path.join(files.root, 'inside.html'))
  await gate.space('one', { target: { kind: 'static', root: files.root, appFile: 'index.html' } })
  const tries = [
    '/../outside.txt',
    '/..%2foutside.txt',
    '/%2e%2e/outside.txt',
    '/sub/../../outside.txt',
    '/..\\outside.txt',
    '/%5c..%5coutside.txt',
    '/link.txt',
    '/up/outside.txt',
    '/everything/etc/passwd',
    '/index.html%00.txt',
    '/%00',
    '//etc/passwd',
    '///',
    '/index.html/',
    '/.git/config',
    '/.env',
    '/sub/.x/y',
    '/git/config',
    '/%2egit/config',
    '/%E0%A4%A',
    '/__proto__',
    '/constructor',
    '/index.html/x',
  ]
  for (const target of tries) {
    const bytes = `GET ${target} HTTP/1.1\r\nHost: ${gate.host('one')}\r\nConnection: close\r\n\r\n`
    const received = await sendRaw(gate.port, bytes)
    expect(received, target).toMatch(/^HTTP\/1.1 404 /)
    expect(received, target).toMatch(/lost$/)
  }
  expect((await ask(gate, gate.host('one'), { path: '/inside.html' })).body).toBe('home')
})
