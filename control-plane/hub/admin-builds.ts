/** The queue of builds as an administrator sees it: `GET /api/plaza/admin/builds`, and taking one out of it. */
import { Router } from 'express'
import { PlazaError } from '../errors.ts'
import type { BuildQueue } from '../spaces/builds.ts'
import type { PhaseName } from '../spaces/stage.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'

export type AdminBuild = {
  id: string
  space: string
  number: number
  sha: string
  /** The commit's first line. */
  title: string
  phase: PhaseName
  /** Since when it waits; of a running one, since when it is built. */
  since: string
  /** Since when it is in its present phase. */
  phaseSince: string
  attempts: number
}

export type AdminBuilds = {
  /** How many are built at once. */
  parallel: number
  running: AdminBuild[]
  /** In the order in which they came. */
  waiting: AdminBuild[]
}

export type AdminBuildsParts = { store: Store; access: Access; builds: Pick<BuildQueue, 'cancel'>; parallel: number }

/** Further back nobody looks. */
const mostShown = 500

export function adminBuildsRouter(parts: AdminBuildsParts): Router {
  const { store, access } = parts
  const router = Router()

  router.get('/api/plaza/admin/builds', async (request, response) => {
    await access.person(request, 'admin')
    const rows = await store.read
      .selectFrom('builds')
      .innerJoin('spaces', 'spaces.id', 'builds.space_id')
      .innerJoin('accounts', 'accounts.id', 'spaces.owner_id')
      .leftJoin('commits', (join) =>
        join.onRef('commits.space_id', '=', 'builds.space_id').onRef('commits.sha', '=', 'builds.sha'),
      )
      .select([
        'builds.id',
        'builds.number',
        'builds.sha',
        'builds.state',
        'builds.phases',
        'builds.attempts',
        'builds.created_at',
        'builds.started_at',
        'commits.title',
        'spaces.name',
        'accounts.name as owner',
      ])
      .where('builds.state', 'in', ['queued', 'running'])
      .orderBy('builds.created_at')
      .orderBy('builds.id')
      .limit(mostShown)
      .execute()
    const present = (row: (typeof rows)[number]): AdminBuild => {
      const since = (row.started_at ?? row.created_at).toISOString()
      const phase = row.phases.at(-1)
      return {
        id: row.id,
        space: `${row.owner}/${row.name}`,
        number: row.number,
        sha: row.sha,
        title: row.title ?? '',
        phase: phase?.phase ?? 'queued',
        since,
        phaseSince: phase?.startedAt ?? since,
        attempts: row.attempts,
      }
    }
    const answer: AdminBuilds = {
      parallel: parts.parallel,
      running: rows.filter((row) => row.state === 'running').map(present),
      waiting: rows.filter((row) => row.state === 'queued').map(present),
    }
    response.json(answer)
  })

  router.post('/api/plaza/admin/builds/:id/cancel', async (request, response) => {
    await access.person(request, 'admin')
    const { id } = request.params
    const build = await store.read.selectFrom('builds').select('state').where('id', '=', id).executeTakeFirst()
    if (!build) throw new PlazaError('not_found', 'There is no such build.')
    if (build.state !== 'queued' && build.state !== 'running') {
      throw new PlazaError('conflict', 'This build has ended already.')
    }
    await parts.builds.cancel(id)
    response.json({})
  })

  return router
}
