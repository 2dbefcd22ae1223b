/** A build's way to its visitors as six steps. Pure, so that it can be tested without a clock. */
import type { Build, PhaseName, SpaceDetail, Version } from '../../api/types.ts'
import { phaseNames, serves } from '../../parts/stage.ts'
import { said } from '../../words/said.ts'

export type Step = { name: PhaseName } & (
  | { state: 'done'; seconds: number | undefined }
  | { state: 'now'; since: string; lastSeconds: number | undefined; note: string }
  | { state: 'failed'; seconds: number | undefined }
  | { state: 'ahead'; lastSeconds: number | undefined }
  | { state: 'never' }
)

function between(start: string, end: string | undefined): number | undefined {
  return end ? Math.max(0, (Date.parse(end) - Date.parse(start)) / 1000) : undefined
}

function secondsOf(build: Build | undefined, name: PhaseName): number | undefined {
  const record = build?.phases.find(({ phase }) => phase === name)
  return record && between(record.startedAt, record.endedAt)
}

/** From the start of a build to its end, queueing left out. */
export function buildSeconds(build: Build): number | undefined {
  return build.startedAt === undefined ? undefined : between(build.startedAt, build.endedAt)
}

/** From the push, or whatever else asked for the build, until its app answered for the first time. */
export function liveSeconds(build: Build): number | undefined {
  const asked = build.phases[0]?.startedAt
  return asked === undefined ? undefined : between(asked, build.readyAt)
}

/** Whether everything that it needs was there already, so that nothing was resolved or installed. */
export function fromCache(build: Build): boolean {
  return (
    build.state === 'succeeded' && !build.phases.some(({ phase }) => phase === 'resolving' || phase === 'installing')
  )
}

/** Where a build that failed has failed. */
export function failedPhase(build: Build): PhaseName | undefined {
  return build.state === 'failed' ? build.phases.at(-1)?.phase : undefined
}

/** Whether a version was built and then ended at its start, also where an earlier one goes on serving. */
export function crashed(space: SpaceDetail, version: Version): boolean {
  if (!version.target || version.serving || version.build?.state !== 'succeeded') return false
  if (space.commits.building === version.sha) return false
  return space.stage === 'RUNTIME_ERROR' || (serves(space.stage) && space.errorMessage !== undefined)
}

/**
 * @param before an earlier version that was built, for what the phases took last time.
 */
export function stepsOf(space: SpaceDetail, version: Version, before: Version | undefined): Step[] {
  const { build } = version
  const making = space.commits.building === version.sha
  const phase = making ? space.phase : undefined
  const present = phase ? phaseNames.indexOf(phase.name) : -1
  const failedAt = build && failedPhase(build)
  const failed = failedAt ? phaseNames.indexOf(failedAt) : crashed(space, version) ? phaseNames.indexOf('starting') : -1
  const stopped = build?.state === 'cancelled' ? Math.max(0, build.phases.length - 1) : phaseNames.length
  const started = build?.startSeconds
  return phaseNames.map((name, place): Step => {
    const seconds = secondsOf(build, name)
    const known = name === 'starting' ? space.lastStartSeconds : secondsOf(before?.build, name)
    if (phase && place === present) {
      return { name, state: 'now', since: phase.startedAt, lastSeconds: known, note: said(phase.detail ?? '') }
    }
    if (place === failed) return { name, state: 'failed', seconds }
    const over =
      present >= 0
        ? place < present
        : failed >= 0
          ? place < failed
          : build !== undefined && place < stopped && build.state !== 'queued'
    if (over) return { name, state: 'done', seconds: name === 'starting' ? started : seconds }
    return present >= 0 ? { name, state: 'ahead', lastSeconds: known } : { name, state: 'never' }
  })
}

/** The version to go back to: the newest other one that was built. */
export function wayBack(versions: readonly Version[]): Version | undefined {
  const target = versions.findIndex(({ target }) => target)
  return versions.find((version, place) => place > target && !version.target && version.build?.state === 'succeeded')
}

/** Whose build one wants to see: the one asked for, else the one on its way, else the one that should run. */
export function versionToShow(
  versions: readonly Version[],
  building: string | null,
  asked: number,
): Version | undefined {
  return (
    versions.find(({ build }) => build?.number === asked) ??
    versions.find(({ sha }) => sha === building) ??
    versions.find(({ target }) => target) ??
    versions.find(({ build }) => build)
  )
}
