/** Spaces as the hub's clients read them: list, info, host, jwt. */
import { type Request, Router } from 'express'
import { discover, noFilter, type Sort } from '../community/discover.ts'
import { trendingScore } from '../community/ranking.ts'
import { PlazaError } from '../errors.ts'
import { observeSpaces, type SpaceState } from '../spaces/observe.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'
import type { Addresses } from './addresses.ts'
import { presentRuntime, sdkOf, type SpaceRuntime } from './runtime.ts'

export type SpaceInfo = {
  _id: string
  id: string
  author: string
  sha: string | null
  lastModified: string
  createdAt: string
  private: boolean
  gated: false
  disabled: false
  host: string
  subdomain: string
  likes: number
  trendingScore: number
  sdk?: string
  tags: string[]
  models: string[]
  datasets: string[]
  cardData: Record<string, unknown>
  runtime: SpaceRuntime
  siblings: { rfilename: string; size?: number; blobId?: string }[]
}

/** What `expand` may ask for, as the clients' own lists have it; the rest of a full answer is left out then. */
const expandable = new Set<string>([
  'author',
  'cardData',
  'createdAt',
  'datasets',
  'disabled',
  'gated',
  'host',
  'lastModified',
  'likes',
  'models',
  'private',
  'region',
  'resourceGroup',
  'runtime',
  'sdk',
  'sha',
  'siblings',
  'subdomain',
  'tags',
  'trendingScore',
  'usedStorage',
])
const largestPage = 1000

export type SpacesParts = {
  store: Store
  access: Access
  addresses: Addresses
  /** Files of a commit with size and git id. */
  files(spaceId: string, sha: string): Promise<{ path: string; size: number; object: string }[]>
  /** Full hash of a branch, tag or hash. @throws PlazaError revision_not_found. */
  resolve(spaceId: string, revision: string): Promise<string>
  /** A short-lived token that opens a private Space, for `?__sign=`. */
  sign(spaceId: string, accountId: string): string
}

export function spacesRouter(parts: SpacesParts): Router {
  const { store, access, addresses } = parts
  const router = Router()
  const at = '/api/spaces/:owner/:name'

  router.get('/api/spaces', async (request, response) => {
    const viewer = await access.viewer(request)
    const query = new URL(request.originalUrl, addresses.platform).searchParams
    const expand = readExpand(query)
    const asked = Math.trunc(Number(query.get('limit') ?? largestPage)) || largestPage
    const limit = Math.min(Math.max(asked, 1), largestPage)
    const page = await discover(
      store.read,
      viewer,
      {
        ...noFilter,
        search: query.get('search') ?? '',
        author: query.get('author') ?? '',
        tags: query.getAll('filter'),
        models: query.getAll('models'),
      },
      { sort: readSort(query), cursor: query.get('cursor'), limit },
    )
    const states = await observeSpaces(store.read, page.ids)
    const byId = new Map(states.map((state) => [state.space.id, state]))
    if (page.next) {
      query.set('cursor', page.next)
      response.setHeader('Link', `<${addresses.platform.origin}/api/spaces?${query.toString()}>; rel="next"`)
    }
    const isFull = query.get('full') === 'true'
    response.json(
      page.ids.flatMap((id) => {
        const state = byId.get(id)
        if (!state) return []
        const info = presentInfo(state, addresses)
        return [expand.size > 0 ? pick(info, expand) : isFull ? info : brief(info)]
      }),
    )
  })

  router.get('/api/spaces/by-subdomain/:slug', async (request, response) => {
    const row = await store.read
      .selectFrom('spaces')
      .innerJoin('accounts', 'accounts.id', 'spaces.owner_id')
      .select(['spaces.name', 'accounts.name as owner'])
      .where('spaces.slug', '=', request.params['slug'].toLowerCase())
      .executeTakeFirst()
    request.params = { owner: row?.owner ?? '', name: row?.name ?? '' } as never
    await answerInfo(request, undefined, (info) => response.json(info))
  })

  router.get(at, async (request, response) => {
    await answerInfo(request, undefined, (info) => response.json(info))
  })
  router.get(`${at}/revision/:revision`, async (request, response) => {
    await answerInfo(request, request.params['revision'], (info) => response.json(info))
  })

  router.get(`${at}/host`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    response.json({ host: addresses.api(space), subdomain: space.slug })
  })

  router.get(`${at}/jwt`, async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.see')
    response.json({ token: parts.sign(space.id, viewer?.accountId ?? '') })
  })

  router.get(`${at}/auth-check`, async (request, response) => {
    await access.space(request, 'space.see')
    response.json({})
  })
  router.get(`${at}/auth-check/write`, async (request, response) => {
    await access.space(request, 'space.push')
    response.json({})
  })

  return router

  async function answerInfo(request: Request, revision: string | undefined, answer: (info: unknown) => void) {
    const { space } = await access.space(request, 'space.see')
    const query = new URL(request.originalUrl, addresses.platform).searchParams
    const expand = readExpand(query)
    const [state] = await observeSpaces(store.read, [space.id])
    if (!state) throw new PlazaError('repo_not_found', 'Repository not found.')
    const info = presentInfo(state, addresses)
    // npm's client asks by HEAD only, of a Space that nobody has pushed to as well.
    const isEmpty = space.head_commit === null && (revision === 'HEAD' || revision === 'main')
    if (revision !== undefined && !isEmpty) info.sha = await parts.resolve(space.id, revision)
    if (info.sha && (expand.size === 0 || expand.has('siblings'))) {
      const withBlobs = query.get('blobs') === 'true'
      info.siblings = (await parts.files(space.id, info.sha)).map((file) => ({
        rfilename: file.path,
        ...(withBlobs ? { size: file.size, blobId: file.object } : {}),
      }))
    }
    answer(expand.size > 0 ? pick(info, expand) : info)
  }
}

