/**
 * A Space's life, decided: `stage` says what people see, `next` says what to do. Both are pure: they read what is
 * desired and what was observed, and nothing else. The reconciler reads the rows, asks, does, and asks again.
 */
import type { BuildPhase, Image } from '../../builder/builder.ts'
import type { Address } from '../../runtime/runtime.ts'
import type { CommitProblem, PhaseRecord, WorkloadState } from '../store/schema.ts'

export type StageName =
  | 'NO_APP_FILE'
  | 'CONFIG_ERROR'
  | 'BUILDING'
  | 'BUILD_ERROR'
  | 'APP_STARTING'
  | 'RUNNING'
  | 'RUNNING_BUILDING'
  | 'RUNNING_APP_STARTING'
  | 'RUNTIME_ERROR'
  | 'SLEEPING'
  | 'PAUSED'
  | 'DELETING'

export type PhaseName = BuildPhase | 'queued' | 'starting' | 'health-checking'

export type Phase = {
  name: PhaseName
  startedAt: Date
  /** Place in the queue, from 1; only while queued. */
  position?: number
  /** What the last look at the app saw. */
  detail?: string
}

export type Stage = {
  name: StageName
  phase?: Phase
  /** One sentence: the fault and the remedy. Also set where an older version still serves although a newer one failed. */
  errorMessage?: string
  /** The commit that is on its way (being built or started), and the one that visitors get. */
  building?: string
  running?: string
}

export type Desired = {
  deleted: boolean
  paused: boolean
  /** What should run: a commit with a plan, or one that says why it cannot. Undefined: nothing was pushed. */
  target: { sha: string; problem: CommitProblem | null } | undefined
  revision: number
  rebuild: number
  /** Seconds; -1 never. */
  sleepAfter: number
  activeAt: Date
}

export type ObservedBuild = {
  id: string
  sha: string
  rebuild: number
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  phases: readonly PhaseRecord[]
  image: Image | null
  error: { phase: BuildPhase; message: string } | null
  endedAt: Date | null
  position?: number
}

export type ObservedWorkload = {
  id: string
  buildId: string
  sha: string
  revision: number
  /** False: it has been told to end, and is kept only as a record. */
  wanted: boolean
  state: WorkloadState
  createdAt: Date
  readyAt: Date | null
  endedAt: Date | null
}

export type Observed = {
  /** Newest first. */
  builds: readonly ObservedBuild[]
  /** Newest first. */
  workloads: readonly ObservedWorkload[]
  route: { workloadId: string; sha: string; since: Date; addresses: readonly Address[] } | undefined
}

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

/** Whether a Space in this stage answers soon, once it is visited: worth waiting for. */
export function willStart(stage: StageName): boolean {
  switch (stage) {
    case 'RUNNING':
    case 'RUNNING_BUILDING':
    case 'RUNNING_APP_STARTING':
    case 'APP_STARTING':
    case 'BUILDING':
    case 'SLEEPING':
      return true
    case 'NO_APP_FILE':
    case 'CONFIG_ERROR':
    case 'BUILD_ERROR':
    case 'RUNTIME_ERROR':
    case 'PAUSED':
    case 'DELETING':
      return false
  }
}

/** Visits are told in batches (`touchEvery` of the proxy): sleep that comes sooner would come over a Space in use. Seconds. */
const shortestSleep = 3
/** How long a replaced version goes on serving the requests that it already has. Seconds. */
const drainFor = 10
/** Waits before the first, second, third new start of a version that ran and then crashed. Seconds. After that it has failed. */
const crashWaits = [0.5, 5, 30]
/** A version that ran for longer than this before it ended begins to count anew. Seconds. */
const crashWindow = 600

export function stage(desired: Desired, observed: Observed, now: Date): Stage {
  if (desired.deleted) return { name: 'DELETING' }
  const seen = look(desired, observed)
  const running = seen.serving ? { running: seen.serving.sha } : {}
  if (desired.paused) return { name: 'PAUSED', ...running }
  const { target } = desired
  if (!target) {
    return {
      name: 'NO_APP_FILE',
      errorMessage: 'Nothing has been pushed yet. Push a README.md with a card and the app’s files to main.',
    }
  }
  const fault = faultOf(target, seen)
  if (fault && !seen.serving && !seen.fallback) return { name: fault.stage, errorMessage: fault.message }
  const errorMessage = fault ? { errorMessage: fault.message } : {}
  if (seen.version) return { ...stageOfVersion(seen.version, seen, desired, now), ...errorMessage }
  const phase = seen.build && buildPhase(seen.build)
  return {
    name: seen.serving ? 'RUNNING_BUILDING' : 'BUILDING',
    ...(phase ? { phase } : {}),
    building: target.sha,
    ...running,
  }
}

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

type Seen = {
  /** The build of the target, if there is one. */
  build: ObservedBuild | undefined
  /** The newest workload of the target and the present revision, dead or alive: its end is what a failed start is told by. */
  latest: ObservedWorkload | undefined
  /** How often in a row, without a long run in between, `latest` and those before it ended by themselves. */
  crashes: number
  /** What visitors get now. */
  serving: ObservedWorkload | undefined
  /** The other version that answered last, after a roll back an older one: what runs while the target cannot. */
  fallback: ObservedBuild | undefined
  /** What should run now; undefined while the first version of a Space is built. */
  version: ObservedBuild | undefined
  /** The live workload of `version`. */
  current: ObservedWorkload | undefined
}

