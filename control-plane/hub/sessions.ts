/** Where one is signed in, for the page: `GET` and `DELETE /api/plaza/sessions`, `DELETE /api/plaza/sessions/:id`. */
import { Router } from 'express'
import { type Device, deviceOf } from '../accounts/device.ts'
import { endSession, endSessions, listSessions } from '../accounts/session-list.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'

export type SignedInDevice = {
  id: string
  device: Device
  address: string
  createdAt: string
  /** To the minute. */
  lastUsedAt: string
  /** The session that asks. */
  isThis: boolean
}

export function sessionsRouter(parts: { store: Store; access: Access }): Router {
  const { store, access } = parts
  const router = Router()

  router.get('/api/plaza/sessions', async (request, response) => {
    const { accountId, sessionId } = await access.person(request, 'account')
    const rows = await listSessions(store.read, accountId)
    const sessions: SignedInDevice[] = rows.map((row) => ({
      id: row.id,
      device: deviceOf(row.userAgent),
      address: row.address,
      createdAt: row.createdAt.toISOString(),
      lastUsedAt: row.lastUsedAt.toISOString(),
      isThis: row.id === sessionId,
    }))
    response.set('Cache-Control', 'no-store').json({ sessions })
  })

  /** All others: this one goes on. */
  router.delete('/api/plaza/sessions', async (request, response) => {
    const { accountId, sessionId } = await access.person(request, 'account')
    await store.transaction(async (tx) => await endSessions(tx, accountId, sessionId))
    response.json({})
  })

  router.delete('/api/plaza/sessions/:id', async (request, response) => {
    const { accountId } = await access.person(request, 'account')
    await store.transaction(async (tx) => await endSession(tx, accountId, request.params.id))
    response.json({})
  })

  return router
}
