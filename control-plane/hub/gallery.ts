/** What Plaza's own page reads of Spaces: cards of the gallery, one Space, and the acts on it. */
import compression from 'compression'
import { Router } from 'express'
import { z } from 'zod'
import { may, type Viewer } from '../accounts/permissions.ts'
import {
  type Counts,
  countSpaces,
  discover,
  facetValues,
  featuredSpaces,
  type SpaceFilter,
  type Sort,
  statuses,
} from '../community/discover.ts'
import { likedOf } from '../community/likes.ts'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import type { BuildQueue } from '../spaces/builds.ts'
import type { StageName } from '../spaces/stage.ts'
import { observeSpace, observeSpaces, type SpaceState, stageNow } from '../spaces/observe.ts'
import { changeSpace, featureSpace, findSpace, rollBack, touchSpaces } from '../spaces/space.ts'
import { type Flavor, flavorOf } from '../scheduling/flavors.ts'
import type { Reader, Store } from '../store/database.ts'
import { type Access, guarded } from './access.ts'
import type { Addresses } from './addresses.ts'
import { type Picture, type PictureLinks, picturesOf, presentPicture } from './pictures.ts'
import { type Driver, presentRunsOn, type RunsOn } from './runs-on.ts'
import { type PhaseView, presentPhase, sdkOf } from './runtime.ts'

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
  likes: number
  /** By whoever asks. */
  liked: boolean
  /** Who has put it at the head of the gallery. */
  featured?: { by?: string }
  /** From the start of the process to its first good answer, the last time. */
  lastStartSeconds?: number
  /** What it looks like; absent: a card is drawn. */
  picture?: PictureLinks
}

export type SpaceDetail = SpaceSummary & {
  card: Record<string, unknown>
  commits: { repository: string | null; building: string | null; running: string | null }
  /** Seconds; -1 never. */
  sleepAfter: number
  activeAt: string
  readySince?: string
  /** How the version that should run has ended, where it has. */
  crash?: Crash
  may: { push: boolean; settings: boolean; restart: boolean; delete: boolean; logs: boolean }
  driver: { kind: string; isolated: boolean }
  /** Absent where there is no process: a static Space. */
  runsOn?: RunsOn
  gitUrl: string
  /** The address that its first commits came from. */
  importedFrom?: string
}

export type Crash = {
  sha: string
  at: string
  code: number | null
  signal: string | null
  reason: string
  /** Seconds from its start to its end. */
  ranFor: number
  /** Bytes; `peakMemory` where the machine counts it. */
  peakMemory?: number
  memoryLimit: number
}

export type SpaceList = {
  spaces: SpaceSummary[]
  /** What an administrator chose; only on the first page of the unfiltered gallery. */
  featured: SpaceSummary[]
  /** Only on the first page: later ones would say the same. */
  counts?: Counts
  next?: string
}

export type FacetValues = { values: { value: string; count: number }[] }

const pageSize = 60
/** A page that was left is asked for again as long as it was. */
const largestPage = 600
const mostFeatured = 3
const mostSummaries = 200

export type GalleryParts = {
  store: Store
  access: Access
  addresses: Addresses
  builds: BuildQueue
  driver: Driver
  flavors: readonly Flavor[]
  /** Makes sure that a commit's plan is one for the driver there is. */
  planAgain: (spaceId: string, sha: string) => Promise<void>
}

const change = z.object({ visibility: z.enum(['public', 'private']).optional(), sleepAfter: z.number().optional() })

