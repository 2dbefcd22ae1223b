/** A build's way to its visitors as six steps. Pure, so that it can be tested without a clock. */
import type { Build, PhaseName, SpaceDetail, Version } from '../../api/types.ts'
import { phaseNames } from '../../parts/stage.ts'

export type Step = { name: PhaseName } & (
  | { state: 'done'; seconds: number | undefined }
  | { state: 'now'; since: string; lastSeconds: number | undefined; note: string }
  | { state: 'failed'; seconds: number | undefined }
  | { state: 'ahead'; lastSeconds: number | undefined }
  | { state: 'never' }
)

function between(start: string, end: string | null | undefined): number | undefined {
  return end ? Math.max(0, (Date.parse(end) - Date.parse(start)) / 1000) : undefined
}

function secondsOf(build: Build | null | undefined, name: PhaseName): number | undefined {
  const record = build?.phases.find(({ phase }) => phase === name)
  return record && between(record.startedAt, record.endedAt)
}

export function buildError(build: Build | null | undefined): { phase: PhaseName | undefined; message: string } | undefined {
  const error = build?.error
  if (!error) return undefined
  return typeof error === 'string' ? { phase: undefined, message: error } : error
}

function failedPhase(version: Version): PhaseName | undefined {
  const { build } = version
  if (build?.state !== 'failed') return undefined
  return buildError(build)?.phase ?? build.phases.at(-1)?.phase
}

/**
 * @param before an earlier version that was built, for what the phases took last time.
 */
export function stepsOf(space: SpaceDetail, version: Version, before: Version | undefined): Step[] {
  const { build } = version
  const making = space.commits.building === version.sha
  const phase = making ? space.phase : undefined
  const present = phase ? phaseNames.indexOf(phase.name) : -1
  const failedAt = failedPhase(version)
  const crashed = version.target && space.stage === 'RUNTIME_ERROR' && build?.state === 'succeeded'
  const failed = failedAt ? phaseNames.indexOf(failedAt) : crashed ? phaseNames.indexOf('starting') : -1
  const stopped = build?.state === 'cancelled' ? Math.max(0, build.phases.length - 1) : phaseNames.length
  const started = version.serving ? (space.lastStartSeconds ?? undefined) : undefined
  return phaseNames.map((name, place): Step => {
    const seconds = secondsOf(build, name)
    const known = name === 'starting' ? (space.lastStartSeconds ?? undefined) : secondsOf(before?.build, name)
    if (phase && place === present) {
      return { name, state: 'now', since: phase.startedAt, lastSeconds: known, note: phase.detail ?? '' }
    }
    if (place === failed) return { name, state: 'failed', seconds }
    const over = present >= 0 ? place < present : failed >= 0 ? place < failed : place < stopped && build?.state !== 'queued'
    if (over) return { name, state: 'done', seconds: name === 'starting' ? started : seconds }
    return present >= 0 ? { name, state: 'ahead', lastSeconds: known } : { name, state: 'never' }
  })
}

/** The version to go back to: the newest other one that was built. */
export function wayBack(versions: readonly Version[]): Version | undefined {
  const target = versions.findIndex(({ target }) => target)
  return versions.find((version, place) => place > target && !version.target && version.build?.state === 'succeeded')
}
