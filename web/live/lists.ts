/**
 * Keeps lists of Spaces true. A short one is asked for again; of a long one only its head and what has changed, since a
 * visitor who has scrolled through thousands must not load them all anew whenever somebody pushes.
 */
import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import { changeCards } from '../api/cards.ts'
import { get } from '../api/client.ts'
import { type SpaceFilter, spacesPath } from '../api/queries.ts'
import type { SpaceList, SpaceSummary } from '../api/types.ts'
import { withHead } from './head.ts'

const shortPages = 2
const mostAtOnce = 100

type Pages = InfiniteData<SpaceList, string>

/** @param changed ids of Spaces; some more may have gone without a name. */
export async function refreshLists(queries: QueryClient, changed: readonly string[]): Promise<void> {
  void queries.invalidateQueries({ queryKey: ['found'] })
  const long = queries
    .getQueryCache()
    .findAll({ queryKey: ['spaces'], type: 'active' })
    .filter(
      // Asking again would also cut off a next page that is on its way.
      (query) => pagesOf(query.state.data) > shortPages || query.state.fetchMeta?.fetchMore !== undefined,
    )
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

function pagesOf(data: unknown): number {
  return (data as Pages | undefined)?.pages.length ?? 0
}
