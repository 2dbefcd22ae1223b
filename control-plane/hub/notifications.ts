/** What one is told of one's own Spaces: `GET /api/plaza/notifications`, `…/unread`, and `POST …/read`. */
import express, { Router } from 'express'
import { z } from 'zod'
import { countUnread, markRead, type Notification, notificationsOf } from '../community/notifications.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'

export type NotificationView = {
  id: string
  kind: Notification['kind']
  /** `owner/name`. */
  space: string
  title: string
  build: number
  commit: string
  message: string
  at: string
  isRead: boolean
}

export type NotificationList = { notifications: NotificationView[]; unread: number; next?: string }

const pageSize = 30
const largestPage = 100

const which = z.object({ id: z.string().max(100).optional() })

export function notificationsRouter(parts: { store: Store; access: Access }): Router {
  const { store, access } = parts
  const router = Router()

  router.get('/api/plaza/notifications', async (request, response) => {
    const { accountId } = await access.person(request, 'account')
    const { before, limit: asked } = request.query
    const limit = Math.min(Math.max(Math.trunc(Number(asked ?? pageSize)) || pageSize, 1), largestPage)
    const page = { before: typeof before === 'string' && before ? before : undefined, limit: limit + 1 }
    const [found, unread] = await Promise.all([
      notificationsOf(store.read, accountId, page),
      countUnread(store.read, accountId),
    ])
    const shown = found.slice(0, limit)
    const last = shown.at(-1)
    const list: NotificationList = {
      notifications: shown.map(present),
      unread,
      ...(found.length > limit && last ? { next: last.id } : {}),
    }
    response.set('Cache-Control', 'no-store').json(list)
  })

  router.get('/api/plaza/notifications/unread', async (request, response) => {
    const { accountId } = await access.person(request, 'account')
    response.set('Cache-Control', 'no-store').json({ unread: await countUnread(store.read, accountId) })
  })

  /** `{id}` for one, `{}` for all. */
  router.post('/api/plaza/notifications/read', express.json({ limit: '16kb' }), async (request, response) => {
    const { accountId } = await access.person(request, 'account')
    const { id } = which.parse(request.body ?? {})
    await markRead(store, accountId, id)
    response.json({ unread: await countUnread(store.read, accountId) })
  })

  return router
}

function present(one: Notification): NotificationView {
  return {
    id: one.id,
    kind: one.kind,
    space: `${one.owner}/${one.space}`,
    title: one.title,
    build: one.build,
    commit: one.commit,
    message: one.message,
    at: one.at.toISOString(),
    isRead: one.isRead,
  }
}
