/** `GET /api/plaza/spaces/{id}/versions`: what was pushed, how its build went, and which one visitors get. */
import { Router } from 'express'
import { sql } from 'kysely'
import type { BuildStep } from '../../builder/builder.ts'
import { PlazaError } from '../errors.ts'
import { observeSpace, type SpaceState } from '../spaces/observe.ts'
import type { Store } from '../store/database.ts'
import type { PhaseRecord } from '../store/schema.ts'
import type { Access } from './access.ts'

export type Version = {
  sha: string
  title: string
  author: string
  /** Who pushed it, where that is known. */
  pushedBy?: string
  pushedAt: string
  problem?: string
  build?: {
    number: number
    state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
    phases: PhaseRecord[]
    error?: string
    startedAt?: string
    endedAt?: string
    /** How many steps its image has, where it makes one; `…/builds/{number}/steps` has them. */
    steps: number
    /** Of the first run of it that answered: from the start of its process, and since when. */
    startSeconds?: number
    readyAt?: string
  }
  /** Visitors get this one; this one should run. */
  serving: boolean
  target: boolean
}

export type BuildSteps = { steps: readonly BuildStep[] }

const mostVersions = 100

export function versionsRouter(parts: { store: Store; access: Access }): Router {
  const { store, access } = parts
  const router = Router()

  router.get('/api/plaza/spaces/:owner/:name/versions', async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const state = await observeSpace(store.read, space.id)
    if (!state) throw new PlazaError('repo_not_found', 'Repository not found.')
    response.json({ versions: await versionsOf(store, state) })
  })

  router.get('/api/plaza/spaces/:owner/:name/builds/:number/steps', async (request, response) => {
    const { space } = await access.space(request, 'space.logs')
    const build = await store.read
      .selectFrom('builds')
      .select('steps')
      .where('space_id', '=', space.id)
      .where('number', '=', /^\d{1,9}$/.test(request.params['number']) ? Number(request.params['number']) : 0)
      .executeTakeFirst()
    if (!build) throw new PlazaError('not_found', 'There is no such build.', 'Choose one of the list of versions.')
    const found: BuildSteps = { steps: build.steps }
    response.json(found)
  })

  return router
}

async function versionsOf(store: Store, state: SpaceState): Promise<Version[]> {
  const { space, observed } = state
  const commits = await store.read
    .selectFrom('commits')
    .leftJoin('accounts', 'accounts.id', 'commits.account_id')
    .select(['sha', 'title', 'author', 'pushed_at', 'problem', 'accounts.name as pushed_by'])
    .where('space_id', '=', space.id)
    .orderBy('pushed_at', 'desc')
    .limit(mostVersions)
    .execute()
  const builds = await store.read
    .selectFrom('builds')
    .select(['id', 'number', 'sha', 'state', 'phases', 'error', 'started_at', 'ended_at'])
    // A long Dockerfile's steps, of every build, with every change of one: only their number is told here.
    .select(sql<number>`jsonb_array_length(steps)`.as('steps'))
    .where('space_id', '=', space.id)
    .orderBy('number', 'desc')
    .execute()
  const starts = await firstStarts(store, space.id)
  return commits.map((commit) => {
    const build = builds.find((one) => one.sha === commit.sha)
    const start = build && starts.get(build.id)
    return {
      sha: commit.sha,
      title: commit.title,
      author: commit.author,
      ...(commit.pushed_by === null ? {} : { pushedBy: commit.pushed_by }),
      pushedAt: commit.pushed_at.toISOString(),
      ...(commit.problem ? { problem: commit.problem.message } : {}),
      ...(build
        ? {
            build: {
              number: build.number,
              state: build.state,
              phases: build.phases,
              steps: build.steps,
              ...(build.error ? { error: build.error.message } : {}),
              ...(build.started_at ? { startedAt: build.started_at.toISOString() } : {}),
              ...(build.ended_at ? { endedAt: build.ended_at.toISOString() } : {}),
              ...(start
                ? {
                    startSeconds: (start.readyAt.getTime() - start.startedAt.getTime()) / 1000,
                    readyAt: start.readyAt.toISOString(),
                  }
                : {}),
            },
          }
        : {}),
      serving: observed.route?.sha === commit.sha,
      target: space.target_commit === commit.sha,
    }
  })
}

/** By build: its first run that answered. */
async function firstStarts(store: Store, spaceId: string): Promise<Map<string, { startedAt: Date; readyAt: Date }>> {
  const rows = await store.read
    .selectFrom('workloads')
    .distinctOn('build_id')
    .select(['build_id', 'created_at', 'ready_at'])
    .where('space_id', '=', spaceId)
    .where('ready_at', 'is not', null)
    .orderBy('build_id')
    .orderBy('created_at')
    .execute()
  return new Map(
    rows.flatMap((row) => (row.ready_at ? [[row.build_id, { startedAt: row.created_at, readyAt: row.ready_at }]] : [])),
  )
}
