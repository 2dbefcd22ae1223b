import { expect, test } from 'vitest'
import { createAccount } from '../../control-plane/accounts/account.ts'
import { createToken } from '../../control-plane/accounts/token.ts'
import { tellBuildFailed, tellCrash } from '../../control-plane/community/notifications.ts'
import type { OwnAccount } from '../../control-plane/hub/account.ts'
import type { NotificationList } from '../../control-plane/hub/notifications.ts'
import type { Overview } from '../../control-plane/hub/people.ts'
import type { SignedInDevice } from '../../control-plane/hub/sessions.ts'
import { createSpace } from '../../control-plane/spaces/space.ts'
import type { Store } from '../../control-plane/store/database.ts'
import { type Answer, type Platform, testPlatform, type Visitor } from './platform.ts'

const password = 'correct horse battery'
const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0'

async function signedUp(platform: Platform, name: string): Promise<Visitor> {
  const visitor = platform.visitor()
  const body = { username: name, name: `${name} full`, email: `${name}@example.org`, password }
  expect(await visitor.send('POST', '/api/auth/sign-up/email', { body })).toMatchObject({ status: 200 })
  return visitor
}

async function signedIn(platform: Platform, username: string, given = password, agent = firefox): Promise<Visitor> {
  const visitor = platform.visitor()
  const answer = await visitor.send('POST', '/api/auth/sign-in/username', {
    body: { username, password: given },
    headers: { 'user-agent': agent },
  })
  expect(answer).toMatchObject({ status: 200 })
  return visitor
}

async function idOf(store: Store, name: string): Promise<string> {
  const row = await store.read.selectFrom('accounts').select('id').where('name', '=', name).executeTakeFirstOrThrow()
  return row.id
}

async function spaceOf(store: Store, owner: string, name: string, visibility: 'public' | 'private'): Promise<string> {
  const { id } = await createSpace(store, {
    owner: { id: await idOf(store, owner), name: owner },
    name,
    visibility,
    sdk: 'gradio',
    hardware: 'cpu-basic',
    sleepAfter: undefined,
    hasAddress: false,
    variables: [],
    secrets: [],
  })
  return id
}

async function buildOf(store: Store, spaceId: string, number: number): Promise<{ id: string; space_id: string }> {
  const build = { id: `${spaceId}-${number}`, space_id: spaceId }
  await store.transaction(async (tx) => {
    const values = { ...build, number, sha: 'a'.repeat(40), rebuild: 0, state: 'failed' as const, phases: '[]' }
    await tx.db.insertInto('builds').values(values).execute()
  })
  return build
}

const me = async (visitor: Visitor) => ((await visitor.send('GET', '/api/plaza/me')).body as { me: unknown }).me
const told = async (visitor: Visitor, query = '') =>
  (await visitor.send('GET', `/api/plaza/notifications${query}`)).body as NotificationList
const sessions = async (visitor: Visitor) =>
  ((await visitor.send('GET', '/api/plaza/sessions')).body as { sessions: SignedInDevice[] }).sessions

const own: readonly [string, string, unknown?][] = [
  ['GET', '/api/plaza/account'],
  ['PATCH', '/api/plaza/account', { fullname: 'Somebody' }],
  ['POST', '/api/plaza/password', { current: password, password: 'another long one' }],
  ['GET', '/api/plaza/sessions'],
  ['DELETE', '/api/plaza/sessions'],
  ['DELETE', '/api/plaza/sessions/some-id'],
  ['GET', '/api/plaza/notifications'],
  ['GET', '/api/plaza/notifications/unread'],
  ['POST', '/api/plaza/notifications/read', {}],
]

