import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '../../control-plane/accounts/permissions.ts'
import {
  countedTo,
  countSpaces,
  discover,
  facetValues,
  featuredSpaces,
  noFilter,
  type Sort,
  type SpaceFilter,
} from '../../control-plane/community/discover.ts'
import { like, unlike } from '../../control-plane/community/likes.ts'
import { heatOf } from '../../control-plane/community/ranking.ts'
import { createSpace, deleteSpace, featureSpace } from '../../control-plane/spaces/space.ts'
import type { Store } from '../../control-plane/store/database.ts'
import { testDatabase } from '../store/database.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
let store: Store
const ids = new Map<string, string>()
const ana: Viewer = { accountId: 'ana', name: 'ana', role: 'member', via: 'session' }
const ben: Viewer = { accountId: 'ben', name: 'ben', role: 'member', via: 'session' }
const admin: Viewer = { accountId: 'root', name: 'root', role: 'admin', via: 'session' }

type Wish = { card?: Record<string, unknown>; visibility?: 'public' | 'private'; stage?: string; hardware?: string }

async function space(owner: string, name: string, wish: Wish = {}): Promise<string> {
  const { id } = await createSpace(store, {
    owner: { id: owner, name: owner },
    name,
    visibility: wish.visibility ?? 'public',
    sdk: 'gradio',
    hardware: wish.hardware ?? 'cpu-basic',
    sleepAfter: undefined,
    hasAddress: false,
    variables: [],
    secrets: [],
  })
  ids.set(`${owner}/${name}`, id)
  await store.read
    .updateTable('spaces')
    .set({ card: JSON.stringify(wish.card ?? {}), stage: wish.stage ?? 'RUNNING' })
    .where('id', '=', id)
    .execute()
  return id
}

beforeAll(async () => {
  database = await testDatabase()
  store = database.store
  for (const name of ['ana', 'ben', 'root']) {
    await store.read
      .insertInto('accounts')
      .values({ id: name, name, name_key: name, fullname: name, email: null, avatar: null })
      .execute()
  }
  const card = (title: string, more: Record<string, unknown> = {}) => ({ title, sdk: 'gradio', ...more })
  await space('ana', 'tide-clock', {
    card: card('When the sea comes', { tags: ['Ocean', 'time'], models: ['ana/waves'] }),
  })
  await space('ana', 'diary', { card: card('A diary of tides'), visibility: 'private', stage: 'SLEEPING' })
  await space('ben', 'fluid', { card: card('Eddy', { sdk: 'static', tags: ['Ocean'] }) })
  await space('ben', 'broken', { card: card('100% off', { shortDescription: 'Says_what' }), stage: 'BUILD_ERROR' })
  await space('ben', 'big', { card: card('东京天气', { sdk: 'docker' }), hardware: 'a10g-small', stage: 'BUILDING' })
  await space('ben', 'hostile', { card: { title: ['no text'], tags: { a: 1 }, models: ['x'.repeat(5000), 7, null] } })
})
afterAll(async () => await database[Symbol.asyncDispose]())

const nameOf = (id: string) => [...ids].find(([, one]) => one === id)?.[0] ?? id
async function found(viewer: Viewer, filter: Partial<SpaceFilter>): Promise<string[]> {
  const page = { sort: 'created' as const, cursor: null, limit: 50 }
  return (await discover(store.read, viewer, { ...noFilter, ...filter }, page)).ids.map(nameOf).toSorted()
}

test.each([
  { search: 'sea', names: ['ana/tide-clock'] },
  { search: 'TIDE clock', names: ['ana/tide-clock'] },
  { search: 'ocean', names: ['ana/tide-clock', 'ben/fluid'] },
  { search: 'waves', names: ['ana/tide-clock'] },
  { search: 'ben/', names: ['ben/big', 'ben/broken', 'ben/fluid', 'ben/hostile'] },
  { search: 'ed', names: ['ben/fluid'] },
  // Two letters are looked for where a word begins, not in its middle.
  { search: 'dd', names: [] },
  { search: '京天', names: ['ben/big'] },
  { search: '100%', names: ['ben/broken'] },
  { search: 's_w', names: ['ben/broken'] },
  { search: '%%%', names: [] },
])('“$search” finds $names', async ({ search, names }) => {
  expect(await found(undefined, { search })).toEqual(names)
})

test('a private Space is found by its owner and administrators only, and counted for nobody else', async () => {
  for (const [viewer, names] of [
    [undefined, []],
    [ben, []],
    [ana, ['ana/diary']],
    [admin, ['ana/diary']],
  ] as const) {
    expect(await found(viewer, { search: 'diary' })).toEqual(names)
    expect((await countSpaces(store.read, viewer, noFilter)).status.sleeping ?? 0).toBe(names.length)
    expect((await countSpaces(store.read, viewer, { ...noFilter, search: 'diary' })).total).toBe(names.length)
  }
})

test('each count says what its filter gives', async () => {
  const filters: Partial<SpaceFilter>[] = [
    {},
    { search: 'e' },
    { tags: ['Ocean'] },
    { author: 'ben' },
    { sdk: 'gradio' },
  ]
  for (const filter of filters) {
    const whole = { ...noFilter, ...filter }
    const counts = await countSpaces(store.read, ana, whole)
    expect(counts.total).toBe((await found(ana, whole)).length)
    for (const [sdk, count] of Object.entries(counts.sdk)) {
      expect([sdk, (await found(ana, { ...whole, sdk })).length]).toEqual([sdk, count])
    }
    for (const [hardware, count] of Object.entries(counts.hardware)) {
      expect([hardware, (await found(ana, { ...whole, hardware })).length]).toEqual([hardware, count])
    }
    for (const status of ['running', 'building', 'failed', 'sleeping'] as const) {
      expect([status, (await found(ana, { ...whole, status })).length]).toEqual([status, counts.status[status] ?? 0])
    }
    expect(counts.mine).toBe((await found(ana, { ...whole, author: 'ana' })).length)
    for (const facet of ['tag', 'model'] as const) {
      for (const { value, count } of await facetValues(store.read, ana, whole, facet)) {
        const more = facet === 'tag' ? { tags: [...whole.tags, value] } : { models: [value] }
        expect([value, (await found(ana, { ...whole, ...more })).length]).toEqual([value, count])
      }
    }
  }
})

