/**
 * A Space's life, decided: `next` says what to do, as `stage` (stage.ts) says what people see. Both are pure: they read what
 * is desired and what was observed, and nothing else. The reconciler reads the rows, asks, does, and asks again.
 */
import type { Address } from '../../runtime/runtime.ts'
import { endedByItself, restartTime } from './crashes.ts'
import { look, type Seen } from './look.ts'
import { type Desired, isAlive, type Observed, type ObservedBuild, type ObservedWorkload } from './observed.ts'
import { isAsleep, sleepTime } from './sleep.ts'

export type Action =
  | { do: 'build'; sha: string; rebuild: number; fresh: boolean }
  | { do: 'cancel-build'; build: string }
  | { do: 'apply'; build: string }
  | { do: 'remove'; workload: string }
  /** Its processes stand still, and keep their memory; or go on. */
  | { do: 'freeze'; workload: string }
  | { do: 'thaw'; workload: string }
  | { do: 'route'; workload: string }
  | { do: 'unroute' }
  | { do: 'purge' }

export type Next = { actions: Action[]; checkAgainAt: Date | null }

/** What the machine has room for. */
export type Room = {
  /**
   * Whether a sleeping version's processes may stay in memory, frozen, so that it wakes at once; asked of those that are to
   * fall asleep, and again of those that are.
   */
  mayStay: (workload: ObservedWorkload) => boolean
  /** Whether a new version may start beside the old one; not where both need the same graphics processor. */
  sideBySide: boolean
}

const plainRoom: Room = { mayStay: () => false, sideBySide: true }

/** How long a replaced version goes on serving the requests that it already has. Seconds. */
const drainFor = 10

export function next(desired: Desired, observed: Observed, now: Date, room = plainRoom): Next {
  const active = observed.builds.filter((build) => build.state === 'queued' || build.state === 'running')
  if (desired.deleted || desired.paused || !desired.target) {
    const actions: Action[] = active.map((build) => ({ do: 'cancel-build', build: build.id }))
    actions.push(...stopAll(observed))
    if (desired.deleted && actions.length === 0) actions.push({ do: 'purge' })
    return { actions, checkAgainAt: null }
  }
  const seen = look(desired, observed)
  const { target } = desired
  const actions: Action[] = active
    .filter((build) => build.id !== seen.build?.id)
    .map((build) => ({ do: 'cancel-build', build: build.id }))
  if (!target.problem && !seen.build) {
    const fresh = observed.builds.some((build) => build.sha === target.sha && build.rebuild < desired.rebuild)
    actions.push({ do: 'build', sha: target.sha, rebuild: desired.rebuild, fresh })
  }
  const rest = seen.version ? run(seen.version, seen, desired, observed, now, room) : keepServing(seen, observed)
  return { actions: [...actions, ...rest.actions], checkAgainAt: rest.checkAgainAt }
}

/** What to do for the version that should serve: start it, route to it, start it again, or let it sleep. */
function run(version: ObservedBuild, seen: Seen, desired: Desired, observed: Observed, now: Date, room: Room): Next {
  const { current, serving } = seen
  const isFrozen = current?.state.kind === 'frozen'
  if (!current || isFrozen || current.state.kind === 'ready') {
    if (isAsleep(version, current, desired, now)) {
      const actions = current && room.mayStay(current) ? standStill(current, observed) : stopAll(observed)
      return { actions, checkAgainAt: null }
    }
  }
  const actions: Action[] = []
  if (observed.route && !serving) actions.push({ do: 'unroute' })
  if (current && isFrozen) return { actions: [...actions, { do: 'thaw', workload: current.id }], checkAgainAt: null }
  if (!current) {
    const startAt =
      seen.latest && endedByItself(seen.latest) && version === seen.build ? restartTime(seen.latest, seen.crashes) : now
    if (startAt > now) return { actions, checkAgainAt: startAt }
    if (serving && !room.sideBySide) return { actions: stopAll(observed), checkAgainAt: null }
    return {
      actions: [...actions, ...removals(observed, seen), { do: 'apply', build: version.id }],
      checkAgainAt: null,
    }
  }
  if (current.state.kind !== 'ready') return { actions: [...actions, ...removals(observed, seen)], checkAgainAt: null }
  const sleepAt = sleepTime(version, current, desired)
  if (current.id !== serving?.id || !sameAddresses(current.state.addresses, observed.route?.addresses ?? [])) {
    // The next look, a moment from now, sees the new route and lets the old version drain.
    return { actions: [{ do: 'route', workload: current.id }], checkAgainAt: sleepAt }
  }
  const drained = new Date((observed.route?.since ?? now).getTime() + drainFor * 1000)
  if (drained <= now) return { actions: [...actions, ...removals(observed, seen)], checkAgainAt: sleepAt }
  const isDraining = observed.workloads.some((one) => isLeftOver(one, seen) && isAlive(one))
  const dead = removals(observed, seen, (one) => !isAlive(one))
  return { actions: [...actions, ...dead], checkAgainAt: isDraining ? earlier(drained, sleepAt) : sleepAt }
}

/** No version should start yet: whatever serves goes on, whatever is dead goes. */
function keepServing(seen: Seen, observed: Observed): Next {
  const actions: Action[] = observed.route && !seen.serving ? [{ do: 'unroute' }] : []
  return { actions: [...actions, ...removals(observed, seen)], checkAgainAt: null }
}

function removals(observed: Observed, seen: Seen, which: (one: ObservedWorkload) => boolean = () => true): Action[] {
  return observed.workloads
    .filter((one) => isLeftOver(one, seen) && which(one))
    .map((one) => ({ do: 'remove', workload: one.id }))
}

/** Wanted, but neither serving nor about to. */
function isLeftOver(workload: ObservedWorkload, seen: Seen): boolean {
  return workload.wanted && workload.id !== seen.current?.id && workload.id !== seen.serving?.id
}

/** Nobody is led to it any more, then it stands still; every other version ends. */
function standStill(current: ObservedWorkload, observed: Observed): Action[] {
  const actions: Action[] = observed.route ? [{ do: 'unroute' }] : []
  for (const workload of observed.workloads) {
    if (workload.wanted && workload.id !== current.id) actions.push({ do: 'remove', workload: workload.id })
  }
  if (current.state.kind !== 'frozen') actions.push({ do: 'freeze', workload: current.id })
  return actions
}

function stopAll(observed: Observed): Action[] {
  const actions: Action[] = observed.route ? [{ do: 'unroute' }] : []
  for (const workload of observed.workloads) {
    if (workload.wanted) actions.push({ do: 'remove', workload: workload.id })
  }
  return actions
}

function sameAddresses(some: readonly Address[], others: readonly Address[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ host, port }, index) => others[index]?.host === host && others[index].port === port)
  )
}

function earlier(one: Date, other: Date | null): Date {
  return other && other < one ? other : one
}
