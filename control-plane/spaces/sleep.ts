/** When a version that nobody visits falls asleep (pure). */
import type { Desired, ObservedBuild, ObservedWorkload } from './observed.ts'

/** Visits are told in batches (`touchEvery` of the proxy): sleep that comes sooner would come over a Space in use. Seconds. */
const shortestSleep = 3

/** So long after the last visit, but never before it has been ready, or built, for that long. Null: never. */
export function sleepTime(
  version: ObservedBuild,
  current: ObservedWorkload | undefined,
  desired: Desired,
): Date | null {
  if (desired.sleepAfter < 0 || version.image?.kind === 'static') return null
  const last = Math.max(Number(desired.activeAt), Number(current?.readyAt ?? 0), Number(version.endedAt ?? 0))
  return new Date(last + Math.max(desired.sleepAfter, shortestSleep) * 1000)
}

export function isAsleep(
  version: ObservedBuild,
  current: ObservedWorkload | undefined,
  desired: Desired,
  now: Date,
): boolean {
  const sleepAt = sleepTime(version, current, desired)
  return sleepAt !== null && sleepAt <= now
}