test.each(own)(
  '%s %s: neither somebody unknown nor a token, not even an administrator’s',
  async (method, path, body) => {
    await using platform = await testPlatform()
    const { store } = platform
    const admin = await store.transaction(async (tx) => await createAccount(tx, { name: 'root', role: 'admin' }))
    const { token } = await store.transaction(
      async (tx) => await createToken(tx, admin.id, { name: 'all', role: 'write' }),
    )
    const send = async (headers: Record<string, string>): Promise<Answer> =>
      await platform.visitor().send(method, path, { body, headers })
    expect(await send({})).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(await send({ authorization: `Bearer ${token}` })).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    const alice = await signedUp(platform, 'alice')
    if (method !== 'GET') {
      const foreign = await alice.send(method, path, { body, origin: 'https://evil.example' })
      expect(foreign).toMatchObject({ status: 403 })
      expect(await me(alice)).toMatchObject({ name: 'alice', fullname: 'alice full' })
    }
  },
)

test('a person changes what others read of them, and nobody else’s', async () => {
  await using platform = await testPlatform()
  const [alice, bob] = [await signedUp(platform, 'alice'), await signedUp(platform, 'bob')]
  const body = { fullname: ' Alice Aal ', bio: 'Draws tides.', email: 'New@Example.org', role: 'admin', name: 'bob' }
  const changed = await alice.send('PATCH', '/api/plaza/account', { body })
  expect(changed.body).toMatchObject({
    name: 'alice',
    fullname: 'Alice Aal',
    bio: 'Draws tides.',
    email: 'new@example.org',
    hasPassword: true,
  } satisfies Partial<OwnAccount>)
  expect(await me(alice)).toMatchObject({ role: 'member', fullname: 'Alice Aal' })
  expect((await bob.send('GET', '/api/plaza/account')).body).toMatchObject({ name: 'bob', bio: '' })
  for (const [field, value] of [
    ['fullname', ''],
    ['fullname', 'x'.repeat(101)],
    ['bio', 'x'.repeat(201)],
    ['bio', 'two\nlines'],
    ['email', 'no address'],
    ['email', 'BOB@example.org'],
  ] as const) {
    const refused = await alice.send('PATCH', '/api/plaza/account', { body: { [field]: value } })
    expect(refused.body, `${field} ${value}`).toMatchObject({ field })
    expect(refused.status).toBe(value === 'BOB@example.org' ? 409 : 400)
  }
})

test('everybody reads the same of a person, and neither address nor role; what is private counts for its owner', async () => {
  await using platform = await testPlatform()
  const { store } = platform
  const [alice, bob] = [await signedUp(platform, 'alice'), await signedUp(platform, 'bob')]
  await spaceOf(store, 'alice', 'tides', 'public')
  const secret = await spaceOf(store, 'alice', 'diary', 'private')
  const account = await idOf(store, 'alice')
  await store.transaction(async (tx) => {
    await tx.db.insertInto('likes').values({ account_id: account, space_id: secret }).execute()
  })
  const seenBy = async (visitor: Visitor) => (await visitor.send('GET', '/api/users/ALICE/overview')).body as Overview
  const seen = await seenBy(platform.visitor())
  expect(seen).toMatchObject({ user: 'alice', fullname: 'alice full', type: 'user', numSpaces: 1, numLikes: 0 })
  expect(JSON.stringify(seen)).not.toMatch(/example\.org|member|admin/)
  expect(await seenBy(bob)).toEqual(seen)
  expect(await seenBy(alice)).toMatchObject({ numSpaces: 2, numLikes: 1 })
  expect(await bob.send('GET', '/api/users/nobody-has-it/overview')).toMatchObject({ status: 404 })
})

