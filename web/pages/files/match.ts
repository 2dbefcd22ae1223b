/** Finding a file by a few letters of its path (pure). */

export type Match = {
  path: string
  /** Where the letters are. */
  places: number[]
}

/** Letters at the start of a name or after a separator count most, then those that follow each other. */
function scoreOf(path: string, places: readonly number[]): number {
  const name = path.lastIndexOf('/') + 1
  let score = 0
  for (const [at, place] of places.entries()) {
    const before = path[place - 1]
    if (before === undefined || '/._- '.includes(before)) score += 8
    if (at > 0 && places[at - 1] === place - 1) score += 6
    if (place >= name) score += 3
  }
  return score - path.length / 20
}

/** Where the letters of `typed` are, in order, looking from `from` on. */
function placesFrom(path: string, typed: string, from: number): number[] | undefined {
  const places: number[] = []
  let at = from
  for (const letter of typed) {
    const found = path.indexOf(letter, at)
    if (found === -1) return undefined
    places.push(found)
    at = found + letter.length
  }
  return places
}

/** The best files first, at most `most`; without letters the first ones as they come. */
export function matchFiles(paths: readonly string[], typed: string, most = 50): Match[] {
  const letters = typed.toLowerCase().replaceAll(/\s+/g, '')
  if (!letters) return paths.slice(0, most).map((path) => ({ path, places: [] }))
  const found: { match: Match; score: number }[] = []
  for (const path of paths) {
    const lower = path.toLowerCase()
    // In the name alone where it has them all, else anywhere.
    const places = placesFrom(lower, letters, lower.lastIndexOf('/') + 1) ?? placesFrom(lower, letters, 0)
    if (places) found.push({ match: { path, places }, score: scoreOf(lower, places) })
  }
  return found
    .toSorted((one, other) => other.score - one.score)
    .slice(0, most)
    .map(({ match }) => match)
}
