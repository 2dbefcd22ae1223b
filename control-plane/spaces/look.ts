/** What counts of what was observed of a Space: the builds and workloads that matter to what is desired (pure). */
import { crashesInARow, hasFailed } from './crashes.ts'
import { type Desired, isAlive, type Observed, type ObservedBuild, type ObservedWorkload } from './observed.ts'

export type Seen = {
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

export function look(desired: Desired, observed: Observed): Seen {
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