export function galleryRouter(parts: GalleryParts): Router {
  const { store, access, addresses } = parts
  const router = Router()
  const at = '/api/plaza/spaces/:owner/:name'

  router.get('/api/plaza/spaces', compression(), async (request, response) => {
    const viewer = await access.viewer(request)
    const query = new URL(request.originalUrl, addresses.platform).searchParams
    const filter = readFilter(query)
    const cursor = query.get('cursor')
    const asked = Math.trunc(Number(query.get('limit') ?? pageSize)) || pageSize
    const limit = Math.min(Math.max(asked, 1), largestPage)
    const [page, counts, featured] = await Promise.all([
      discover(store.read, viewer, filter, { sort: readSort(query.get('sort')), cursor, limit }),
      cursor === null && query.get('counts') !== 'false' ? countSpaces(store.read, viewer, filter) : undefined,
      cursor === null && isPlain(query) ? featuredSpaces(store.read, viewer, mostFeatured) : [],
    ])
    const found = await summaries(viewer, [...new Set([...featured, ...page.ids])])
    const list: SpaceList = {
      spaces: page.ids.flatMap((id) => found.get(id) ?? []),
      featured: featured.flatMap((id) => found.get(id) ?? []),
      ...(counts ? { counts } : {}),
      ...(page.next === undefined ? {} : { next: page.next }),
    }
    response.json(list)
  })

  router.get('/api/plaza/facets/:facet', async (request, response) => {
    const facet = z.enum(['tag', 'model', 'author']).parse(request.params.facet)
    const viewer = await access.viewer(request)
    const filter = readFilter(new URL(request.originalUrl, addresses.platform).searchParams)
    const others = facet === 'author' ? { ...filter, author: '' } : filter
    const values: FacetValues = { values: await facetValues(store.read, viewer, others, facet) }
    response.json(values)
  })

  /** Cards that have changed, by name: a long list is brought up to date without asking for all of it. */
  router.get('/api/plaza/summaries', async (request, response) => {
    const viewer = await access.viewer(request)
    const query = new URL(request.originalUrl, addresses.platform).searchParams
    const spaces: SpaceSummary[] = []
    const ids: string[] = []
    for (const id of query.getAll('id').slice(0, mostSummaries)) {
      const [owner = '', name = ''] = id.split('/')
      const space = await findSpace(store.read, owner, name)
      if (space && may(viewer, 'space.see', guarded(space))) ids.push(space.id)
    }
    spaces.push(...(await summaries(viewer, ids)).values())
    response.json({ spaces })
  })

  router.post(`${at}/featured`, jsonBody(), async (request, response) => {
    const viewer = await access.person(request, 'admin')
    const { space } = await access.space(request, 'space.see')
    const { featured } = z.object({ featured: z.boolean() }).parse(request.body)
    await featureSpace(store, space.id, featured ? viewer.accountId : null)
    response.json(await detail(space.id, viewer))
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

  router.post(`${at}/rollback`, jsonBody(), async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.push')
    const { sha } = z.object({ sha: z.string() }).parse(request.body)
    await parts.planAgain(space.id, sha)
    await rollBack(store, space.id, sha)
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

  async function summaries(viewer: Viewer, ids: readonly string[]): Promise<Map<string, SpaceSummary>> {
    const [states, liked, names, taken] = await Promise.all([
      observeSpaces(store.read, ids),
      likedOf(store.read, viewer, ids),
      featurers(store.read, ids),
      picturesOf(store.read, ids),
    ])
    return new Map(
      states.map((state) => {
        const { id } = state.space
        const more = { liked: liked.has(id), featuredBy: names.get(id), taken: taken.get(id) }
        return [id, presentSummary(state, addresses, more)]
      }),
    )
  }

  async function detail(spaceId: string, viewer: Viewer): Promise<SpaceDetail> {
    const state = await observeSpace(store.read, spaceId)
    if (!state) throw new PlazaError('repo_not_found', 'Repository not found.')
    const { space, observed } = state
    const stage = stageNow(state)
    const guard = guarded(space)
    const serving = observed.workloads.find((one) => one.id === observed.route?.workloadId)
    const [liked, names, taken] = await Promise.all([
      likedOf(store.read, viewer, [spaceId]),
      featurers(store.read, [spaceId]),
      picturesOf(store.read, [spaceId]),
    ])
    const flavor = flavorOf(parts.flavors, space.hardware)
    const more = { liked: liked.has(spaceId), featuredBy: names.get(spaceId), taken: taken.get(spaceId) }
    return {
      ...presentSummary(state, addresses, more),
      card: space.card ?? {},
      commits: { repository: space.head_commit, building: stage.building ?? null, running: stage.running ?? null },
      sleepAfter: space.sleep_after,
      activeAt: space.active_at.toISOString(),
      ...(serving?.readyAt ? { readySince: serving.readyAt.toISOString() } : {}),
      ...crashOf(state, flavor),
      may: {
        push: may(viewer, 'space.push', guard),
        settings: may(viewer, 'space.settings', guard),
        restart: may(viewer, 'space.restart', guard),
        delete: may(viewer, 'space.delete', guard),
        logs: may(viewer, 'space.logs', guard),
      },
      driver: { kind: parts.driver.kind, isolated: parts.driver.isolated },
      ...(sdkOf(space) === 'static' ? {} : { runsOn: presentRunsOn(state, parts.driver, flavor) }),
      gitUrl: addresses.page(space),
      ...(space.imported_from === null ? {} : { importedFrom: space.imported_from }),
    }
  }
}

/** Only of the version that should run: how an earlier one ended is history. */
function crashOf(state: SpaceState, flavor: Flavor): { crash?: Crash } {
  const newest = state.observed.workloads.find((one) => one.sha === state.space.target_commit)
  if (newest?.state.kind !== 'exited') return {}
  const { at, exit } = newest.state
  return {
    crash: {
      sha: newest.sha,
      at,
      code: exit.code,
      signal: exit.signal,
      reason: exit.reason,
      ranFor: Math.max(0, (Date.parse(at) - newest.createdAt.getTime()) / 1000),
      ...(exit.peakMemory === undefined ? {} : { peakMemory: exit.peakMemory }),
      memoryLimit: flavor.memory,
    },
  }
}

export function presentSummary(
  state: SpaceState,
  addresses: Addresses,
  more: { liked: boolean; featuredBy: string | undefined; taken?: Picture | undefined },
): SpaceSummary {
  const { space } = state
  const stage = stageNow(state)
  const started = state.observed.workloads.find((one) => one.readyAt !== null)
  const seconds = started?.readyAt ? (started.readyAt.getTime() - started.createdAt.getTime()) / 1000 : undefined
  const card = space.card ?? {}
  const text = (key: string): Record<string, string> => {
    const value = card[key]
    return typeof value === 'string' ? { [key]: value } : {}
  }
  const sdk = sdkOf(space)
  const tags = card['tags']
  const picture = presentPicture(space, more.taken)
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
    likes: space.likes,
    liked: more.liked,
    ...(space.featured_at ? { featured: more.featuredBy === undefined ? {} : { by: more.featuredBy } } : {}),
    ...(seconds === undefined ? {} : { lastStartSeconds: Math.round(seconds * 10) / 10 }),
    ...(picture ? { picture } : {}),
  }
}

/** The gallery's address, in its own words. */
function readFilter(query: URLSearchParams): SpaceFilter {
  const text = (name: string) => query.get(name)?.trim() ?? ''
  const status = text('status')
  return {
    search: text('search'),
    author: text('author'),
    sdk: text('sdk'),
    hardware: text('hardware'),
    status: statuses.find((one) => one === status),
    tags: query.getAll('tag').filter(Boolean),
    models: query.getAll('model').filter(Boolean),
    liked: query.get('liked') === 'true',
    likedBy: text('likedBy'),
  }
}

function isPlain(query: URLSearchParams): boolean {
  const narrowing = ['search', 'author', 'sdk', 'hardware', 'status', 'tag', 'model', 'liked', 'likedBy', 'sort']
  return !narrowing.some((name) => query.get(name))
}

function readSort(sort: string | null): Sort {
  return sort === 'likes' ? 'likes' : sort === 'new' ? 'created' : sort === 'changed' ? 'changed' : 'trending'
}

async function featurers(db: Reader, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('spaces')
    .innerJoin('accounts', 'accounts.id', 'spaces.featured_by')
    .select(['spaces.id', 'accounts.name'])
    .where('spaces.id', 'in', ids)
    .where('spaces.featured_at', 'is not', null)
    .execute()
  return new Map(rows.map((row) => [row.id, row.name]))
}
