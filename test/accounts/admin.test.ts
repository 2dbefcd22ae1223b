import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AdminBuilds } from '../../control-plane/hub/admin-builds.ts'
import type { AdminFindings } from '../../control-plane/hub/admin-findings.ts'
import type { AdminInstances } from '../../control-plane/hub/admin-instances.ts'
import type { AdminSettings } from '../../control-plane/hub/admin-settings.ts'
import type { AdminSpaces, SpaceSizes } from '../../control-plane/hub/admin-spaces.ts'
import type { AdminUsers, SignInLink } from '../../control-plane/hub/admin-users.ts'
import { slowPackage } from '../faults/slow-package.ts'
import { TestPlaza } from '../plaza.ts'

let plaza: TestPlaza
beforeAll(async () => {
  plaza = await TestPlaza.start({ people: ['carol', 'dora', 'second-admin'] })
})
afterAll(async () => await plaza?.[Symbol.asyncDispose]())

/** A browser's cookie, by name and password. */
async function signIn(name: string): Promise<{ status: number; cookie: string }> {
  const answer = await fetch(new URL('/api/auth/sign-in/username', plaza.url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: plaza.url.origin },
    body: JSON.stringify({ username: name, password: `${name}-password` }),
  })
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  return { status: answer.status, cookie }
}

