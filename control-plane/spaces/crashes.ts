/** When a version that ended by itself is started again, and when it has failed (pure). */
import type { ObservedWorkload } from './observed.ts'

/** Waits before the first, second, third new start of a version that ran and then crashed. Seconds. After that it has failed. */
const crashWaits = [0.5, 5, 30]
/** A version that ran for longer than this before it ended begins to count anew. Seconds. */
const crashWindow = 600

/** How often in a row, without a long run in between, the newest and those before it ended by themselves. */
export function crashesInARow(newestFirst: readonly ObservedWorkload[]): number {
  let count = 0
  for (const workload of newestFirst) {
    if (!endedByItself(workload)) break
    count++
    const ran = workload.readyAt && workload.endedAt ? secondsBetween(workload.readyAt, workload.endedAt) : 0
    if (ran > crashWindow) break
  }
  return count
}

export function endedByItself(workload: ObservedWorkload): boolean {
  return workload.state.kind === 'exited' && workload.state.exit.reason !== 'lost'
}

/** Whether a further start would only repeat what the last one showed. */
export function hasFailed(latest: ObservedWorkload | undefined, crashes: number): boolean {
  return latest !== undefined && endedByItself(latest) && (latest.readyAt === null || crashes > crashWaits.length)
}

export function restartTime(latest: ObservedWorkload, crashes: number): Date {
  const wait = crashWaits[Math.min(crashes, crashWaits.length) - 1] ?? 0
  return new Date(Number(latest.endedAt ?? 0) + wait * 1000)
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000
}
