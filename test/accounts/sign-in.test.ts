import { expect, test } from 'vitest'
import { createAccount } from '../../control-plane/accounts/account.ts'
import { createSignInLink } from '../../control-plane/accounts/sign-in-link.ts'
import { type Platform, testPlatform, type Visitor } from './platform.ts'

const password = 'correct horse battery'

async function signedUp(platform: Platform, name = 'Alice'): Promise<Visitor> {
  const visitor = platform.visitor()
  const answer = await visitor.send('POST', '/api/auth/sign-up/email', {
    body: { username: name, name: `${name} A.`, email: `${name.replace(/[^A-Za-z]/g, 'x')}@Example.org`, password },
  })
  expect(answer).toMatchObject({ status: 200, body: { me: { name } } })
  return visitor
}

const signIn = async (visitor: Visitor, username: string, given = password) =>
  await visitor.send('POST', '/api/auth/sign-in/username', { body: { username, password: given } })

const whoIs = async (visitor: Visitor) => (await visitor.send('GET', '/api/plaza/me')).body

test('a person signs up, is known, signs out, and signs in by name in any case or by address', async () => {
  await using platform = await testPlatform()
  const visitor = await signedUp(platform)
  const me = { name: 'Alice', fullname: 'Alice A.', email: 'alice@example.org', role: 'member', avatarUrl: null }
  expect(await whoIs(visitor)).toEqual({
    me,
    install: expect.objectContaining({ signUp: true, spacesDomain: 'spaces.localhost' }),
  })
  const kept = new Map(visitor.cookies)
  expect((await visitor.send('POST', '/api/auth/sign-out')).status).toBe(200)
  expect(await whoIs(visitor)).toMatchObject({ me: null })
  // The session is over at the server, not only forgotten by the browser.
  visitor.cookies = kept
  expect(await whoIs(visitor)).toMatchObject({ me: null })

  for (const login of ['alice', 'ALICE', 'Alice@example.ORG']) {
    const again = platform.visitor()
    expect(await signIn(again, login)).toMatchObject({ status: 200, body: { me } })
    expect(await whoIs(again)).toMatchObject({ me })
  }
})

test('an unknown name and a wrong password get the same answer, and no session', async () => {
  await using platform = await testPlatform()
  await signedUp(platform)
  const visitor = platform.visitor()
  const wrong = await signIn(visitor, 'alice', 'not this one')
  expect(wrong).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  for (const login of ['nobody', 'nobody@example.org', 'admin', '$(id)', '../x', '-'.repeat(300)]) {
    expect(await signIn(visitor, login)).toMatchObject({ status: 401, body: wrong.body })
  }
  expect(visitor.cookies.size).toBe(0)
})

test('neither passwords nor tokens nor links lie in the store as they are', async () => {
  await using platform = await testPlatform()
  const visitor = await signedUp(platform)
  const made = await visitor.send('POST', '/api/plaza/tokens', { body: { name: 'laptop', role: 'write' } })
  const { token } = made.body as { token: string }
  const { id } = await platform.store.read.selectFrom('accounts').select('id').executeTakeFirstOrThrow()
  const link = await platform.store.transaction(async (tx) => await createSignInLink(tx, id))
  const rows = JSON.stringify([
    await platform.store.read.selectFrom('credentials').selectAll().execute(),
    await platform.store.read.selectFrom('tokens').selectAll().execute(),
    await platform.store.read.selectFrom('verifications').selectAll().execute(),
    await platform.store.read.selectFrom('accounts').selectAll().execute(),
  ])
  expect(rows).toContain('laptop')
  for (const secret of [password, token, link]) expect(rows).not.toContain(secret)
})

test('names may begin with any of their characters', async () => {
  await using platform = await testPlatform()
  for (const name of ['.dotted', '-dashed', '_under', '9lives', 'a', 'A.b-c_D', 'x'.repeat(64)]) {
    const visitor = await signedUp(platform, name)
    expect(await whoIs(visitor)).toMatchObject({ me: { name } })
    expect(await signIn(platform.visitor(), name.toUpperCase())).toMatchObject({ status: 200, body: { me: { name } } })
  }
})

