import { expect, test } from 'vitest'
import { createAccount, hashPassword } from '../../control-plane/accounts/account.ts'
import { createToken } from '../../control-plane/accounts/token.ts'
import { type Platform, testPlatform, type Visitor } from './platform.ts'

const password = 'correct horse battery'

async function person(platform: Platform, name: string): Promise<{ id: string; visitor: Visitor }> {
  const passwordHash = await hashPassword(password)
  const account = await platform.store.transaction(
    async (tx) => await createAccount(tx, { name, fullname: `${name} A.`, email: `${name}@example.org`, passwordHash }),
  )
  const visitor = platform.visitor()
  await visitor.send('POST', '/api/auth/sign-in/username', { body: { username: name, password } })
  return { id: account.id, visitor }
}

const whoami = async (platform: Platform, token: string) =>
  await platform
    .visitor()
    .send('GET', '/api/whoami-v2', { headers: { authorization: `Bearer ${token}` }, origin: null })

test('a token is shown once, is listed by its ending, speaks for its owner, and is worth nothing once revoked', async () => {
  await using platform = await testPlatform()
  const { visitor } = await person(platform, 'Alice')
  const made = await visitor.send('POST', '/api/plaza/tokens', { body: { name: ' laptop ', role: 'read' } })
  const { token, id } = made.body as { token: string; id: string }
  expect(made).toMatchObject({
    status: 201,
    body: { name: 'laptop', role: 'read', ending: token.slice(-4), lastUsedAt: null },
  })
  expect(token).toMatch(/^hf_[A-Za-z0-9]{34,}$/)
  expect(made.headers.get('cache-control')).toBe('no-store')

  const answer = await whoami(platform, token)
  expect(answer).toMatchObject({
    status: 200,
    body: {
      type: 'user',
      name: 'Alice',
      fullname: 'Alice A.',
      email: 'alice@example.org',
      emailVerified: false,
      isPro: false,
      canPay: false,
      orgs: [],
      auth: { type: 'access_token', accessToken: { displayName: 'laptop', role: 'read' } },
    },
  })
  expect(
    Date.parse((answer.body as { auth: { accessToken: { createdAt: string } } }).auth.accessToken.createdAt),
  ).not.toBeNaN()

  const listed = await visitor.send('GET', '/api/plaza/tokens')
  expect(listed.body).toEqual({
    tokens: [
      expect.objectContaining({
        id,
        name: 'laptop',
        role: 'read',
        ending: token.slice(-4),
        lastUsedAt: expect.any(String),
      }),
    ],
  })
  expect(JSON.stringify(listed.body)).not.toContain(token)

  expect((await visitor.send('DELETE', `/api/plaza/tokens/${id}`)).status).toBe(200)
  expect(await whoami(platform, token)).toMatchObject({ status: 401, body: { error: 'Invalid user token.' } })
  expect((await visitor.send('GET', '/api/plaza/tokens')).body).toEqual({ tokens: [] })
  expect((await visitor.send('DELETE', `/api/plaza/tokens/${id}`)).status).toBe(404)
})

test('a wrong token is an error even where a valid session comes with it', async () => {
  await using platform = await testPlatform()
  const { visitor } = await person(platform, 'alice')
  for (const value of ['hf_wrong', '', 'nothing', 'api_org_x', `hf_${'x'.repeat(5000)}`]) {
    const answer = await visitor.send('GET', '/api/whoami-v2', { headers: { authorization: `Bearer ${value}` } })
    expect(answer, value).toMatchObject({ status: 401, body: { error: 'Invalid user token.' } })
  }
  expect(await visitor.send('GET', '/api/whoami-v2')).toMatchObject({
    status: 200,
    body: { name: 'alice', auth: { type: 'session' }, orgs: [] },
  })
  expect((await platform.visitor().send('GET', '/api/whoami-v2')).status).toBe(401)
})

test('nobody sees or revokes the tokens of others', async () => {
  await using platform = await testPlatform()
  const [alice, bob] = [await person(platform, 'alice'), await person(platform, 'bob')]
  const { id, token } = (
    await alice.visitor.send('POST', '/api/plaza/tokens', { body: { name: 'mine', role: 'write' } })
  ).body as { id: string; token: string }
  expect((await bob.visitor.send('GET', '/api/plaza/tokens')).body).toEqual({ tokens: [] })
  expect((await bob.visitor.send('DELETE', `/api/plaza/tokens/${id}`)).status).toBe(404)
  expect((await whoami(platform, token)).status).toBe(200)
})

test('a token makes no tokens, and strangers see none', async () => {
  await using platform = await testPlatform()
  const { visitor } = await person(platform, 'alice')
  const { token } = (await visitor.send('POST', '/api/plaza/tokens', { body: { name: 'mine', role: 'write' } }))
    .body as {
    token: string
  }
  const headers = { authorization: `Bearer ${token}` }
  const program = platform.visitor()
  const body = { name: 'more', role: 'write' }
  expect((await program.send('POST', '/api/plaza/tokens', { body, headers, origin: null })).status).toBe(403)
  expect((await program.send('GET', '/api/plaza/tokens', { headers, origin: null })).status).toBe(403)
  expect((await program.send('GET', '/api/plaza/tokens')).status).toBe(401)
  expect((await program.send('POST', '/api/plaza/tokens', { body })).status).toBe(401)
})

test('a token of no known role, or without a name, is not made', async () => {
  await using platform = await testPlatform()
  const { visitor } = await person(platform, 'alice')
  for (const body of [
    { name: 'x', role: 'admin' },
    { name: 'x', role: 'fineGrained' },
    { name: ' ', role: 'read' },
    {},
    null,
    [],
    { name: 'y'.repeat(101), role: 'read' },
  ]) {
    expect((await visitor.send('POST', '/api/plaza/tokens', { body })).status).toBe(400)
  }
})

test('the time of the last use is written at most once a minute', async () => {
  await using platform = await testPlatform()
  const { store } = platform
  const { id } = await person(platform, 'alice')
  const { token } = await store.transaction(async (tx) => await createToken(tx, id, { name: 't', role: 'read' }))
  const lastUse = async () =>
    (await store.read.selectFrom('tokens').select('last_used_at').executeTakeFirstOrThrow()).last_used_at?.getTime()
  await whoami(platform, token)
  const first = await lastUse()
  expect(first).toBeDefined()
  await whoami(platform, token)
  expect(await lastUse()).toBe(first)
  const longAgo = new Date(Date.now() - 61_000)
  await store.read.updateTable('tokens').set({ last_used_at: longAgo }).execute()
  await whoami(platform, token)
  expect(await lastUse()).toBeGreaterThan(longAgo.getTime())
})

test('git presents the token as a password, under any user name', async () => {
  await using platform = await testPlatform()
  const { store, accounts } = platform
  const { id } = await person(platform, 'alice')
  const { token } = await store.transaction(async (tx) => await createToken(tx, id, { name: 'git', role: 'write' }))
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  for (const name of ['alice', 'bob', '', 'a b']) {
    expect(await accounts.viewerOfBasic(basic(`${name}:${token}`))).toMatchObject({
      accountId: id,
      name: 'alice',
      via: 'token',
      tokenRole: 'write',
    })
  }
  expect(await accounts.viewerOfBasic(undefined)).toBeUndefined()
  for (const header of [
    basic(`alice:${password}`),
    basic(token),
    basic('alice:'),
    'Basic !!',
    'Negotiate x',
    basic(`${token}:x`),
  ]) {
    await expect(accounts.viewerOfBasic(header)).rejects.toMatchObject({ code: 'unauthenticated' })
  }
})
