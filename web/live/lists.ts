/**
 * Keeps lists of Spaces true. A short one is asked for again; of a long one only its head and what has changed, since a
 * visitor who has scrolled through thousands must not load them all anew whenever somebody pushes.
 */
import type { InfiniteData, Query, QueryClient } from '@tanstack/react-query'
import { changeCards } from '../api/cards.ts'
import { get } from '../api/client.ts'
import { isLong, lengthOf, type SpaceFilter, spacesPath, spacesUpTo } from '../api/queries.ts'
import type { SpaceList, SpaceSummary } from '../api/types.ts'
import { withHead } from './head.ts'

const mostAtOnce = 100

type Pages = InfiniteData<SpaceList, string>

function pagesOf(query: Query): Pages | undefined {
  return query.state.data as Pages | undefined
}

/** Those that nobody looks at now are among them: one comes back to them. */
function longLists(queries: QueryClient): Query[] {
  return queries
    .getQueryCache()
    .findAll({ queryKey: ['spaces'] })
    .filter(
      // Asking again would also cut off a next page that is on its way.
      (query) => isLong(pagesOf(query)) || query.state.fetchMeta?.fetchMore !== undefined,
    )
}

/** Everything is asked for again, since nobody knows what has changed. */
export function refreshAll(queries: QueryClient): void {
  const long = longLists(queries)
  const keys = new Set(long.map((query) => query.queryHash))
  void queries.invalidateQueries({ predicate: (query) => !keys.has(query.queryHash) })
  for (const query of long) {
    void again(queries, query).catch(() => queries.invalidateQueries({ queryKey: query.queryKey, exact: true }))
  }
}

/** As long as it was, in few answers. */
async function again(queries: QueryClient, query: Query): Promise<void> {
  await Promise.allSettled([query.promise])
  const [, filter] = query.queryKey
  const list = await spacesUpTo(filter as SpaceFilter, lengthOf(pagesOf(query)))
  queries.setQueryData<Pages>(query.queryKey, { pages: [list], pageParams: [''] })
}

/** @param changed ids of Spaces; some more may have gone without a name. */
export async function refreshLists(queries: QueryClient, changed: readonly string[]): Promise<void> {
  void queries.invalidateQueries({ queryKey: ['found'] })
  const long = longLists(queries)
  const keys = new Set(long.map((query) => query.queryHash))
  void queries.invalidateQueries({ queryKey: ['spaces'], predicate: (query) => !keys.has(query.queryHash) })
  if (long.length === 0) return
  await Promise.allSettled(long.map(async (query) => await query.promise))
  const asked = changed.slice(0, mostAtOnce).map((id) => ['id', id])
  const { spaces } = await get<{ spaces: SpaceSummary[] }>(
    `/api/plaza/summaries?${new URLSearchParams(asked).toString()}`,
  )
  const fresh = new Map(spaces.map((space) => [space.id, space]))
  changeCards(queries, (space) => fresh.get(space.id) ?? space)
  for (const query of long) {
    const [, filter] = query.queryKey
    const head = await get<SpaceList>(spacesPath(filter as SpaceFilter))
    queries.setQueryData<Pages>(query.queryKey, (data) => data && { ...data, pages: withHead(data.pages, head) })
  }
}