test('a like counts once, can be taken back, and lifts a Space; so do two at once', async () => {
  const fluid = ids.get('ben/fluid') ?? ''
  const first = async () =>
    nameOf((await discover(store.read, ana, noFilter, { sort: 'likes', cursor: null, limit: 1 })).ids[0] ?? '')
  expect(await Promise.all([like(store, fluid, 'ana'), like(store, fluid, 'ben')])).toEqual(expect.arrayContaining([2]))
  expect(await like(store, fluid, 'ana')).toBe(2)
  expect(await first()).toBe('ben/fluid')
  expect(await found(ana, { liked: true })).toEqual(['ben/fluid'])
  expect((await countSpaces(store.read, ana, noFilter)).liked).toBe(1)
  expect((await countSpaces(store.read, ana, { ...noFilter, search: 'eddy' })).liked).toBe(1)
  const top = await discover(store.read, ana, noFilter, { sort: 'trending', cursor: null, limit: 1 })
  expect(nameOf(top.ids[0] ?? '')).toBe('ben/fluid')
  expect(await unlike(store, fluid, 'ana')).toBe(1)
  expect(await unlike(store, fluid, 'ana')).toBe(1)
  expect(await unlike(store, fluid, 'ben')).toBe(0)
  const row = await store.read
    .selectFrom('spaces')
    .select(['trending', 'created_at'])
    .where('id', '=', fluid)
    .executeTakeFirstOrThrow()
  // What the store gives a newborn is what ranking.ts says of one.
  expect(row.trending).toBeCloseTo(heatOf(row.created_at, []), 6)
})

test('pages of every sort hold each Space once, though others come and go meanwhile', async () => {
  for (const sort of ['trending', 'likes', 'created', 'changed'] as Sort[]) {
    for (const filter of [noFilter, { ...noFilter, search: 'e' }]) {
      const before = (await discover(store.read, ana, filter, { sort, cursor: null, limit: 50 })).ids
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const page: { ids: string[]; next: string | undefined } = await discover(store.read, ana, filter, {
          sort,
          cursor,
          limit: 2,
        })
        seen.push(...page.ids)
        cursor = page.next ?? null
        const passing = await space('ana', `e-${randomBytes(6).toString('hex')}`)
        if (seen.length > 3) await deleteSpace(store, passing)
      } while (cursor && seen.length < 60)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.filter((id) => before.includes(id))).toEqual(before)
    }
  }
})

test('a cursor of another sort, and one that nobody gave, are refused in words', async () => {
  const { next } = await discover(store.read, ana, noFilter, { sort: 'created', cursor: null, limit: 1 })
  const made = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
  for (const cursor of [
    next ?? '',
    'x',
    made('likes', '1e9', 'a'),
    made('likes', '1'),
    made('likes', 1, 'a'),
    'bnVsbA',
  ]) {
    const asked = discover(store.read, ana, noFilter, { sort: 'likes', cursor, limit: 1 })
    await expect(asked).rejects.toThrow('This cursor is not one of ours.')
  }
})

test('an owner who is renamed is found by the new name', async () => {
  await store.read.updateTable('accounts').set({ name: 'benedict' }).where('id', '=', 'ben').execute()
  expect(await found(undefined, { search: 'benedict eddy' })).toEqual(['ben/fluid'])
  await store.read.updateTable('accounts').set({ name: 'ben' }).where('id', '=', 'ben').execute()
})

test('what is featured comes in the order of the choice, and only to whoever may see it', async () => {
  for (const name of ['ben/fluid', 'ana/diary']) await featureSpace(store, ids.get(name) ?? '', 'root')
  expect((await featuredSpaces(store.read, ana, 3)).map(nameOf)).toEqual(['ana/diary', 'ben/fluid'])
  expect((await featuredSpaces(store.read, ben, 3)).map(nameOf)).toEqual(['ben/fluid'])
  await featureSpace(store, ids.get('ben/fluid') ?? '', null)
  expect(await featuredSpaces(store.read, ben, 3)).toEqual([])
})

test('more than is counted is said to be more, and its pages are still sorted', async () => {
  await store.transaction(async (tx) => {
    for (let start = 0; start < countedTo + 50; start += 500) {
      const rows = Array.from({ length: 500 }, (_, n) => ({
        id: `many${start + n}`,
        owner_id: 'ben',
        name: `many-${start + n}`,
        name_key: `many-${start + n}`,
        slug: `many-${start + n}`,
        address: null,
        sdk: 'gradio',
        likes: (start + n) % 977,
      }))
      await tx.db.insertInto('spaces').values(rows).execute()
    }
  })
  const filter = { ...noFilter, search: 'many' }
  expect(await countSpaces(store.read, undefined, filter)).toMatchObject({ isMore: true })
  expect((await countSpaces(store.read, undefined, noFilter)).isMore).toBe(false)
  const { ids: best } = await discover(store.read, undefined, filter, { sort: 'likes', cursor: null, limit: 5 })
  const likes = await store.read.selectFrom('spaces').select(['id', 'likes']).where('id', 'in', best).execute()
  expect(best.map((id) => likes.find((row) => row.id === id)?.likes)).toEqual([976, 976, 975, 975, 974])
})
