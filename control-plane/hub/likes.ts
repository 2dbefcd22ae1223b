/** Likes as the hub's clients and the page use them: `{R}/like`, `{R}/likers`, `/api/users/{name}/likes`. */
import { type Request, type Response, Router } from 'express'
import { like, likersOf, likesOf, unlike } from '../community/likes.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'
import type { Addresses } from './addresses.ts'

const largestPage = 1000
const furthest = 1_000_000

export function likesRouter(parts: { store: Store; access: Access; addresses: Addresses }): Router {
  const { store, access, addresses } = parts
  const router = Router()
  const at = '/api/spaces/:owner/:name'

  router.post(`${at}/like`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const viewer = await access.person(request, 'like')
    response.json({ likes: await like(store, space.id, viewer.accountId), liked: true })
  })

  router.delete(`${at}/like`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const viewer = await access.person(request, 'like')
    response.json({ likes: await unlike(store, space.id, viewer.accountId), liked: false })
  })

  router.get(`${at}/likers`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const { offset, limit } = window(request)
    const likers = await likersOf(store.read, space.id, offset, limit + 1)
    linkNext(request, response, likers.length > limit, offset + limit)
    response.json(
      likers.slice(0, limit).map((one) => ({
        _id: one.id,
        user: one.name,
        fullname: one.fullname,
        type: 'user',
        isPro: false,
        avatarUrl: one.avatar ?? '',
      })),
    )
  })

  router.get('/api/users/:user/likes', async (request, response) => {
    const viewer = await access.viewer(request)
    const { offset, limit } = window(request)
    const likes = await likesOf(store.read, viewer, request.params.user, offset, limit + 1)
    linkNext(request, response, likes.length > limit, offset + limit)
    response.json(
      likes.slice(0, limit).map((one) => ({
        createdAt: one.at.toISOString(),
        repo: { name: `${one.owner}/${one.name}`, type: 'space' },
      })),
    )
  })

  return router

  function linkNext(request: Request, response: Response, isMore: boolean, offset: number): void {
    if (!isMore) return
    const url = new URL(request.originalUrl, addresses.platform.origin)
    url.searchParams.set('cursor', String(offset))
    response.setHeader('Link', `<${url.href}>; rel="next"`)
  }
}

function window(request: Request): { offset: number; limit: number } {
  const whole = (text: unknown, otherwise: number) => Math.trunc(Number(text ?? otherwise)) || otherwise
  return {
    offset: Math.min(Math.max(whole(request.query['cursor'], 0), 0), furthest),
    limit: Math.min(Math.max(whole(request.query['limit'], 100), 1), largestPage),
  }
}