export function presentInfo(state: SpaceState, addresses: Addresses): SpaceInfo {
  const { space } = state
  const card = space.card ?? {}
  const sdk = sdkOf(space)
  return {
    _id: space.id,
    id: `${space.owner}/${space.name}`,
    author: space.owner,
    sha: space.head_commit,
    lastModified: space.updated_at.toISOString(),
    createdAt: space.created_at.toISOString(),
    private: space.visibility === 'private',
    gated: false,
    disabled: false,
    host: addresses.api(space),
    subdomain: space.slug,
    likes: space.likes,
    trendingScore: trendingScore(space.trending, new Date()),
    ...(sdk ? { sdk } : {}),
    tags: [...(sdk ? [sdk] : []), ...texts(card['tags'])],
    models: texts(card['models']),
    datasets: texts(card['datasets']),
    cardData: cardData(card),
    runtime: presentRuntime(state, addresses),
    siblings: [],
  }
}

/** The card's keys as its README writes them. */
const cardKeys: Record<string, string> = {
  title: 'title',
  emoji: 'emoji',
  colorFrom: 'colorFrom',
  colorTo: 'colorTo',
  sdk: 'sdk',
  sdkVersion: 'sdk_version',
  pythonVersion: 'python_version',
  appFile: 'app_file',
  appPort: 'app_port',
  appBuildCommand: 'app_build_command',
  basePath: 'base_path',
  shortDescription: 'short_description',
  fullWidth: 'fullWidth',
  header: 'header',
  pinned: 'pinned',
  tags: 'tags',
  models: 'models',
  datasets: 'datasets',
  license: 'license',
  suggestedHardware: 'suggested_hardware',
}

function cardData(card: Record<string, unknown>): Record<string, unknown> {
  const written: Record<string, unknown> = {}
  for (const [key, name] of Object.entries(cardKeys)) {
    const value = card[key]
    if (value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)) written[name] = value
  }
  return written
}

/** The names of the Python and the npm client. */
const sorts: Record<string, Sort> = {
  trendingScore: 'trending',
  likes: 'likes',
  likes30d: 'trending',
  createdAt: 'created',
  created_at: 'created',
  lastModified: 'changed',
  last_modified: 'changed',
}

/** What is not known is not sorted by, as with any other parameter. */
function readSort(query: URLSearchParams): Sort {
  const asked = query.get('sort') ?? ''
  return (Object.hasOwn(sorts, asked) ? sorts[asked] : undefined) ?? 'trending'
}

function readExpand(query: URLSearchParams): Set<string> {
  const asked = [...query.getAll('expand'), ...query.getAll('expand[]')]
  const unknown = asked.find((name) => !expandable.has(name))
  if (unknown !== undefined) {
    throw new PlazaError('bad_request', `expand cannot be ${unknown}.`, `Use ${[...expandable].join(', ')}.`)
  }
  return new Set(asked)
}

function pick(info: SpaceInfo, expand: ReadonlySet<string>): Partial<SpaceInfo> {
  return Object.fromEntries(
    Object.entries(info).filter(([name]) => name === '_id' || name === 'id' || expand.has(name)),
  )
}

/** What a list shows without `full`. */
function brief(info: SpaceInfo): Partial<SpaceInfo> {
  const { siblings: _siblings, cardData: _cardData, runtime: _runtime, ...rest } = info
  return rest
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}
