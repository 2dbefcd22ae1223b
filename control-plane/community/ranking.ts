/**
 * What trends (pure). Everything that speaks for a Space, its creation and each like, counts as one when it happens and
 * half as much a week later. Since all fade alike, the order of two Spaces only changes when one of them is liked: so the
 * sum is kept as its logarithm at a fixed point in time, can lie in an index, and never needs to be counted again.
 */

/** Seconds after which a like counts half. */
const halfLife = 7 * 24 * 3600

/** Older than so many half-lives nothing is left that a double could hold. */
export const fadedAfter = 60 * halfLife

/** The base-2 logarithm of the sum of 2^(t / halfLife), t in seconds since 1970. A higher one trends more, at any time. */
export function heatOf(createdAt: Date, likedAt: readonly Date[]): number {
  const ages = [createdAt, ...likedAt].map((at) => at.getTime() / 1000 / halfLife)
  const newest = Math.max(...ages)
  return newest + Math.log2(ages.reduce((sum, age) => sum + 2 ** (age - newest), 0))
}

/** How many likes of this very moment a heat is worth now, for people and clients who want a number. */
export function trendingScore(heat: number, now: Date): number {
  return Math.round(2 ** (heat - now.getTime() / 1000 / halfLife) * 100) / 100
}
