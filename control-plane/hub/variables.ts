/** `/api/spaces/{id}/variables` and `/secrets`: the whole map of variables is public, a secret is never read again. */
import { Router } from 'express'
import { z } from 'zod'
import { jsonBody } from '../http.ts'
import { removeSetting, setSecret, setVariable } from '../spaces/secrets.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'

const setting = z.object({ key: z.string(), value: z.string(), description: z.string().max(1000).nullish() })
const removal = z.object({ key: z.string() })

export type VariableMap = Record<string, { value: string; description?: string; updatedAt: string }>
export type SecretMap = Record<string, { description?: string; updatedAt: string }>

export function variablesRouter(parts: { store: Store; access: Access; secretsKey: Buffer }): Router {
  const { store, access, secretsKey } = parts
  const router = Router()
  const at = '/api/spaces/:owner/:name'

  router.get(`${at}/variables`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    response.json(await variablesOf(store, space.id))
  })
  router.post(`${at}/variables`, jsonBody(), async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    const { key, value, description } = setting.parse(request.body)
    await setVariable(store, space.id, { key, value, description: description ?? '' })
    response.json(await variablesOf(store, space.id))
  })
  router.delete(`${at}/variables`, jsonBody(), async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    await removeSetting(store, 'variables', space.id, removal.parse(request.body).key)
    response.json(await variablesOf(store, space.id))
  })

  router.get(`${at}/secrets`, async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    response.json(await secretsOf(store, space.id))
  })
  router.post(`${at}/secrets`, jsonBody(), async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    const { key, value, description } = setting.parse(request.body)
    await setSecret(store, secretsKey, space.id, { key, value, description: description ?? '' })
    response.json({})
  })
  router.delete(`${at}/secrets`, jsonBody(), async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    await removeSetting(store, 'secrets', space.id, removal.parse(request.body).key)
    response.json({})
  })

  return router
}

async function variablesOf(store: Store, spaceId: string): Promise<VariableMap> {
  const rows = await store.read
    .selectFrom('variables')
    .selectAll()
    .where('space_id', '=', spaceId)
    .orderBy('key')
    .execute()
  return Object.fromEntries(
    rows.map((row) => [row.key, { value: row.value, ...described(row), updatedAt: row.updated_at.toISOString() }]),
  )
}

async function secretsOf(store: Store, spaceId: string): Promise<SecretMap> {
  const rows = await store.read
    .selectFrom('secrets')
    .select(['key', 'description', 'updated_at'])
    .where('space_id', '=', spaceId)
    .orderBy('key')
    .execute()
  return Object.fromEntries(
    rows.map((row) => [row.key, { ...described(row), updatedAt: row.updated_at.toISOString() }]),
  )
}

function described(row: { description: string }): { description?: string } {
  return row.description ? { description: row.description } : {}
}