test('names that cannot be, are reserved or taken in another case are refused with the reason', async () => {
  await using platform = await testPlatform()
  await signedUp(platform)
  const attempt = async (body: Record<string, unknown>) =>
    await platform.visitor().send('POST', '/api/auth/sign-up/email', {
      body: { username: 'bob', name: 'B', email: 'bob@example.org', password, ...body },
    })
  for (const username of [
    '..',
    '.',
    'a/b',
    'a b',
    'x\n',
    'é',
    '$(id)',
    '`id`',
    'a;b',
    'x.git',
    'y'.repeat(65),
    'Admin',
    'API',
    'settings',
  ]) {
    const answer = await attempt({ username: username })
    // White space around a name is dropped, the rest is judged.
    if (username.trim() === 'x') expect(answer.status).toBe(200)
    else expect(answer, username).toMatchObject({ status: 400, body: { code: 'bad_request' } })
  }
  expect(await attempt({ username: '' })).toMatchObject({ status: 400 })
  expect(await attempt({ username: 'aLICE' })).toMatchObject({
    status: 409,
    body: { error: expect.stringContaining('taken') },
  })
  expect(await attempt({ email: 'ALICE@example.org' })).toMatchObject({ status: 409 })
  expect(await attempt({ email: 'no address' })).toMatchObject({ status: 400 })
  expect(await attempt({ password: 'short' })).toMatchObject({ status: 400 })
  expect(await attempt({ password: 'x'.repeat(2000) })).toMatchObject({ status: 400 })
})

test('nobody makes themselves an administrator or shows another name than their own', async () => {
  await using platform = await testPlatform()
  const visitor = platform.visitor()
  const body = {
    username: 'mallory',
    displayUsername: 'alice',
    email: 'm@example.org',
    password,
    role: 'admin',
    emailVerified: true,
    image: 'http://tracker.example/x.png',
    plan: 'pro',
  }
  expect((await visitor.send('POST', '/api/auth/sign-up/email', { body })).status).toBe(200)
  expect(await whoIs(visitor)).toMatchObject({ me: { name: 'mallory', role: 'member', avatarUrl: null } })
  const row = await platform.store.read.selectFrom('accounts').selectAll().executeTakeFirstOrThrow()
  expect(row).toMatchObject({ plan: 'free', email_verified: false, name_key: 'mallory' })
})

test('of many who want one name at once, exactly one gets it', async () => {
  await using platform = await testPlatform()
  const answers = await Promise.all(
    Array.from(
      { length: 6 },
      async (_, index) =>
        await platform.visitor().send('POST', '/api/auth/sign-up/email', {
          body: { username: index % 2 ? 'Wanted' : 'wanted', email: `w${index}@example.org`, password },
        }),
    ),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409, 409, 409])
  expect(await platform.store.read.selectFrom('accounts').select('id').execute()).toHaveLength(1)
  expect(await platform.store.read.selectFrom('credentials').select('id').execute()).toHaveLength(1)
})

test('where sign-up is closed nobody gets in by it, and those who have an account still do', async () => {
  await using open = await testPlatform()
  await signedUp(open)
  await using platform = await testPlatform({ signUp: 'closed', store: open.store, url: open.url })
  const answer = await platform.visitor().send('POST', '/api/auth/sign-up/email', {
    body: { username: 'bob', email: 'bob@example.org', password },
  })
  expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect((await signIn(platform.visitor(), 'alice')).status).toBe(200)
})

test('the session cookie is for this host only, out of reach of scripts, and not sent by other sites', async () => {
  await using platform = await testPlatform()
  const visitor = await signedUp(platform)
  expect(visitor.setCookies).toHaveLength(1)
  const [cookie = ''] = visitor.setCookies
  expect(cookie).toMatch(/^plaza\.session_token=/)
  expect(cookie).toMatch(/; HttpOnly/i)
  expect(cookie).toMatch(/; SameSite=Lax/i)
  expect(cookie).toMatch(/; Path=\/(;|$)/i)
  expect(cookie).not.toMatch(/; Domain/i)
  expect(cookie).not.toMatch(/; Secure/i)
})

test('on https the cookie is Secure and cannot be set by a neighbouring host', async () => {
  await using platform = await testPlatform({ url: new URL('https://plaza.example.org') })
  const visitor = await signedUp(platform)
  const [cookie = ''] = visitor.setCookies
  expect(cookie).toMatch(/^__Host-plaza\.session_token=/)
  expect(cookie).toMatch(/; Secure/i)
  expect(cookie).not.toMatch(/; Domain/i)
  expect(await whoIs(visitor)).toMatchObject({ me: { name: 'Alice' } })
})

