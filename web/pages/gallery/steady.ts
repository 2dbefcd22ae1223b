/**
 * The order of a list under a pointer (pure). While somebody points at the grid nothing moves: what was shown keeps its
 * place, what has gone leaves, what is further down may follow, and newcomers wait.
 */
export function steady(shown: readonly string[], fresh: readonly string[]): string[] {
  const there = new Set(fresh)
  const kept = shown.filter((id) => there.has(id))
  const known = new Set(kept)
  const end = fresh.findLastIndex((id) => known.has(id))
  return [...kept, ...fresh.slice(end + 1)]
}

/** Those of `next` that came between what was there: they fade in. What was loaded at the end does not. */
export function arrivals(shown: readonly string[], next: readonly string[]): Set<string> {
  if (shown.length === 0) return new Set()
  const known = new Set(shown)
  const end = next.findLastIndex((id) => known.has(id))
  return new Set(next.slice(0, end + 1).filter((id) => !known.has(id)))
}

/** The card above or below, among places from left to right and top to bottom; undefined where there is none. */
export function vertical(
  places: readonly { left: number; top: number }[],
  from: number,
  down: boolean,
): number | undefined {
  const here = places[from]
  if (!here) return undefined
  const rows = places.filter(({ top }) => (down ? top > here.top + 1 : top < here.top - 1)).map(({ top }) => top)
  if (rows.length === 0) return undefined
  const row = down ? Math.min(...rows) : Math.max(...rows)
  let best: number | undefined
  for (const [index, place] of places.entries()) {
    if (Math.abs(place.top - row) > 1) continue
    if (best === undefined || Math.abs(place.left - here.left) < Math.abs((places[best]?.left ?? 0) - here.left)) {
      best = index
    }
  }
  return best
}
