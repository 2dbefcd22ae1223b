/** `GET /api/plaza/admin`: what this machine can do, what runs on it, what an operator should mend. */
import { Router } from 'express'
import type { Builder } from '../../builder/builder.ts'
import type { Finding, Pool, Runtime } from '../../runtime/runtime.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'

export type AdminReport = {
  builder: string
  runtime: string
  isolated: boolean
  findings: readonly Finding[]
  pools: readonly Pool[]
  pythons: readonly string[]
  counts: { accounts: number; spaces: number; running: number; waitingBuilds: number }
}

export function adminRouter(parts: { store: Store; access: Access; builder: Builder; runtime: Runtime }): Router {
  const { store, access, builder, runtime } = parts
  const router = Router()
  router.get('/api/plaza/admin', async (request, response) => {
    await access.person(request, 'admin')
    const count = async (table: 'accounts' | 'spaces' | 'routes') =>
      Number(
        (
          await store.read
            .selectFrom(table)
            .select((eb) => eb.fn.countAll().as('n'))
            .executeTakeFirst()
        )?.n ?? 0,
      )
    const [findings, pools, pythons, accounts, spaces, running, waiting] = await Promise.all([
      runtime.findings(),
      runtime.pools(),
      builder.pythons(),
      count('accounts'),
      count('spaces'),
      count('routes'),
      store.read.selectFrom('builds').select('id').where('state', '=', 'queued').execute(),
    ])
    const report: AdminReport = {
      builder: builder.kind,
      runtime: runtime.kind,
      isolated: runtime.isolated,
      findings,
      pools,
      pythons,
      counts: { accounts, spaces, running, waitingBuilds: waiting.length },
    }
    response.json(report)
  })
  return router
}
