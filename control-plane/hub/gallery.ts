/** What Plaza's own page reads of Spaces: cards of the gallery, one Space, its versions, and the acts on it. */
import { Router } from 'express'
import { sql } from 'kysely'
import { z } from 'zod'
import { may, type Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import type { BuildQueue } from '../spaces/builds.ts'
import type { StageName } from '../spaces/lifecycle.ts'
import { observeSpace, observeSpaces, type SpaceState, stageNow } from '../spaces/observe.ts'
import { changeSpace, rollBack, touchSpaces } from '../spaces/space.ts'
import type { Store } from '../store/database.ts'
import type { PhaseRecord } from '../store/schema.ts'
import { type Access, guarded } from './access.ts'
import type { Addresses } from './addresses.ts'
import { type PhaseView, presentPhase, sdkOf } from './runtime.ts'
import { listSpaces, visibleSpaces } from './spaces.ts'

export type SpaceSummary = {
  id: string
  owner: string
  name: string
  slug: string
  /** The page on the platform, the app's own origin, and where API clients connect to. */
  url: string
  origin: string
  host: string
  title: string
  emoji?: string
  colorFrom?: string
  colorTo?: string
  shortDescription?: string
  sdk?: string
  hardware: string
  visibility: 'public' | 'private'
  stage: StageName
  phase?: PhaseView
  errorMessage?: string
  createdAt: string
  updatedAt: string
  tags: string[]
}

export type SpaceDetail = SpaceSummary & {
  card: Record<string, unknown>
  commits: { repository: string | null; building: string | null; running: string | null }
  /** Seconds; -1 never. */
  sleepAfter: number
  activeAt: string
  readySince?: string
  /** From the start of the process to its first good answer, the last time. */
  lastStartSeconds?: number
  may: { push: boolean; settings: boolean; restart: boolean; delete: boolean; logs: boolean }
  driver: { kind: string; isolated: boolean }
  gitUrl: string
}

export type SpaceList = {
  spaces: SpaceSummary[]
  total: number
  running: number
  counts: { sdk: Record<string, number> }
  next?: string
}

export type Version = {
  sha: string
  title: string
  author: string
  pushedAt: string
  problem?: string
  build?: {
    number: number
    state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
    phases: PhaseRecord[]
    error?: string
    startedAt?: string
    endedAt?: string
  }
  /** Visitors get this one; this one should run. */
  serving: boolean
  target: boolean
}

const pageSize = 60
const mostVersions = 100

export type GalleryParts = {
  store: Store
  access: Access
  addresses: Addresses
  builds: BuildQueue
  driver: { kind: string; isolated: boolean }
}

const change = z.object({ visibility: z.enum(['public', 'private']).optional(), sleepAfter: z.number().optional() })

export function galleryRouter(parts: GalleryParts): Router {
  const { store, access, addresses } = parts
  const router = Router()
  const at = '/api/plaza/spaces/:owner/:name'

  router.get('/api/plaza/spaces', async (request, response) => {
    const viewer = await access.viewer(request)
    const query = new URL(request.originalUrl, addresses.platform).searchParams
    const filter = {
      search: query.get('search'),
      author: query.get('author'),
      tags: query.getAll('tag'),
      sdk: query.get('sdk'),
      running: query.get('status') === 'running',
    }
    const [page, counts] = await Promise.all([
      listSpaces(store.read, viewer, {
        ...filter,
        sort: query.get('sort') === 'new' ? 'created_at' : 'updated_at',
        cursor: query.get('cursor'),
        limit: pageSize,
      }),
      countSpaces(store, viewer, filter),
    ])
    const states = new Map((await observeSpaces(store.read, page.ids)).map((state) => [state.space.id, state]))
    const list: SpaceList = {
      spaces: page.ids.flatMap((id) => {
        const state = states.get(id)
        return state ? [presentSummary(state, addresses)] : []
      }),
      ...counts,
      ...(page.next ? { next: page.next } : {}),
    }
    response.json(list)
  })

  router.get(at, async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.see')
    response.json(await detail(space.id, viewer))
  })

  router.patch(at, jsonBody(), async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.settings')
    const body = change.parse(request.body)
    await changeSpace(store, space.id, {
      ...(body.visibility === undefined ? {} : { visibility: body.visibility }),
      ...(body.sleepAfter === undefined ? {} : { sleepAfter: body.sleepAfter }),
    })
    response.json(await detail(space.id, viewer))
  })

  router.get(`${at}/versions`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const state = await observeSpace(store.read, space.id)
    if (!state) throw new PlazaError('repo_not_found', 'Repository not found.')
    response.json({ versions: await versionsOf(store, state) })
  })

  router.post(`${at}/rollback`, jsonBody(), async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.push')
    await rollBack(store, space.id, z.object({ sha: z.string() }).parse(request.body).sha)
    response.json(await detail(space.id, viewer))
  })

  router.post(`${at}/wake`, async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.see')
    await touchSpaces(store, [space.id])
    response.json(await detail(space.id, viewer))
  })

  router.post(`${at}/cancel-build`, async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.push')
    const active = await store.read
      .selectFrom('builds')
      .select('id')
      .where('space_id', '=', space.id)
      .where('state', 'in', ['queued', 'running'])
      .execute()
    for (const { id } of active) await parts.builds.cancel(id)
    response.json(await detail(space.id, viewer))
  })

  return router

  async function detail(spaceId: string, viewer: Viewer): Promise<SpaceDetail> {
    const state = await observeSpace(store.read, spaceId)
    if (!state) throw new PlazaError('repo_not_found', 'Repository not found.')
    const { space, observed } = state
    const stage = stageNow(state)
    const guard = guarded(space)
    const serving = observed.workloads.find((one) => one.id === observed.route?.workloadId)
    const started = observed.workloads.find((one) => one.readyAt !== null)
    const seconds = started?.readyAt ? (started.readyAt.getTime() - started.createdAt.getTime()) / 1000 : undefined
    return {
      ...presentSummary(state, addresses),
      card: space.card ?? {},
      commits: { repository: space.head_commit, building: stage.building ?? null, running: stage.running ?? null },
      sleepAfter: space.sleep_after,
      activeAt: space.active_at.toISOString(),
      ...(serving?.readyAt ? { readySince: serving.readyAt.toISOString() } : {}),
      ...(seconds === undefined ? {} : { lastStartSeconds: Math.round(seconds * 10) / 10 }),
      may: {
        push: may(viewer, 'space.push', guard),
        settings: may(viewer, 'space.settings', guard),
        restart: may(viewer, 'space.restart', guard),
        delete: may(viewer, 'space.delete', guard),
        logs: may(viewer, 'space.logs', guard),
      },
      driver: parts.driver,
      gitUrl: addresses.page(space),
    }
  }
}