function look(desired: Desired, observed: Observed): Seen {
  const { target, rebuild, revision } = desired
  const build = observed.builds.find((one) => one.sha === target?.sha && one.rebuild === rebuild)
  const ofTarget = observed.workloads.filter((one) => one.buildId === build?.id && one.revision === revision)
  const latest = ofTarget[0]
  const crashes = crashesInARow(ofTarget)
  const routed = observed.workloads.find((one) => one.id === observed.route?.workloadId)
  const served = observed.workloads.filter((one) => one.readyAt !== null && one.buildId !== build?.id)
  const fallback = served
    .map((workload) => observed.builds.find((one) => one.id === workload.buildId))
    .find((one) => one?.state === 'succeeded')
  const isBuilt = build?.state === 'succeeded' && !hasFailed(latest, crashes)
  const isHopeless = target?.problem || (build && build.state !== 'queued' && build.state !== 'running')
  const version = isBuilt ? build : isHopeless ? fallback : undefined
  const current = observed.workloads.find(
    (one) =>
      one.wanted && isAlive(one) && one.buildId === version?.id && (version !== build || one.revision === revision),
  )
  return {
    build,
    latest,
    crashes,
    serving: routed?.state.kind === 'ready' ? routed : undefined,
    fallback,
    version,
    current,
  }
}

function crashesInARow(newestFirst: readonly ObservedWorkload[]): number {
  let count = 0
  for (const workload of newestFirst) {
    if (!endedByItself(workload)) break
    count++
    const ran = workload.readyAt && workload.endedAt ? secondsBetween(workload.readyAt, workload.endedAt) : 0
    if (ran > crashWindow) break
  }
  return count
}

function endedByItself(workload: ObservedWorkload): boolean {
  return workload.state.kind === 'exited' && workload.state.exit.reason !== 'lost'
}

/** Whether a further start would only repeat what the last one showed. */
function hasFailed(latest: ObservedWorkload | undefined, crashes: number): boolean {
  return latest !== undefined && endedByItself(latest) && (latest.readyAt === null || crashes > crashWaits.length)
}

type Fault = { stage: 'CONFIG_ERROR' | 'NO_APP_FILE' | 'BUILD_ERROR' | 'RUNTIME_ERROR'; message: string }

function faultOf(target: NonNullable<Desired['target']>, seen: Seen): Fault | undefined {
  if (target.problem) return target.problem
  if (seen.build?.state === 'failed') {
    return { stage: 'BUILD_ERROR', message: seen.build.error?.message ?? 'The build failed. Its log says why.' }
  }
  if (seen.build?.state === 'cancelled') {
    return { stage: 'BUILD_ERROR', message: 'The build was stopped. Restart the Space to build this version again.' }
  }
  if (hasFailed(seen.latest, seen.crashes) && seen.latest?.state.kind === 'exited') {
    return { stage: 'RUNTIME_ERROR', message: seen.latest.state.exit.message }
  }
  return undefined
}

/** The stage of a version that is built: serving, starting, or asleep. */
function stageOfVersion(version: ObservedBuild, seen: Seen, desired: Desired, now: Date): Stage {
  const running = seen.serving ? { running: seen.serving.sha } : {}
  if (seen.serving && (seen.current?.id === seen.serving.id || seen.current?.state.kind === 'ready')) {
    return { name: 'RUNNING', ...running }
  }
  // One that was ready and has no route any more is just about to stand still.
  const isStill = !seen.current || seen.current.state.kind === 'frozen' || seen.current.state.kind === 'ready'
  if (isStill && !seen.serving && isAsleep(version, seen.current, desired, now)) return { name: 'SLEEPING' }
  return {
    name: seen.serving ? 'RUNNING_APP_STARTING' : 'APP_STARTING',
    ...(seen.current ? { phase: startPhase(seen.current) } : {}),
    building: version.sha,
    ...running,
  }
}

function buildPhase(build: ObservedBuild): Phase | undefined {
  const last = build.phases.at(-1)
  if (!last) return undefined
  return {
    name: last.phase,
    startedAt: new Date(last.startedAt),
    ...(last.phase === 'queued' && build.position !== undefined ? { position: build.position } : {}),
  }
}

function startPhase(workload: ObservedWorkload): Phase {
  const { state } = workload
  if (state.kind !== 'starting') return { name: 'starting', startedAt: workload.createdAt }
  // Until something listens the app starts; once it answers, but not well, its health is what is waited for.
  const name = /answers \d/.test(state.probe) ? 'health-checking' : 'starting'
  return { name, startedAt: new Date(state.since), ...(state.probe ? { detail: state.probe } : {}) }
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
    const startAt = seen.latest && endedByItself(seen.latest) && version === seen.build ? restartTime(seen) : now
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

function restartTime(seen: Seen): Date {
  const wait = crashWaits[Math.min(seen.crashes, crashWaits.length) - 1] ?? 0
  return new Date(Number(seen.latest?.endedAt ?? 0) + wait * 1000)
}

/** So long after the last visit, but never before it has been ready, or built, for that long. Null: never. */
function sleepTime(version: ObservedBuild, current: ObservedWorkload | undefined, desired: Desired): Date | null {
  if (desired.sleepAfter < 0 || version.image?.kind === 'static') return null
  const last = Math.max(Number(desired.activeAt), Number(current?.readyAt ?? 0), Number(version.endedAt ?? 0))
  return new Date(last + Math.max(desired.sleepAfter, shortestSleep) * 1000)
}

function isAsleep(version: ObservedBuild, current: ObservedWorkload | undefined, desired: Desired, now: Date): boolean {
  const sleepAt = sleepTime(version, current, desired)
  return sleepAt !== null && sleepAt <= now
}

function earlier(one: Date, other: Date | null): Date {
  return other && other < one ? other : one
}

function isAlive(workload: ObservedWorkload): boolean {
  return workload.state.kind !== 'exited' && workload.state.kind !== 'gone'
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000
}
