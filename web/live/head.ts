import type { SpaceList } from '../api/types.ts'

/**
 * A long list with its first page anew. What the old first page had and the new one lacks was pushed down by newcomers:
 * it follows, so that nothing is missing between the first page and the second. (Pure.)
 */
export function withHead(pages: readonly SpaceList[], head: SpaceList): SpaceList[] {
  const [old, ...rest] = pages
  if (!old) return [head]
  const there = new Set([...head.spaces, ...rest.flatMap((page) => page.spaces)].map((space) => space.id))
  const pushedDown = old.spaces.filter((space) => !there.has(space.id))
  const known = new Set(head.spaces.map((space) => space.id))
  const { next: _next, ...first } = head
  return [
    { ...first, ...(old.next === undefined ? {} : { next: old.next }), spaces: [...head.spaces, ...pushedDown] },
    // A Space that has moved up stands once, at the top.
    ...rest.map((page) =>
      page.spaces.some((space) => known.has(space.id))
        ? { ...page, spaces: page.spaces.filter((space) => !known.has(space.id)) }
        : page,
    ),
  ]
}