test('a session that is not to be remembered ends with the browser', async () => {
  await using platform = await testPlatform()
  await signedUp(platform)
  const visitor = platform.visitor()
  await visitor.send('POST', '/api/auth/sign-in/username', { body: { username: 'alice', password, rememberMe: false } })
  const session = visitor.setCookies.find((cookie) => cookie.startsWith('plaza.session_token='))
  expect(session).not.toMatch(/max-age|expires/i)
  expect(await whoIs(visitor)).toMatchObject({ me: { name: 'Alice' } })
})

test('a cookie that was changed, or signed by another install, is nobody', async () => {
  await using platform = await testPlatform()
  const visitor = await signedUp(platform)
  await using other = await testPlatform({ store: platform.store, url: platform.url, key: Buffer.alloc(32, 8) })
  const stranger = other.visitor()
  stranger.cookies = new Map(visitor.cookies)
  expect(await whoIs(stranger)).toMatchObject({ me: null })
  for (const [name, value] of visitor.cookies)
    visitor.cookies.set(
      name,
      value.replace(/^./, (c) => (c === 'x' ? 'y' : 'x')),
    )
  expect(await whoIs(visitor)).toMatchObject({ me: null })
})

test('what another page makes the browser send changes nothing', async () => {
  await using platform = await testPlatform()
  const visitor = await signedUp(platform)
  const attempts: [string, string, unknown?][] = [
    ['POST', '/api/plaza/tokens', { name: 'stolen', role: 'write' }],
    ['DELETE', '/api/plaza/tokens/x'],
    ['POST', '/api/auth/sign-out'],
  ]
  const foreign = [
    'https://evil.example',
    'http://demo.spaces.localhost',
    'null',
    `${platform.url.origin}.evil.example`,
    null,
  ]
  for (const [method, path, body] of attempts) {
    for (const origin of foreign) {
      expect(await visitor.send(method, path, { body, origin }), `${path} ${origin}`).toMatchObject({ status: 403 })
    }
  }
  expect(await visitor.send('GET', '/api/plaza/tokens', { origin: null })).toEqual(
    expect.objectContaining({ status: 200, body: { tokens: [] } }),
  )
  expect(await whoIs(visitor)).toMatchObject({ me: { name: 'Alice' } })
  // Nor does it sign somebody in as somebody else.
  const fresh = platform.visitor()
  const body = { username: 'alice', password }
  expect(
    await fresh.send('POST', '/api/auth/sign-in/username', { body, origin: 'https://evil.example' }),
  ).toMatchObject({ status: 403 })
  // A program sends no Origin and has no cookie.
  expect(await fresh.send('POST', '/api/auth/sign-in/username', { body, origin: null })).toMatchObject({ status: 200 })
})

test('a form of another page, which cannot send JSON, does not sign in', async () => {
  await using platform = await testPlatform()
  await signedUp(platform)
  const answer = await platform.visitor().send('POST', '/api/auth/sign-in/username', {
    body: { username: 'alice', password },
    headers: { 'content-type': 'text/plain' },
    origin: null,
  })
  expect(answer.status).toBe(400)
})

test('guessing a password is stopped, also for the right one, and others are not locked out', async () => {
  await using platform = await testPlatform({ limits: { name: { tries: 3, seconds: 600 } } })
  await signedUp(platform)
  await signedUp(platform, 'bob')
  const visitor = platform.visitor()
  for (const given of ['guess-one', 'guess-two', 'guess-three']) {
    expect((await signIn(visitor, 'alice', given)).status).toBe(401)
  }
  const stopped = await signIn(visitor, 'ALICE')
  expect(stopped).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
  expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(0)
  // A header that anyone can write does not make another address.
  const forged = await visitor.send('POST', '/api/auth/sign-in/username', {
    body: { username: 'alice', password },
    headers: { 'x-forwarded-for': '203.0.113.9', 'x-plaza-client-address': '203.0.113.9' },
  })
  expect(forged.status).toBe(429)
  expect((await signIn(visitor, 'bob')).status).toBe(200)
})

test('guessing one name from many addresses is stopped too', async () => {
  await using platform = await testPlatform({ limits: { everywhere: { tries: 3, seconds: 600 } } })
  await signedUp(platform)
  const attempt = async (address: string, given: string) =>
    await platform.accounts.signIn({ login: 'alice', password: given, remember: true }, { headers: {}, address })
  for (const last of [1, 2, 3]) {
    await expect(attempt(`203.0.113.${last}`, 'a guess')).rejects.toMatchObject({ code: 'unauthenticated' })
  }
  await expect(attempt('203.0.113.4', password)).rejects.toMatchObject({ code: 'rate_limited' })
})

