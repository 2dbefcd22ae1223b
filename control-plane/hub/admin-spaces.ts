/** Every Space, those that only their owner sees included: `/api/plaza/admin/spaces`, and what they keep on the disk. */
import { Router } from 'express'
import { sql } from 'kysely'
import type { Runtime } from '../../runtime/runtime.ts'
import { observeSpaces, stageNow } from '../spaces/observe.ts'
import type { StageName } from '../spaces/stage.ts'
import type { Reader, Store } from '../store/database.ts'
import type { Access } from './access.ts'
import { sdkOf } from './runtime.ts'

export type AdminSpace = {
  id: string
  owner: string
  name: string
  title: string
  visibility: 'public' | 'private'
  sdk: string | null
  stage: StageName
  hardware: string
  /** The last request of a visitor. */
  activeAt: string
  createdAt: string
  featured: boolean
}

export type AdminSpaces = {
  spaces: AdminSpace[]
  /** How many there are of each stage, whatever stage was asked for. */
  stages: { stage: StageName; count: number }[]
  next?: string
}

/** Bytes by id: the repository and `/data`. */
export type SpaceSizes = Record<string, { repository: number; data: number }>

const pageSize = 50
/** Measured for one answer at once: each walks through folders. */
const measuredAtOnce = 4
/** Milliseconds for which a measure is told again. */
const measureStays = 60_000

export type AdminSpacesParts = {
  store: Store
  access: Access
  runtime: Pick<Runtime, 'stored'>
  /** Bytes of a Space's repository. */
  repositorySize(spaceId: string): Promise<number>
}

export function adminSpacesRouter(parts: AdminSpacesParts): Router {
  const { store, access } = parts
  const router = Router()
  const sizes = new Map<string, { at: number; size: Promise<{ repository: number; data: number }> }>()

  router.get('/api/plaza/admin/spaces', async (request, response) => {
    await access.person(request, 'admin')
    const asked = (name: string) => (typeof request.query[name] === 'string' ? request.query[name].trim() : '')
    response.json(
      await listSpaces(store.read, {
        search: asked('search'),
        owner: asked('owner'),
        stage: asked('stage'),
        cursor: asked('cursor'),
      }),
    )
  })

  router.get('/api/plaza/admin/storage', async (request, response) => {
    await access.person(request, 'admin')
    const ids = [request.query['id'] ?? []].flat().map(String).slice(0, pageSize)
    const spaces = ids.length === 0 ? [] : await spacesNamed(store.read, ids)
    const answer: SpaceSizes = {}
    const waiting = [...spaces]
    const measure = async () => {
      for (let space = waiting.pop(); space; space = waiting.pop()) answer[space.label] = await sizeOf(space.id)
    }
    await Promise.all(Array.from({ length: measuredAtOnce }, measure))
    response.json(answer)
  })

  return router

  async function sizeOf(spaceId: string): Promise<{ repository: number; data: number }> {
    const now = Date.now()
    for (const [id, { at }] of sizes) if (now - at > measureStays) sizes.delete(id)
    const known = sizes.get(spaceId)
    if (known) return await known.size
    const size = Promise.all([parts.repositorySize(spaceId), parts.runtime.stored(spaceId)]).then(
      ([repository, data]) => ({ repository, data }),
    )
    sizes.set(spaceId, { at: now, size })
    size.catch(() => sizes.delete(spaceId))
    return await size
  }
}

const label = sql<string>`accounts.name || '/' || spaces.name`

async function spacesNamed(db: Reader, ids: readonly string[]): Promise<{ id: string; label: string }[]> {
  return await db
    .selectFrom('spaces')
    .innerJoin('accounts', 'accounts.id', 'spaces.owner_id')
    .select(['spaces.id', label.as('label')])
    .where(label, 'in', ids)
    .where('spaces.deleted_at', 'is', null)
    .execute()
}

/** The last visited first. */
async function listSpaces(
  db: Reader,
  filter: { search: string; owner: string; stage: string; cursor: string },
): Promise<AdminSpaces> {
  const words = `%${filter.search.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  const found = db
    .selectFrom('spaces')
    .innerJoin('accounts', 'accounts.id', 'spaces.owner_id')
    .where('spaces.deleted_at', 'is', null)
    .$if(filter.owner !== '', (query) => query.where('accounts.name_key', '=', filter.owner.toLowerCase()))
    .$if(filter.search !== '', (query) =>
      query.where((eb) =>
        eb.or([eb(sql`lower(${label})`, 'like', words), eb(sql`lower(spaces.card->>'title')`, 'like', words)]),
      ),
    )
  const [at, after] = readCursor(filter.cursor)
  const [rows, stages] = await Promise.all([
    found
      .select(['spaces.id', sql<string>`spaces.active_at::text`.as('at')])
      .$if(filter.stage !== '', (query) => query.where('spaces.stage', '=', filter.stage))
      .$if(at !== '', (query) =>
        query.where(sql<boolean>`(spaces.active_at, spaces.id) < (${at}::timestamptz, ${after})`),
      )
      .orderBy('spaces.active_at', 'desc')
      .orderBy('spaces.id', 'desc')
      .limit(pageSize + 1)
      .execute(),
    found
      .select(['spaces.stage', (eb) => eb.fn.countAll<string>().as('n')])
      .groupBy('spaces.stage')
      .execute(),
  ])
  const page = rows.slice(0, pageSize)
  const last = rows.length > pageSize ? page.at(-1) : undefined
  const states = await observeSpaces(
    db,
    page.map((row) => row.id),
  )
  const byId = new Map(states.map((state) => [state.space.id, state]))
  return {
    spaces: page.flatMap(({ id }) => {
      const state = byId.get(id)
      if (!state) return []
      const { space } = state
      const title = space.card?.['title']
      const sdk = sdkOf(space)
      return [
        {
          id: `${space.owner}/${space.name}`,
          owner: space.owner,
          name: space.name,
          title: typeof title === 'string' ? title : space.name,
          visibility: space.visibility,
          sdk,
          stage: stageNow(state).name,
          hardware: sdk === 'static' ? 'static' : space.hardware,
          activeAt: space.active_at.toISOString(),
          createdAt: space.created_at.toISOString(),
          featured: space.featured_at !== null,
        },
      ]
    }),
    stages: stages
      .map((row) => ({ stage: row.stage as StageName, count: Number(row.n) }))
      .toSorted((one, other) => other.count - one.count),
    ...(last ? { next: `${last.at}|${last.id}` } : {}),
  }
}

/** Whatever is no cursor is none: the list begins anew. */
function readCursor(cursor: string): [at: string, id: string] {
  const [at = '', id = ''] = cursor.split('|')
  return Number.isNaN(Date.parse(at)) ? ['', ''] : [at, id]
}
