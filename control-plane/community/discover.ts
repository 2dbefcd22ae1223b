/** Finding Spaces: one query for the gallery and the hub's list, with counts that say what each filter would give. */
import { type SelectQueryBuilder, sql } from 'kysely'
import type { Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import type { StageName } from '../spaces/stage.ts'
import type { Reader } from '../store/database.ts'
import type { Database } from '../store/schema.ts'

export type Sort = 'trending' | 'likes' | 'created' | 'changed'
export type Status = 'running' | 'building' | 'sleeping' | 'failed' | 'paused' | 'empty'
export type Facet = 'tag' | 'model' | 'author'

export type SpaceFilter = {
  search: string
  author: string
  sdk: string
  hardware: string
  status: Status | undefined
  /** All of them. A tag may also be the name of an SDK, as at the hub. */
  tags: readonly string[]
  models: readonly string[]
  /** Only what the viewer likes. */
  liked: boolean
  /** Only what this person likes. */
  likedBy: string
}

export const noFilter: SpaceFilter = {
  search: '',
  author: '',
  sdk: '',
  hardware: '',
  status: undefined,
  tags: [],
  models: [],
  liked: false,
  likedBy: '',
}

export const stagesOf: Record<Status, readonly StageName[]> = {
  running: ['RUNNING', 'RUNNING_BUILDING', 'RUNNING_APP_STARTING'],
  building: ['BUILDING', 'APP_STARTING'],
  sleeping: ['SLEEPING'],
  failed: ['BUILD_ERROR', 'RUNTIME_ERROR', 'CONFIG_ERROR'],
  paused: ['PAUSED'],
  empty: ['NO_APP_FILE'],
}

export const sdks: ReadonlySet<string> = new Set(['gradio', 'streamlit', 'docker', 'static'])

const columns = { trending: 'trending', likes: 'likes', created: 'created_at', changed: 'updated_at' } as const

/** What a search finds is counted so far and no further: somebody who types a single letter must not wait. */
export const countedTo = 2_000
const mostWords = 8
const longestWord = 64
const mostValues = 200

export type Page = { ids: string[]; next: string | undefined }

/**
 * One page of what the viewer may see, best first. Keyset-paged: `cursor` is the last row's value and id, so that rows
 * that come or go meanwhile neither repeat nor hide others. @throws PlazaError bad_request for a cursor of another sort.
 */
export async function discover(
  db: Reader,
  viewer: Viewer,
  filter: SpaceFilter,
  page: { sort: Sort; cursor: string | null; limit: number },
): Promise<Page> {
  const column = sql.ref(columns[page.sort])
  const after = page.cursor === null ? undefined : decodeCursor(page.cursor, page.sort)
  const isDate = page.sort === 'created' || page.sort === 'changed'
  const value = isDate
    ? sql<string>`(extract(epoch from ${column}) * 1000000)::bigint::text`
    : sql<string>`${column}::text`
  const place = isDate
    ? sql`timestamptz 'epoch' + ${after?.value ?? '0'}::bigint * interval '1 microsecond'`
    : sql`${after?.value ?? '0'}::double precision`
  const rowsAfter = after ? sql<boolean>`(${column}, id) < (${place}, ${after.id})` : sql<boolean>`true`

  if (isNarrow(filter)) {
    // Few rows: find them by what they are, then sort. (The planner would walk the sorting index past all others.)
    const found = await db
      .with(
        (cte) => cte('matched').materialized(),
        () =>
          matching(db, viewer, filter)
            .select(['id', columns[page.sort]])
            .limit(countedTo + 1),
      )
      .selectFrom('matched')
      .select(['id', value.as('value'), sql<string>`(select count(*) from matched)`.as('hits')])
      .where(rowsAfter)
      .orderBy(column, 'desc')
      .orderBy('id', 'desc')
      .limit(page.limit + 1)
      .execute()
    if (found.length === 0 || Number(found[0]?.hits) <= countedTo) return cut(found, page)
  }
  const found = await matching(db, viewer, filter)
    .select(['id', value.as('value')])
    .where(rowsAfter)
    .orderBy(column, 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute()
  return cut(found, page)
}

export type Counts = {
  total: number
  running: number
  /** There are more than were counted. */
  isMore: boolean
  /** What each value would give, all other filters as they are. */
  sdk: Record<string, number>
  status: Partial<Record<Status, number>>
  hardware: Record<string, number>
  mine: number
  liked: number
}

export async function countSpaces(db: Reader, viewer: Viewer, filter: SpaceFilter): Promise<Counts> {
  const base = { ...filter, sdk: '', hardware: '', status: undefined }
  const me = viewer?.accountId ?? ''
  // Only with an author chosen are one's own not among the rest.
  const others =
    viewer && filter.author && filter.author !== viewer.name ? { ...filter, author: viewer.name } : undefined
  const [rows, liked, mine] = await Promise.all([
    isNarrow(base) ? cellsOfFew(db, viewer, base, me) : cellsOfAll(db, viewer, base, me),
    viewer && !isNarrow(base) ? countOf(db, viewer, { ...filter, liked: true }) : undefined,
    others ? countOf(db, viewer, others) : undefined,
  ])
  const cells = rows.map((row) => ({
    sdk: row.sdk_shown,
    hardware: row.hardware_shown,
    status: statusOf(row.stage),
    n: Number(row.n),
    mine: Number(row.mine),
    liked: Number(row.liked ?? 0),
  }))
  const counts = tally(cells, filter)
  return {
    ...counts,
    isMore: isNarrow(base) && cells.reduce((sum, { n }) => sum + n, 0) > countedTo,
    liked: liked ?? counts.liked,
    mine: mine ?? counts.mine,
  }
}

async function countOf(db: Reader, viewer: Viewer, filter: SpaceFilter): Promise<number> {
  const found = matching(db, viewer, filter).select('id').limit(countedTo).as('found')
  const row = await db
    .selectFrom(found)
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .executeTakeFirst()
  return Number(row?.n ?? 0)
}

type CellRow = { sdk_shown: string; stage: string; hardware_shown: string; n: string; mine: string; liked?: string }

/** Reads nothing but the index `spaces_counted`. */
async function cellsOfAll(db: Reader, viewer: Viewer, filter: SpaceFilter, me: string): Promise<CellRow[]> {
  return await matching(db, viewer, filter)
    .select([
      'sdk_shown',
      'stage',
      'hardware_shown',
      sql<string>`count(*)`.as('n'),
      sql<string>`count(*) filter (where owner_id = ${me})`.as('mine'),
    ])
    .groupBy(['sdk_shown', 'stage', 'hardware_shown'])
    .execute()
}

async function cellsOfFew(db: Reader, viewer: Viewer, filter: SpaceFilter, me: string): Promise<CellRow[]> {
  return await db
    .with(
      (cte) => cte('matched').materialized(),
      () =>
        matching(db, viewer, filter)
          .select(['id', 'owner_id', 'sdk_shown', 'stage', 'hardware_shown'])
          .limit(countedTo + 1),
    )
    .selectFrom('matched')
    .leftJoin('likes', (join) => join.onRef('likes.space_id', '=', 'matched.id').on('likes.account_id', '=', me))
    .select([
      'sdk_shown',
      'stage',
      'hardware_shown',
      sql<string>`count(*)`.as('n'),
      sql<string>`count(*) filter (where owner_id = ${me})`.as('mine'),
      sql<string>`count(likes.space_id)`.as('liked'),
    ])
    .groupBy(['sdk_shown', 'stage', 'hardware_shown'])
    .execute()
}

type Cell = { sdk: string; hardware: string; status: Status | undefined; n: number; mine: number; liked: number }

/** Each dimension is counted with the other two filtered, so that a chosen value does not hide its siblings. (Pure.) */
export function tally(
  cells: readonly Cell[],
  chosen: Pick<SpaceFilter, 'sdk' | 'hardware' | 'status'>,
): Omit<Counts, 'isMore'> {
  const counts = {
    total: 0,
    running: 0,
    mine: 0,
    liked: 0,
    sdk: new Map<string, number>(),
    status: new Map<Status, number>(),
  }
  const hardware = new Map<string, number>()
  const add = <Key>(map: Map<Key, number>, key: Key, n: number) => map.set(key, (map.get(key) ?? 0) + n)
  for (const cell of cells) {
    const isSdk = !chosen.sdk || chosen.sdk === cell.sdk
    const isHardware = !chosen.hardware || chosen.hardware === cell.hardware
    const isStatus = !chosen.status || chosen.status === cell.status
    if (isHardware && isStatus && cell.sdk) add(counts.sdk, cell.sdk, cell.n)
    if (isSdk && isStatus && cell.hardware) add(hardware, cell.hardware, cell.n)
    if (isSdk && isHardware && cell.status) add(counts.status, cell.status, cell.n)
    if (isSdk && isHardware && isStatus) {
      counts.total += cell.n
      counts.mine += cell.mine
      counts.liked += cell.liked
    }
    if (isSdk && isHardware && cell.status === 'running') counts.running += cell.n
  }
  return {
    total: counts.total,
    running: counts.running,
    mine: counts.mine,
    liked: counts.liked,
    sdk: Object.fromEntries(counts.sdk),
    status: Object.fromEntries(counts.status),
    hardware: Object.fromEntries(hardware),
  }
}

/** The most frequent tags, models or authors among what the other filters leave. */
export async function facetValues(
  db: Reader,
  viewer: Viewer,
  filter: SpaceFilter,
  facet: Facet,
): Promise<{ value: string; count: number }[]> {
  const found = matching(db, viewer, filter).select(['owner_id', 'tags', 'models']).as('found')
  const values =
    facet === 'author'
      ? db
          .selectFrom(found)
          .innerJoin('accounts', 'accounts.id', 'found.owner_id')
          .select(['accounts.name as value', (eb) => eb.fn.countAll<string>().as('count')])
          .groupBy('accounts.name')
      : db
          .selectFrom(found)
          .select([
            sql<string>`unnest(${sql.ref(`${facet}s`)})`.as('value'),
            (eb) => eb.fn.countAll<string>().as('count'),
          ])
          .groupBy('value')
  const rows = await values.orderBy('count', 'desc').orderBy('value').limit(mostValues).execute()
  return rows.map((row) => ({ value: row.value, count: Number(row.count) }))
}

/** At the head of the gallery, the latest choice first. */
export async function featuredSpaces(db: Reader, viewer: Viewer, limit: number): Promise<string[]> {
  const rows = await matching(db, viewer, noFilter)
    .select('id')
    .where('featured_at', 'is not', null)
    .orderBy('featured_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

/** Whether it leaves so little that it is better found first and sorted then. */
function isNarrow(filter: SpaceFilter): boolean {
  return (
    filter.search !== '' ||
    filter.author !== '' ||
    filter.liked ||
    filter.likedBy !== '' ||
    filter.tags.length > 0 ||
    filter.models.length > 0 ||
    filter.sdk !== '' ||
    filter.hardware !== '' ||
    filter.status !== undefined
  )
}

/** Whose rows a list may show: what is public, one's own, and for administrators all. */
function matching(db: Reader, viewer: Viewer, filter: SpaceFilter): SelectQueryBuilder<Database, 'spaces', object> {
  let rows = db.selectFrom('spaces').where('deleted_at', 'is', null)
  if (viewer?.role !== 'admin') {
    rows = viewer
      ? rows.where((eb) => eb.or([eb('visibility', '=', 'public'), eb('owner_id', '=', viewer.accountId)]))
      : rows.where('visibility', '=', 'public')
  }
  if (filter.author) {
    rows = rows.where('owner_id', '=', (eb) =>
      eb.selectFrom('accounts').select('accounts.id').where('name_key', '=', filter.author.toLowerCase()),
    )
  }
  if (filter.sdk) rows = rows.where('sdk_shown', '=', filter.sdk)
  if (filter.hardware) rows = rows.where('hardware_shown', '=', filter.hardware)
  if (filter.status) rows = rows.where('stage', 'in', stagesOf[filter.status])
  for (const tag of filter.tags) {
    rows = rows.where(
      sdks.has(tag) ? sql<boolean>`(tags @> array[${tag}] or sdk_shown = ${tag})` : sql<boolean>`tags @> array[${tag}]`,
    )
  }
  for (const model of filter.models) rows = rows.where(sql<boolean>`models @> array[${model}]`)
  for (const pattern of patternsOf(filter.search)) rows = rows.where('search', 'like', pattern)
  if (filter.liked) {
    rows = rows.where('id', 'in', (eb) =>
      eb
        .selectFrom('likes')
        .select('likes.space_id')
        .where('likes.account_id', '=', viewer?.accountId ?? ''),
    )
  }
  if (filter.likedBy) {
    rows = rows.where('id', 'in', (eb) =>
      eb
        .selectFrom('likes')
        .innerJoin('accounts as liker', 'liker.id', 'likes.account_id')
        .select('likes.space_id')
        .where('liker.name_key', '=', filter.likedBy.toLowerCase()),
    )
  }
  return rows
}

/**
 * Every word must be found, anywhere in it; one or two letters only where a word begins, since those the trigram index
 * can find. Scripts without blanks between words are searched everywhere.
 */
export function patternsOf(search: string): string[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean).slice(0, mostWords)
  return words.map((word) => {
    const text = word.slice(0, longestWord).replaceAll(/[\\%_]/g, String.raw`\$&`)
    return /^[a-z0-9]{1,2}$/.test(word) ? `% ${text}%` : `%${text}%`
  })
}

function statusOf(stage: string): Status | undefined {
  return statuses.find((status) => stagesOf[status].some((one) => one === stage))
}

export const statuses: readonly Status[] = ['running', 'building', 'sleeping', 'failed', 'paused', 'empty']

function cut(found: readonly { id: string; value: string }[], page: { sort: Sort; limit: number }): Page {
  const rows = found.slice(0, page.limit)
  const last = rows.at(-1)
  const next =
    found.length > page.limit && last
      ? Buffer.from(JSON.stringify([page.sort, last.value, last.id])).toString('base64url')
      : undefined
  return { ids: rows.map((row) => row.id), next }
}

function decodeCursor(cursor: string, sort: Sort): { value: string; id: string } {
  const [of, value, id] = parsed(cursor)
  // Microseconds since 1970 for times, else a number as PostgreSQL writes it.
  const shape = sort === 'created' || sort === 'changed' ? /^\d{1,16}$/ : /^-?\d{1,12}(\.\d{1,20})?$/
  if (of === sort && typeof value === 'string' && shape.test(value) && typeof id === 'string') return { value, id }
  throw new PlazaError('bad_request', 'This cursor is not one of ours.', 'Begin again without cursor.')
}

function parsed(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