async function withCookie(cookie: string, method: string, route: string, body?: unknown): Promise<Response> {
  return await fetch(new URL(route, plaza.url), {
    method,
    headers: { Cookie: cookie, Origin: plaza.url.origin, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function asAdmin<T>(method: string, route: string, body?: unknown, admin = 'root-admin'): Promise<T> {
  const answer = await withCookie((await signIn(admin)).cookie, method, route, body)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${text}`)
  return JSON.parse(text) as T
}

const user = async (name: string) =>
  (await asAdmin<AdminUsers>('GET', `/api/plaza/admin/users?search=${name}`)).users.find((one) => one.name === name)

const page = (card = 'sdk: static') => ({
  'README.md': `---\ntitle: Tide\n${card}\n---\n`,
  'index.html': '<h1>Tide</h1>',
})

const app = `import http.server, os
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler).serve_forever()
`

const routes: [method: string, route: string, body?: unknown][] = [
  ['GET', '/api/plaza/admin'],
  ['GET', '/api/plaza/admin/findings'],
  ['GET', '/api/plaza/admin/users'],
  ['GET', '/api/plaza/admin/spaces'],
  ['GET', '/api/plaza/admin/storage?id=alice/x'],
  ['GET', '/api/plaza/admin/instances'],
  ['GET', '/api/plaza/admin/builds'],
  ['GET', '/api/plaza/admin/settings'],
  ['POST', '/api/plaza/admin/builds/b1/cancel', {}],
  ['PATCH', '/api/plaza/admin/users/bob', { role: 'admin' }],
  ['PATCH', '/api/plaza/admin/users/bob', { disabled: true }],
  ['POST', '/api/plaza/admin/users/bob/link', {}],
]

test.each(routes)('%s %s is for administrators only', { timeout: 30_000 }, async (method, route, body) => {
  const { cookie } = await signIn('alice')
  const answers = {
    stranger: (await plaza.api(method, route, null, body)).status,
    member: (await withCookie(cookie, method, route, body)).status,
    'token of a member': (await plaza.api(method, route, 'alice', body)).status,
    'token of an administrator that may only read': (
      await plaza.api(method, route, plaza.person('root-admin').readToken, body)
    ).status,
  }
  expect(answers).toEqual({
    stranger: 401,
    member: 403,
    'token of a member': 403,
    'token of an administrator that may only read': 403,
  })
  expect(await user('bob')).toMatchObject({ role: 'member', disabledAt: null })
})

test('a token, even an administrator’s, decides about nobody and makes no link', async () => {
  for (const [method, route, body] of [
    ['PATCH', '/api/plaza/admin/users/bob', { role: 'admin' }],
    ['PATCH', '/api/plaza/admin/users/bob', { disabled: true }],
    ['POST', '/api/plaza/admin/users/bob/link', {}],
  ] as const) {
    const answer = await plaza.api(method, route, 'root-admin', body)
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining('token') })
  }
  expect(await user('bob')).toMatchObject({ role: 'member', disabledAt: null })
})

test('a disabled account is refused at once by session, password, token and git, and is whole again when enabled', async () => {
  await plaza.publish('dora', 'kept', page())
  await plaza.waitFor('dora/kept', 'RUNNING')
  const host = await plaza.host('dora/kept')
  const { cookie } = await signIn('dora')
  const { token } = plaza.person('dora')
  const reached = async () => ({
    session: (await withCookie(cookie, 'GET', '/api/plaza/tokens')).status,
    token: (await plaza.api('GET', '/api/whoami-v2', 'dora')).status,
    push: await plaza.push('dora', 'kept', page('sdk: static\nemoji: A')).then(
      () => 'taken',
      () => 'refused',
    ),
    password: (await signIn('dora')).status,
  })
  expect(await reached()).toEqual({ session: 200, token: 200, push: 'taken', password: 200 })
  expect(await user('dora')).toMatchObject({ lastSeenAt: expect.any(String), spaces: 1 })
  const { link } = await asAdmin<SignInLink>('POST', '/api/plaza/admin/users/dora/link')

  expect(await asAdmin('PATCH', '/api/plaza/admin/users/dora', { disabled: true })).toEqual({
    role: 'member',
    disabled: true,
  })
  expect(await reached()).toEqual({ session: 401, token: 401, push: 'refused', password: 403 })
  expect((await user('dora'))?.disabledAt).toEqual(expect.any(String))
  const byLink = await fetch(new URL('/api/plaza/sign-in-link', plaza.url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: plaza.url.origin },
    body: JSON.stringify({ link: link.split('#')[1] }),
  })
  expect(byLink.status).toBe(403)
  expect(byLink.headers.getSetCookie()).toEqual([])
  // What they own is not taken from others.
  expect((await fetch(host)).status).toBe(200)
  const more = await withCookie((await signIn('root-admin')).cookie, 'POST', '/api/plaza/admin/users/dora/link')
  expect(more.status).toBe(409)

  await asAdmin('PATCH', '/api/plaza/admin/users/dora', { disabled: false })
  expect(await reached()).toEqual({ session: 401, token: 200, push: 'taken', password: 200 })
  expect(token).toBe(plaza.person('dora').token)
}, 90_000)

test('nobody decides about themselves, and of two administrators who remove each other one stays', async () => {
  const self = await withCookie((await signIn('root-admin')).cookie, 'PATCH', '/api/plaza/admin/users/root-admin', {
    role: 'member',
  })
  expect(self.status).toBe(403)
  expect(await self.json()).toMatchObject({ error: expect.stringContaining('their own role') })
  const off = await withCookie((await signIn('root-admin')).cookie, 'PATCH', '/api/plaza/admin/users/root-admin', {
    disabled: true,
  })
  expect(off.status).toBe(403)

  await asAdmin('PATCH', '/api/plaza/admin/users/second-admin', { role: 'admin' })
  const [one, other] = await Promise.all([signIn('root-admin'), signIn('second-admin')])
  const answers = await Promise.all([
    withCookie(one.cookie, 'PATCH', '/api/plaza/admin/users/second-admin', { role: 'member' }),
    withCookie(other.cookie, 'PATCH', '/api/plaza/admin/users/root-admin', { role: 'member' }),
  ])
  expect(answers.map((answer) => answer.status)).toEqual(expect.arrayContaining([200, 403]))
  if (answers[1].ok) {
    await withCookie(other.cookie, 'PATCH', '/api/plaza/admin/users/root-admin', { role: 'admin' })
    await asAdmin('PATCH', '/api/plaza/admin/users/second-admin', { role: 'member' })
  }
  expect(await user('root-admin')).toMatchObject({ role: 'admin' })
  expect(await user('second-admin')).toMatchObject({ role: 'member' })
}, 30_000)

test('a link lets somebody in once', async () => {
  const { link } = await asAdmin<SignInLink>('POST', '/api/plaza/admin/users/carol/link')
  const [address, secret] = link.split('#')
  expect(address).toBe(`${plaza.url.origin}/sign-in/link`)
  const use = async () =>
    await fetch(new URL('/api/plaza/sign-in-link', plaza.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: plaza.url.origin },
      body: JSON.stringify({ link: secret }),
    })
  const first = await use()
  expect(first.status).toBe(200)
  const cookie = first.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  expect(await (await withCookie(cookie, 'GET', '/api/plaza/me')).json()).toMatchObject({ me: { name: 'carol' } })
  expect((await use()).status).toBe(401)
})

test('people are found by name and address, and nothing that is typed is a pattern', async () => {
  const names = async (search: string) =>
    (await asAdmin<AdminUsers>('GET', `/api/plaza/admin/users?search=${encodeURIComponent(search)}`)).users.map(
      ({ name }) => name,
    )
  expect(await names('ALI')).toEqual(['alice'])
  expect(await names('carol@example')).toEqual(['carol'])
  expect(await names('%')).toEqual([])
  expect((await asAdmin<AdminUsers>('GET', '/api/plaza/admin/users')).total).toBeGreaterThanOrEqual(6)
})

test('every Space is listed, a private one too, with stage, owner and what it keeps', async () => {
  await plaza.publish('alice', 'hidden', page(), { private: true })
  await plaza.publish('bob', 'shown', page())
  await plaza.waitFor('alice/hidden', 'RUNNING')
  await plaza.waitFor('bob/shown', 'RUNNING')
  const all = await asAdmin<AdminSpaces>('GET', '/api/plaza/admin/spaces')
  expect(all.spaces.map(({ id }) => id)).toEqual(expect.arrayContaining(['alice/hidden', 'bob/shown']))
  expect(all.spaces.find(({ id }) => id === 'alice/hidden')).toMatchObject({
    visibility: 'private',
    title: 'Tide',
    stage: 'RUNNING',
    sdk: 'static',
    featured: false,
  })
  const ids = async (query: string) =>
    (await asAdmin<AdminSpaces>('GET', `/api/plaza/admin/spaces?${query}`)).spaces.map(({ id }) => id)
  expect(await ids('owner=Alice')).toEqual(['alice/hidden'])
  expect(await ids('search=bob/sh')).toEqual(['bob/shown'])
  expect(await ids('stage=PAUSED')).toEqual([])
  expect(await ids('cursor=nonsense|x')).toHaveLength(all.spaces.length)
  const sizes = await asAdmin<SpaceSizes>('GET', '/api/plaza/admin/storage?id=alice/hidden&id=bob/shown&id=no/where')
  expect(Object.keys(sizes).toSorted()).toEqual(['alice/hidden', 'bob/shown'])
  expect(sizes['alice/hidden']?.repository).toBeGreaterThan(0)
}, 60_000)

test('what runs says which process, which port, what it uses; a static Space is none', async () => {
  await plaza.publish('alice', 'busy', { 'README.md': '---\nsdk: gradio\n---\n', 'app.py': app })
  await plaza.waitFor('alice/busy', 'RUNNING', 90_000)
  const seen = await asAdmin<AdminInstances>('GET', '/api/plaza/admin/instances')
  expect(seen.pools).toHaveLength(1)
  expect(seen.staticSpaces).toBeGreaterThanOrEqual(1)
  expect(seen.instances.map(({ space }) => space)).toEqual(['alice/busy'])
  const [busy] = seen.instances
  expect(busy).toMatchObject({ state: 'ready', wanted: true, hardware: 'cpu-basic', cpu: expect.any(Number) })
  expect(busy?.port).toBeGreaterThan(0)
  expect(busy?.memory).toBeGreaterThan(1024 ** 2)
  expect(() => process.kill(busy?.pid ?? -1, 0)).not.toThrow()
}, 120_000)

test('builds that run and wait are listed in order, and can be taken out', async () => {
  const { 'slow/backend.py': backend } = slowPackage
  const slow = {
    ...slowPackage,
    'slow/backend.py': typeof backend === 'string' ? backend.replaceAll('sleep(2)', 'sleep(60)') : '',
    'README.md': '---\nsdk: gradio\n---\n',
    'app.py': app,
  }
  for (const name of ['one', 'two', 'three']) await plaza.publish('carol', name, slow)
  await expect
    .poll(async () => (await asAdmin<AdminBuilds>('GET', '/api/plaza/admin/builds')).running.length, {
      timeout: 30_000,
    })
    .toBe(2)
  const before = await asAdmin<AdminBuilds>('GET', '/api/plaza/admin/builds')
  expect(before.parallel).toBe(2)
  expect(before.waiting.map(({ space, phase }) => [space, phase])).toEqual([['carol/three', 'queued']])
  for (const { id } of [...before.waiting, ...before.running]) {
    await asAdmin('POST', `/api/plaza/admin/builds/${id}/cancel`)
  }
  expect(await asAdmin('GET', '/api/plaza/admin/builds')).toMatchObject({ running: [], waiting: [] })
  const again = await withCookie(
    (await signIn('root-admin')).cookie,
    'POST',
    `/api/plaza/admin/builds/${before.waiting[0]?.id}/cancel`,
  )
  expect(again.status).toBe(409)
}, 90_000)

test('the settings in force tell no secret', async () => {
  const { settings } = await asAdmin<AdminSettings>('GET', '/api/plaza/admin/settings')
  const of = (name: string) => settings.find((setting) => setting.name === name)
  expect(of('PLAZA_URL')).toMatchObject({ value: plaza.url.origin, source: 'environment' })
  expect(of('PLAZA_DATABASE_URL')).toMatchObject({ value: null, secret: true })
  expect(of('examples')).toMatchObject({ value: 'false', source: 'file' })
  const text = JSON.stringify(settings)
  for (const person of plaza.people.values()) {
    expect(text).not.toContain(person.token)
    expect(text).not.toContain(`${person.name}-password`)
  }
})

test('what doctor finds is told, the camera included', { timeout: 60_000 }, async () => {
  const { findings } = await asAdmin<AdminFindings>('GET', '/api/plaza/admin/findings')
  expect(findings.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['Node', 'git', 'disk', 'pictures of Spaces']),
  )
})