test('a new password needs the present one, and ends every other session', async () => {
  await using platform = await testPlatform({ limits: { password: { tries: 3, seconds: 60 } } })
  const here = await signedUp(platform, 'alice')
  const bob = await signedUp(platform, 'bob')
  const there = await signedIn(platform, 'alice')
  const change = async (current: string, wanted: string) =>
    await here.send('POST', '/api/plaza/password', { body: { current, password: wanted } })
  expect(await change('not this one', 'another long one')).toMatchObject({ status: 400, body: { field: 'current' } })
  expect(await change(password, 'short')).toMatchObject({ status: 400, body: { field: 'password' } })
  expect(await change(password, 'x'.repeat(500))).toMatchObject({ status: 400, body: { field: 'password' } })
  expect(await me(there)).toMatchObject({ name: 'alice' })
  expect(await change(password, 'another long one')).toMatchObject({ status: 200 })
  expect(await Promise.all([me(here), me(there), me(bob)])).toEqual([
    expect.objectContaining({ name: 'alice' }),
    null,
    expect.objectContaining({ name: 'bob' }),
  ])
  const old = await platform.visitor().send('POST', '/api/auth/sign-in/username', {
    body: { username: 'alice', password },
  })
  expect(old.status).toBe(401)
  await signedIn(platform, 'alice', 'another long one')
  for (const _ of [1, 2, 3]) expect(await change('a guess', 'whatever it is')).toMatchObject({ status: 400 })
  expect(await change('another long one', 'whatever it is')).toMatchObject({ status: 429 })
})

test('sessions are listed by device, and ended one by one or all others at once', async () => {
  await using platform = await testPlatform()
  const here = await signedUp(platform, 'alice')
  const bob = await signedUp(platform, 'bob')
  const there = await signedIn(platform, 'alice')
  const elsewhere = await signedIn(platform, 'alice', password, 'curl/8.5.0')
  const list = await sessions(here)
  expect(list).toHaveLength(3)
  expect(list.filter(({ isThis }) => isThis)).toHaveLength(1)
  expect(list).toContainEqual(
    expect.objectContaining({
      device: { browser: 'Firefox', system: 'Windows', isMobile: false },
      address: '127.0.0.1',
      isThis: false,
    }),
  )
  expect(JSON.stringify(list)).not.toContain('token')
  const [theirs] = await sessions(there)
  const id = (await sessions(there)).find(({ isThis }) => isThis)?.id ?? theirs?.id
  expect((await bob.send('DELETE', `/api/plaza/sessions/${id}`)).status).toBe(404)
  expect(await me(there)).toMatchObject({ name: 'alice' })
  expect((await here.send('DELETE', `/api/plaza/sessions/${id}`)).status).toBe(200)
  expect(await me(there)).toBeNull()
  expect(await me(elsewhere)).toMatchObject({ name: 'alice' })
  expect((await here.send('DELETE', '/api/plaza/sessions')).status).toBe(200)
  expect(await Promise.all([me(elsewhere), me(here), me(bob)])).toEqual([
    null,
    expect.objectContaining({ name: 'alice' }),
    expect.objectContaining({ name: 'bob' }),
  ])
  expect(await sessions(here)).toHaveLength(1)
})

