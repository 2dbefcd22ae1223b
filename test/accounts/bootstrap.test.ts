import { expect, test } from 'vitest'
import { hashPassword, setPassword } from '../../control-plane/accounts/account.ts'
import { applyBootstrap, parseBootstrap } from '../../control-plane/accounts/bootstrap.ts'
import { revokeToken } from '../../control-plane/accounts/token.ts'
import { type Platform, testPlatform } from './platform.ts'

const file = (password = 'first password', extra = '') => `
users:
  - { name: Alice, fullname: Alice A., email: Alice@example.org, password: "${password}", role: admin, plan: pro,
      tokens: [{ name: laptop, role: write, value: hf_laptop_token_of_alice }, { name: ci, role: read, value: hf_ci }] }
  - name: -bob
${extra}
organizations:
  - { name: lab, fullname: The Lab }
`

const apply = async (platform: Platform, text: string) =>
  await applyBootstrap({ store: platform.store, key: platform.key }, parseBootstrap(text))

const everything = async ({ store }: Platform) => ({
  accounts: await store.read.selectFrom('accounts').selectAll().orderBy('name_key').execute(),
  credentials: await store.read.selectFrom('credentials').selectAll().orderBy('id').execute(),
  tokens: await store.read.selectFrom('tokens').selectAll().orderBy('hash').execute(),
  sessions: await store.read.selectFrom('sessions').selectAll().orderBy('id').execute(),
})

const signIn = async (platform: Platform, password: string) =>
  (await platform.visitor().send('POST', '/api/auth/sign-in/username', { body: { username: 'alice', password } }))
    .status

const whoami = async (platform: Platform, token: string) =>
  await platform
    .visitor()
    .send('GET', '/api/whoami-v2', { headers: { authorization: `Bearer ${token}` }, origin: null })

test('what the file names is there: people, passwords, roles, tokens, organisations', async () => {
  await using platform = await testPlatform()
  await apply(platform, file())
  expect(await signIn(platform, 'first password')).toBe(200)
  expect(await whoami(platform, 'hf_laptop_token_of_alice')).toMatchObject({
    status: 200,
    body: {
      name: 'Alice',
      fullname: 'Alice A.',
      isPro: true,
      auth: { accessToken: { displayName: 'laptop', role: 'write' } },
    },
  })
  expect(await whoami(platform, 'hf_ci')).toMatchObject({ body: { auth: { accessToken: { role: 'read' } } } })
  const { accounts } = await everything(platform)
  expect(accounts.map(({ name, kind, role }) => [name, kind, role])).toEqual([
    ['-bob', 'user', 'member'],
    ['Alice', 'user', 'admin'],
    ['lab', 'organization', 'member'],
  ])
})

test('applied twice, it changes nothing and ends no session', async () => {
  await using platform = await testPlatform()
  await apply(platform, file())
  expect(await signIn(platform, 'first password')).toBe(200)
  const before = await everything(platform)
  expect(before.sessions).toHaveLength(1)
  await apply(platform, file())
  expect(await everything(platform)).toEqual(before)
})

test('it never removes what it does not name', async () => {
  await using platform = await testPlatform()
  await apply(platform, file())
  const before = await everything(platform)
  await apply(platform, '')
  await apply(platform, 'users: []')
  await apply(platform, 'users: [{ name: alice }]')
  expect(await everything(platform)).toEqual(before)
})

test('a password that its owner changed stays, until the file gives another one', async () => {
  await using platform = await testPlatform()
  const { store } = platform
  await apply(platform, file())
  const hash = await hashPassword('her own choice')
  await store.transaction(async (tx) => {
    const { id } = await tx.db
      .selectFrom('accounts')
      .select('id')
      .where('name_key', '=', 'alice')
      .executeTakeFirstOrThrow()
    await setPassword(tx, id, hash)
  })
  await apply(platform, file())
  expect(await signIn(platform, 'first password')).toBe(401)
  expect(await signIn(platform, 'her own choice')).toBe(200)
  await apply(platform, file('second password'))
  expect(await signIn(platform, 'her own choice')).toBe(401)
  expect(await signIn(platform, 'second password')).toBe(200)
})

test('a new password ends the sessions that the former one opened', async () => {
  await using platform = await testPlatform()
  await apply(platform, file())
  const visitor = platform.visitor()
  await visitor.send('POST', '/api/auth/sign-in/username', { body: { username: 'alice', password: 'first password' } })
  expect((await visitor.send('GET', '/api/plaza/me')).body).toMatchObject({ me: { name: 'Alice' } })
  await apply(platform, file('second password'))
  expect((await visitor.send('GET', '/api/plaza/me')).body).toMatchObject({ me: null })
})

test('the password of the file lies nowhere in the store', async () => {
  await using platform = await testPlatform()
  await apply(platform, file('plain to see'))
  expect(JSON.stringify(await everything(platform))).not.toContain('plain to see')
})

test('changes of role, address and token are taken over; a revoked token stays revoked', async () => {
  await using platform = await testPlatform()
  const { store } = platform
  await apply(platform, file())
  const { id, account_id } = await store.read
    .selectFrom('tokens')
    .selectAll()
    .where('name', '=', 'ci')
    .executeTakeFirstOrThrow()
  await store.transaction(async (tx) => await revokeToken(tx, account_id, id))
  await apply(
    platform,
    `users: [{ name: ALICE, role: member, email: new@example.org, tokens: [
       { name: desk, role: read, value: hf_laptop_token_of_alice }, { name: ci, role: read, value: hf_ci } ] }]`,
  )
  expect(await whoami(platform, 'hf_laptop_token_of_alice')).toMatchObject({
    body: { name: 'Alice', email: 'new@example.org', auth: { accessToken: { displayName: 'desk', role: 'read' } } },
  })
  expect((await whoami(platform, 'hf_ci')).status).toBe(401)
  const { accounts } = await everything(platform)
  expect(accounts.find(({ name_key }) => name_key === 'alice')?.role).toBe('member')
})

test('a file that cannot be applied as a whole is not applied at all, and says what is in the way', async () => {
  await using platform = await testPlatform()
  await apply(platform, file())
  const before = await everything(platform)
  await expect(
    apply(platform, 'users: [{ name: carol }, { name: dave, tokens: [{ name: t, role: read, value: hf_ci }] }]'),
  ).rejects.toMatchObject({ code: 'conflict' })
  await expect(
    apply(platform, 'users: [{ name: carol }, { name: dave, email: alice@EXAMPLE.org }]'),
  ).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('alice@EXAMPLE.org') })
  expect(await everything(platform)).toEqual(before)
})
