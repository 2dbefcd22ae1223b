/** What people see of a Space: its stage, decided by what is desired and what was observed (pure). */
import type { BuildPhase } from '../../builder/builder.ts'
import { hasFailed } from './crashes.ts'
import { look, type Seen } from './look.ts'
import type { Desired, Observed, ObservedBuild, ObservedWorkload } from './observed.ts'
import { isAsleep } from './sleep.ts'

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