test('success clears what was mistyped before', async () => {
  await using platform = await testPlatform({ limits: { name: { tries: 3, seconds: 600 } } })
  await signedUp(platform)
  for (let round = 0; round < 3; round++) {
    expect((await signIn(platform.visitor(), 'alice', 'mistyped')).status).toBe(401)
    expect((await signIn(platform.visitor(), 'alice')).status).toBe(200)
  }
})

test('one address that tries many names is stopped, and so is one that makes many accounts', async () => {
  await using platform = await testPlatform({
    limits: { address: { tries: 3, seconds: 600 }, signUp: { tries: 1, seconds: 600 } },
  })
  await signedUp(platform)
  const more = await platform.visitor().send('POST', '/api/auth/sign-up/email', {
    body: { username: 'bob', email: 'bob@example.org', password },
  })
  expect(more.status).toBe(429)
  for (const name of ['a', 'b', 'c']) expect((await signIn(platform.visitor(), name)).status).toBe(401)
  expect((await signIn(platform.visitor(), 'alice')).status).toBe(429)
  expect((await platform.visitor().send('POST', '/api/plaza/sign-in-link', { body: { link: 'x' } })).status).toBe(429)
})

test('a sign-in link lets its account in once, without a password', async () => {
  await using platform = await testPlatform()
  const { store } = platform
  const link = await store.transaction(async (tx) => {
    const account = await createAccount(tx, { name: 'root-of-it', role: 'admin' })
    return await createSignInLink(tx, account.id)
  })
  const [first, second] = [platform.visitor(), platform.visitor()]
  const answers = await Promise.all(
    [first, second].map(async (visitor) => await visitor.send('POST', '/api/plaza/sign-in-link', { body: { link } })),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401])
  const winner = answers[0]?.status === 200 ? first : second
  expect(await whoIs(winner)).toMatchObject({ me: { name: 'root-of-it', role: 'admin', email: null } })
  expect((await platform.visitor().send('POST', '/api/plaza/sign-in-link', { body: { link } })).status).toBe(401)
  // It has no password, so no password opens it.
  for (const given of [' ', 'null', 'undefined'])
    expect((await signIn(platform.visitor(), 'root-of-it', given)).status).toBe(401)
})

test('a link that has run out, or was made up, opens nothing', async () => {
  await using platform = await testPlatform()
  const { store } = platform
  const link = await store.transaction(async (tx) => {
    const account = await createAccount(tx, { name: 'late' })
    const token = await createSignInLink(tx, account.id)
    await tx.db
      .updateTable('verifications')
      .set({ expires_at: new Date(tx.now.getTime() - 1000) })
      .execute()
    return token
  })
  for (const given of [link, 'made-up', '', "' or 1=1 --"]) {
    expect([400, 401]).toContain(
      (await platform.visitor().send('POST', '/api/plaza/sign-in-link', { body: { link: given } })).status,
    )
  }
})

test('what has run out is removed', async () => {
  await using platform = await testPlatform()
  const visitor = await signedUp(platform)
  const { store, accounts } = platform
  await signIn(platform.visitor(), 'alice')
  const [oldest] = await store.read.selectFrom('sessions').select('id').orderBy('created_at').execute()
  await store.read
    .updateTable('sessions')
    .set({ expires_at: new Date(Date.now() - 1000) })
    .where('id', '=', oldest?.id ?? '')
    .execute()
  await accounts.prune()
  expect(await store.read.selectFrom('sessions').select('id').execute()).toHaveLength(1)
  expect(await whoIs(visitor)).toMatchObject({ me: null })
})

test('where a person comes from is noted with the session', async () => {
  await using platform = await testPlatform()
  const visitor = await signedUp(platform)
  await visitor.send('POST', '/api/auth/sign-in/username', {
    body: { username: 'alice', password },
    headers: { 'user-agent': 'Test/1', 'x-plaza-client-address': '203.0.113.9' },
  })
  const rows = await platform.store.read.selectFrom('sessions').select(['ip_address', 'user_agent']).execute()
  expect(rows).toContainEqual({ ip_address: '127.0.0.1', user_agent: 'Test/1' })
})
