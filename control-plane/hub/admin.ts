/** `GET /api/plaza/admin`: which drivers run here, what there is, how much room; and the further routes of administrators. */
import { Router } from 'express'
import type { Builder } from '../../builder/builder.ts'
import type { Pool, Runtime } from '../../runtime/runtime.ts'
import type { Flavor } from '../scheduling/flavors.ts'
import type { BuildQueue } from '../spaces/builds.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'
import { adminBuildsRouter } from './admin-builds.ts'
import { adminFindingsRouter, type Examine } from './admin-findings.ts'
import { adminInstancesRouter } from './admin-instances.ts'
import { type AdminSettings, adminSettingsRouter } from './admin-settings.ts'
import { adminSpacesRouter } from './admin-spaces.ts'
import { adminUsersRouter } from './admin-users.ts'

export type AdminReport = {
  builder: string
  runtime: string
  isolated: boolean
  pools: readonly Pool[]
  pythons: readonly string[]
  counts: { accounts: number; spaces: number; running: number; runningBuilds: number; waitingBuilds: number }
}

export type AdminParts = {
  store: Store
  access: Access
  builder: Builder
  runtime: Runtime
  builds: BuildQueue
  /** How many are built at once. */
  parallelBuilds: number
  flavors: readonly Flavor[]
  url: URL
  settings: AdminSettings
  examine: Examine
  /** Bytes of a Space's repository. */
  repositorySize(spaceId: string): Promise<number>
}

export function adminRouter(parts: AdminParts): Router {
  const { store, access, builder, runtime } = parts
  const router = Router()
  router.get('/api/plaza/admin', async (request, response) => {
    await access.person(request, 'admin')
    const [pools, pythons, counts] = await Promise.all([runtime.pools(), builder.pythons(), count(store)])
    const report: AdminReport = {
      builder: builder.kind,
      runtime: runtime.kind,
      isolated: runtime.isolated,
      pools,
      pythons,
      counts,
    }
    response.json(report)
  })
  return router.use(
    adminFindingsRouter(parts),
    adminUsersRouter(parts),
    adminSpacesRouter(parts),
    adminInstancesRouter(parts),
    adminBuildsRouter({ ...parts, parallel: parts.parallelBuilds }),
    adminSettingsRouter({ access, ...parts.settings }),
  )
}

async function count(store: Store): Promise<AdminReport['counts']> {
  const db = store.read
  const [accounts, spaces, running, builds] = await Promise.all([
    db
      .selectFrom('accounts')
      .select((eb) => eb.fn.countAll<string>().as('n'))
      .where('kind', '=', 'user')
      .executeTakeFirst(),
    db
      .selectFrom('spaces')
      .select((eb) => eb.fn.countAll<string>().as('n'))
      .where('deleted_at', 'is', null)
      .executeTakeFirst(),
    db
      .selectFrom('routes')
      .select((eb) => eb.fn.countAll<string>().as('n'))
      .executeTakeFirst(),
    db
      .selectFrom('builds')
      .select(['state', (eb) => eb.fn.countAll<string>().as('n')])
      .where('state', 'in', ['queued', 'running'])
      .groupBy('state')
      .execute(),
  ])
  const building = (state: string) => Number(builds.find((row) => row.state === state)?.n ?? 0)
  return {
    accounts: Number(accounts?.n ?? 0),
    spaces: Number(spaces?.n ?? 0),
    running: Number(running?.n ?? 0),
    runningBuilds: building('running'),
    waitingBuilds: building('queued'),
  }
}