test('the last use of a session is kept to the minute', async () => {
  await using platform = await testPlatform()
  const here = await signedUp(platform, 'alice')
  await platform.store.transaction(async (tx) => {
    await tx.db
      .updateTable('sessions')
      .set({ last_used_at: new Date(0) })
      .execute()
  })
  await me(here)
  const [first] = await sessions(here)
  expect(Date.parse(first?.lastUsedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
  await me(here)
  expect(await sessions(here)).toEqual([first])
})

test('of a failed build its owner hears once, and nobody else does, not even an administrator', async () => {
  await using platform = await testPlatform()
  const { store } = platform
  const [alice, bob, root] = [
    await signedUp(platform, 'alice'),
    await signedUp(platform, 'bob'),
    await signedUp(platform, 'root-admin'),
  ]
  await store.transaction(async (tx) => {
    await tx.db.updateTable('accounts').set({ role: 'admin' }).where('name', '=', 'root-admin').execute()
  })
  const build = await buildOf(store, await spaceOf(store, 'alice', 'tides', 'public'), 3)
  for (const _ of [1, 2]) await store.transaction(async (tx) => await tellBuildFailed(tx, build, 'numpy is not there.'))
  const list = await told(alice)
  expect(list).toEqual({
    unread: 1,
    notifications: [
      expect.objectContaining({
        kind: 'build-failed',
        space: 'alice/tides',
        build: 3,
        message: 'numpy is not there.',
        isRead: false,
      }),
    ],
  })
  expect(await Promise.all([told(bob), told(root)])).toEqual([
    { notifications: [], unread: 0 },
    { notifications: [], unread: 0 },
  ])
  const id = list.notifications[0]?.id
  for (const other of [bob, root]) {
    expect((await other.send('POST', '/api/plaza/notifications/read', { body: { id } })).status).toBe(404)
  }
  expect((await alice.send('GET', '/api/plaza/notifications/unread')).body).toEqual({ unread: 1 })
  for (const _ of [1, 2]) {
    const read = await alice.send('POST', '/api/plaza/notifications/read', { body: { id } })
    expect(read).toMatchObject({ status: 200, body: { unread: 0 } })
  }
  expect((await told(alice)).notifications[0]?.isRead).toBe(true)
})

test('a crash loop is one thing to hear of; a crash after a quiet while is a new one', async () => {
  await using platform = await testPlatform()
  const { store } = platform
  const alice = await signedUp(platform, 'alice')
  const build = await buildOf(store, await spaceOf(store, 'alice', 'tides', 'public'), 1)
  const crash = async (message: string) => await store.transaction(async (tx) => await tellCrash(tx, build, message))
  await crash('first')
  await alice.send('POST', '/api/plaza/notifications/read', { body: {} })
  await crash('again')
  expect(await told(alice)).toMatchObject({ unread: 0, notifications: [{ message: 'again', isRead: true }] })
  await store.transaction(async (tx) => {
    await tx.db
      .updateTable('notifications')
      .set({ at: new Date(Date.now() - 3600_000) })
      .execute()
  })
  await crash('much later')
  expect(await told(alice)).toMatchObject({ unread: 1, notifications: [{ message: 'much later', isRead: false }] })
})

test('notifications are paged, newest first, read together, and go with their Space', async () => {
  await using platform = await testPlatform()
  const { store } = platform
  const alice = await signedUp(platform, 'alice')
  const [kept, gone] = [
    await spaceOf(store, 'alice', 'kept', 'public'),
    await spaceOf(store, 'alice', 'gone', 'private'),
  ]
  for (let number = 1; number <= 5; number++) {
    const build = await buildOf(store, number === 5 ? gone : kept, number)
    await store.transaction(async (tx) => await tellBuildFailed(tx, build, `failure ${number}`))
  }
  const seen: string[] = []
  let next: string | undefined = ''
  while (next !== undefined) {
    const page: NotificationList = await told(alice, `?limit=2&before=${next}`)
    expect(page.unread).toBe(5)
    seen.push(...page.notifications.map(({ message }) => message))
    next = page.next
  }
  expect(seen).toEqual(['failure 5', 'failure 4', 'failure 3', 'failure 2', 'failure 1'])
  await store.transaction(async (tx) => {
    await tx.db.updateTable('spaces').set({ deleted_at: tx.now }).where('id', '=', gone).execute()
  })
  expect(await told(alice)).toMatchObject({ unread: 4 })
  expect((await told(alice)).notifications).toHaveLength(4)
  expect((await alice.send('POST', '/api/plaza/notifications/read', { body: {} })).body).toEqual({ unread: 0 })
})

test('what is wrong with a new account is said of its field', async () => {
  await using platform = await testPlatform()
  await signedUp(platform, 'alice')
  const good = { username: 'carol', email: 'carol@example.org', password }
  for (const [field, body] of [
    ['username', { ...good, username: 'Alice' }],
    ['username', { ...good, username: 'settings' }],
    ['username', { ...good, username: 'a b' }],
    ['email', { ...good, email: 'alice@example.org' }],
    ['email', { ...good, email: 'nowhere' }],
    ['password', { ...good, password: 'short' }],
    ['password', { ...good, password: 'x'.repeat(200) }],
  ] as const) {
    const answer = await platform.visitor().send('POST', '/api/auth/sign-up/email', { body })
    expect(answer.body, JSON.stringify(body)).toMatchObject({ field })
  }
})
