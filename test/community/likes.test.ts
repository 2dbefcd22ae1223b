import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SpaceList, SpaceSummary } from '../../control-plane/hub/gallery.ts'
import type { SpaceInfo } from '../../control-plane/hub/spaces.ts'
import { TestPlaza } from '../plaza.ts'

let plaza: TestPlaza
/** `TestPlaza.api` takes alice where nobody is named. */
const nobody = ''
beforeAll(async () => {
  plaza = await TestPlaza.start()
  await plaza.createSpace('alice', 'tides')
  await plaza.createSpace('alice', 'diary', { private: true })
})
afterAll(async () => await plaza?.[Symbol.asyncDispose]())

test('a like is seen in every answer about a Space, by whoever looks', async () => {
  expect(await plaza.json('POST', '/api/spaces/alice/tides/like', 'bob')).toEqual({ likes: 1, liked: true })
  expect(await plaza.json('POST', '/api/spaces/alice/tides/like', 'bob')).toEqual({ likes: 1, liked: true })
  const [info] = await plaza.json<SpaceInfo[]>('GET', '/api/spaces?search=tides&sort=likes', nobody)
  expect(info).toMatchObject({ id: 'alice/tides', likes: 1 })
  expect(info?.trendingScore).toBeGreaterThan(1)
  expect(await plaza.json('GET', '/api/spaces/alice/tides', nobody)).toMatchObject({ likes: 1 })
  const seenBy = async (who: string) =>
    (await plaza.json<SpaceSummary>('GET', '/api/plaza/spaces/alice/tides', who)).liked
  expect(await Promise.all([seenBy('bob'), seenBy('alice'), seenBy(nobody)])).toEqual([true, false, false])
  expect(await plaza.json('DELETE', '/api/spaces/alice/tides/like', 'bob')).toEqual({ likes: 0, liked: false })
})

test('one signs in to like, with a token that may write, and likes nothing that one cannot see', async () => {
  const status = async (route: string, as: string) => (await plaza.api('POST', route, as)).status
  expect(await status('/api/spaces/alice/tides/like', nobody)).toBe(401)
  expect(await status('/api/spaces/alice/tides/like', plaza.person('bob').readToken)).toBe(403)
  expect(await status('/api/spaces/alice/diary/like', 'bob')).toBe(404)
  expect(await status('/api/spaces/alice/diary/like', 'alice')).toBe(200)
})

test('likers and likes are paged, and a private Space is in nobody else’s list', async () => {
  for (const who of ['alice', 'bob', 'root-admin']) await plaza.json('POST', '/api/spaces/alice/tides/like', who)
  const likers: string[] = []
  let next: string | undefined = `${plaza.url.origin}/api/spaces/alice/tides/likers?limit=2`
  while (next) {
    const answer: Response = await fetch(next)
    const page = (await answer.json()) as { user: string; fullname: string }[]
    likers.push(...page.map((one) => one.user))
    next = /<(https?:\/\/[^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
  }
  expect(likers.toSorted()).toEqual(['alice', 'bob', 'root-admin'])
  type Like = { createdAt: string; repo: { name: string; type: string } }
  const likes = async (as: string) => {
    const all = await plaza.json<Like[]>('GET', '/api/users/alice/likes', as)
    return all.map(({ repo }) => `${repo.type} ${repo.name}`).toSorted()
  }
  expect(await likes('bob')).toEqual(['space alice/tides'])
  expect(await likes('alice')).toEqual(['space alice/diary', 'space alice/tides'])
  expect((await plaza.api('GET', '/api/users/nobody-has-it/likes', 'bob')).status).toBe(404)
})

test('an administrator features a Space, nobody else does', async () => {
  const body = { featured: true }
  expect((await plaza.api('POST', '/api/plaza/spaces/alice/tides/featured', 'alice', body)).status).toBe(403)
  await plaza.json('POST', '/api/plaza/spaces/alice/tides/featured', 'root-admin', body)
  const { featured } = await plaza.json<SpaceList>('GET', '/api/plaza/spaces', nobody)
  expect(featured).toMatchObject([{ id: 'alice/tides', featured: { by: 'root-admin' } }])
  expect((await plaza.json<SpaceList>('GET', '/api/plaza/spaces?sort=new', nobody)).featured).toEqual([])
})

test('the gallery and a Space’s page can be read without JavaScript; a private one is not told of', async () => {
  const page = async (route: string) =>
    await (await fetch(new URL(route, plaza.url), { headers: { accept: 'text/html' } })).text()
  const gallery = await page('/')
  expect(gallery).toContain('<a href="/spaces/alice/tides">tides</a>')
  expect(gallery).not.toContain('diary')
  const space = await page('/spaces/alice/tides')
  expect(space).toContain('<title>tides by alice · Plaza</title>')
  expect(space).toContain('property="og:title" content="tides by alice"')
  expect(await page('/spaces/alice/diary')).not.toContain('diary by alice')
})

test('a list can be filtered by stage as soon as the stage is shown', async () => {
  await plaza.publish('alice', 'page', {
    'README.md': '---\ntitle: Page\nsdk: static\n---\n',
    'index.html': '<p>hi</p>',
  })
  await plaza.waitFor('alice/page', 'RUNNING')
  const asked = '/api/plaza/spaces?status=running'
  await expect
    .poll(async () => (await plaza.json<SpaceList>('GET', asked, nobody)).spaces.map(({ id }) => id), {
      timeout: 5000,
    })
    .toEqual(['alice/page'])
  const { counts } = await plaza.json<SpaceList>('GET', '/api/plaza/spaces', nobody)
  expect(counts).toMatchObject({ running: 1, sdk: { static: 1 }, status: { running: 1, empty: 1 } })
})
