/** What the replicas of a workload do → what the workload does. Pure. */
import type { InstanceState } from '../runtime.ts'

/** `before`: what it did until now; it goes on being ready since it first was. */
export function together(replicas: readonly InstanceState[], before: InstanceState): InstanceState {
  const ready = replicas.filter((state) => state.kind === 'ready')
  if (ready.length > 0) {
    const since = before.kind === 'ready' ? before.since : earliest(ready.map((state) => state.since))
    return { kind: 'ready', addresses: ready.flatMap(({ addresses }) => addresses), since }
  }
  const frozen = replicas.filter((state) => state.kind === 'frozen')
  if (frozen.length > 0) {
    const memory = frozen.reduce((sum, state) => sum + state.memory, 0)
    return { kind: 'frozen', since: earliest(frozen.map(({ since }) => since)), memory }
  }
  const starting = replicas.filter((state) => state.kind === 'starting')
  const [slowest] = starting
  if (slowest !== undefined) return { ...slowest, since: earliest(starting.map(({ since }) => since)) }
  const pending = replicas.find((state) => state.kind === 'pending')
  if (pending !== undefined) return pending
  // The first that ended says why: the others may have ended because of it.
  const [first] = replicas
    .filter((state) => state.kind === 'exited')
    .toSorted((one, other) => one.at.getTime() - other.at.getTime())
  return first ?? { kind: 'gone' }
}

/**
 * Whether an ended replica is started again: only while another serves. An app none of whose replicas serves has ended, and
 * what happens then is not the runtime's to say.
 */
export const isRestarted = (replica: InstanceState, all: readonly InstanceState[]): boolean =>
  replica.kind === 'exited' && all.some(({ kind }) => kind === 'ready')

/** Milliseconds before the nth restart. */
export const restartDelay = (nth: number): number => Math.min(30_000, 1_000 * 2 ** (nth - 1))

const earliest = (dates: readonly Date[]): Date => new Date(Math.min(...dates.map((date) => date.getTime())))
