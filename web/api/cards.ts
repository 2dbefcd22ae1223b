/** A Space stands in many cached answers at once: here they are changed together. */
import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import type { SpaceDetail, SpaceList, SpaceSummary } from './types.ts'

type Pages = InfiniteData<SpaceList, string>

/** Changes every cached copy of a Space; lists without it stay the same objects, so that nothing else is drawn again. */
export function changeCards(queries: QueryClient, change: (space: SpaceSummary) => SpaceSummary): void {
  queries.setQueriesData<Pages>({ queryKey: ['spaces'] }, (data) => data && withPages(data, change))
}

export function changeCard(queries: QueryClient, id: string, change: (space: SpaceSummary) => SpaceSummary): void {
  changeCards(queries, (space) => (space.id === id ? change(space) : space))
  queries.setQueriesData<SpaceDetail>({ queryKey: ['space', id], exact: true }, (space) =>
    space ? { ...space, ...change(space) } : space,
  )
}

function withPages(data: Pages, change: (space: SpaceSummary) => SpaceSummary): Pages {
  const pages = data.pages.map((page) => {
    const spaces = changed(page.spaces, change)
    const featured = changed(page.featured, change)
    return spaces === page.spaces && featured === page.featured ? page : { ...page, spaces, featured }
  })
  return pages.every((page, index) => page === data.pages[index]) ? data : { ...data, pages }
}

function changed(spaces: SpaceSummary[], change: (space: SpaceSummary) => SpaceSummary): SpaceSummary[] {
  const next = spaces.map(change)
  return next.every((space, index) => space === spaces[index]) ? spaces : next
}