export function presentSummary(state: SpaceState, addresses: Addresses): SpaceSummary {
  const { space } = state
  const stage = stageNow(state)
  const card = space.card ?? {}
  const text = (key: string): Record<string, string> => {
    const value = card[key]
    return typeof value === 'string' ? { [key]: value } : {}
  }
  const sdk = sdkOf(space)
  const tags = card['tags']
  return {
    id: `${space.owner}/${space.name}`,
    owner: space.owner,
    name: space.name,
    slug: space.slug,
    url: addresses.page(space),
    origin: addresses.origin(space),
    host: addresses.api(space),
    title: typeof card['title'] === 'string' ? card['title'] : space.name,
    ...text('emoji'),
    ...text('colorFrom'),
    ...text('colorTo'),
    ...text('shortDescription'),
    ...(sdk ? { sdk } : {}),
    hardware: sdk === 'static' ? 'static' : space.hardware,
    visibility: space.visibility,
    stage: stage.name,
    ...(stage.phase ? { phase: presentPhase(stage.phase) } : {}),
    ...(stage.errorMessage === undefined ? {} : { errorMessage: stage.errorMessage }),
    createdAt: space.created_at.toISOString(),
    updatedAt: space.updated_at.toISOString(),
    tags: Array.isArray(tags) ? tags.map(String) : [],
  }
}

async function countSpaces(
  store: Store,
  viewer: Viewer,
  filter: { search: string | null; author: string | null; tags: string[] },
): Promise<Pick<SpaceList, 'total' | 'running' | 'counts'>> {
  // Each chip tells what it would give: the same search, without the SDK and the state.
  const rows = await visibleSpaces(store.read, viewer, {
    search: filter.search,
    author: filter.author,
    tags: filter.tags,
  })
    .leftJoin('routes', 'routes.space_id', 'spaces.id')
    .select([
      sql<string>`coalesce(spaces.card->>'sdk', spaces.sdk, '')`.as('sdk'),
      sql<string>`count(*)`.as('total'),
      sql<string>`count(routes.sha)`.as('running'),
    ])
    .groupBy(sql`1`)
    .execute()
  const sum = (values: string[]) => values.reduce((total, value) => total + Number(value), 0)
  return {
    total: sum(rows.map((row) => row.total)),
    running: sum(rows.map((row) => row.running)),
    counts: { sdk: Object.fromEntries(rows.filter((row) => row.sdk).map((row) => [row.sdk, Number(row.total)])) },
  }
}

async function versionsOf(store: Store, state: SpaceState): Promise<Version[]> {
  const { space, observed } = state
  const commits = await store.read
    .selectFrom('commits')
    .select(['sha', 'title', 'author', 'pushed_at', 'problem'])
    .where('space_id', '=', space.id)
    .orderBy('pushed_at', 'desc')
    .limit(mostVersions)
    .execute()
  const builds = await store.read
    .selectFrom('builds')
    .selectAll()
    .where('space_id', '=', space.id)
    .orderBy('number', 'desc')
    .execute()
  return commits.map((commit) => {
    const build = builds.find((one) => one.sha === commit.sha)
    return {
      sha: commit.sha,
      title: commit.title,
      author: commit.author,
      pushedAt: commit.pushed_at.toISOString(),
      ...(commit.problem ? { problem: commit.problem.message } : {}),
      ...(build
        ? {
            build: {
              number: build.number,
              state: build.state,
              phases: build.phases,
              ...(build.error ? { error: build.error.message } : {}),
              ...(build.started_at ? { startedAt: build.started_at.toISOString() } : {}),
              ...(build.ended_at ? { endedAt: build.ended_at.toISOString() } : {}),
            },
          }
        : {}),
      serving: observed.route?.sha === commit.sha,
      target: space.target_commit === commit.sha,
    }
  })
}
