/** `GET /api/plaza/admin/settings`: the settings in force and where each came from. No secret is among them. */
import { Router } from 'express'
import type { Setting } from '../setting.ts'
import type { Access } from './access.ts'

export type AdminSettings = {
  settings: readonly Setting[]
  /** What plaza.yaml asks for and this version does not do. */
  warnings: readonly string[]
}

export function adminSettingsRouter(parts: { access: Access } & AdminSettings): Router {
  const router = Router()
  router.get('/api/plaza/admin/settings', async (request, response) => {
    await parts.access.person(request, 'admin')
    const answer: AdminSettings = { settings: parts.settings, warnings: parts.warnings }
    response.json(answer)
  })
  return router
}
