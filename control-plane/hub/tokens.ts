/** A person's access tokens, for the page: `GET`, `POST` and `DELETE /api/plaza/tokens`. */
import express, { type Request, Router } from 'express'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import { requirePermission } from '../accounts/permissions.ts'
import { createToken, listTokens, revokeToken, type Token } from '../accounts/token.ts'
import { PlazaError } from '../errors.ts'
import type { Store } from '../store/database.ts'

const newToken = z.object({
  name: z.string().trim().min(1).max(100),
  role: z.enum(['read', 'write']),
})

export function tokenRoutes(options: { accounts: Accounts; store: Store }): Router {
  const { accounts, store } = options
  const router = Router()

  router.get('/api/plaza/tokens', async (request, response) => {
    const accountId = await ownerOf(accounts, request)
    const tokens = await listTokens(store.read, accountId)
    response.set('Cache-Control', 'no-store').json({ tokens: tokens.map(presentToken) })
  })

  router.post('/api/plaza/tokens', express.json({ limit: '16kb' }), async (request, response) => {
    const accountId = await ownerOf(accounts, request)
    const wanted = newToken.safeParse(request.body)
    if (!wanted.success) {
      throw new PlazaError('bad_request', 'A token needs a name of up to 100 characters and a role: read or write.')
    }
    const made = await store.transaction(async (tx) => await createToken(tx, accountId, wanted.data))
    response
      .status(201)
      .set('Cache-Control', 'no-store')
      .json({ ...presentToken(made), token: made.token })
  })

  router.delete('/api/plaza/tokens/:id', async (request, response) => {
    const accountId = await ownerOf(accounts, request)
    await store.transaction(async (tx) => await revokeToken(tx, accountId, request.params.id))
    response.json({})
  })

  return router
}

async function ownerOf(accounts: Accounts, request: Request): Promise<string> {
  const viewer = await accounts.viewerOf(request)
  requirePermission(viewer, 'tokens', undefined)
  if (!viewer) throw new PlazaError('unauthenticated', 'Sign in first.')
  return viewer.accountId
}

function presentToken(token: Token): Record<string, unknown> {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    ending: token.ending,
    createdAt: token.createdAt.toISOString(),
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
  }
}
