/** A version's build in a word, and what is to say about it. Pure. */
import type { SpaceDetail, Version } from '../../api/types.ts'
import type { MarkName } from '../../parts/mark.tsx'
import { took } from '../../parts/duration.ts'
import { phaseWords, sentences } from '../../parts/stage.ts'
import { words } from '../../words/space.ts'
import { crashed, failedPhase, liveSeconds } from './phases.ts'
import { phaseHeading } from './reason.ts'
import { short } from './use-space.ts'

export function buildWords(version: Version, space: SpaceDetail): { tone: MarkName; words: string } {
  const { build } = version
  const say = words().build
  if (version.serving) return { tone: 'running', words: say.serving }
  if (space.commits.building === version.sha) {
    return { tone: 'working', words: space.phase ? phaseWords(space.phase.name) : say.building }
  }
  if (!build)
    return version.problem ? { tone: 'failed', words: say.cannotRun } : { tone: 'replaced', words: say.notBuilt }
  switch (build.state) {
    case 'queued':
      return { tone: 'working', words: say.queued }
    case 'running':
      return { tone: 'working', words: say.building }
    case 'failed': {
      const phase = failedPhase(build)
      return { tone: 'failed', words: phase ? say.failedIn(phaseWords(phase)) : say.failed }
    }
    case 'cancelled':
      return { tone: 'paused', words: say.stopped }
    case 'succeeded':
      if (!version.target) return { tone: 'replaced', words: say.replaced }
      if (crashed(space, version)) return { tone: 'failed', words: say.crashed }
      return space.stage === 'PAUSED' ? { tone: 'paused', words: say.paused } : { tone: 'asleep', words: say.asleep }
  }
}

/** The sentence over a build's log: why one waits, how it ended, and whether visitors notice. */
export function buildSentence(version: Version, space: SpaceDetail): { heading: string; about: string } {
  const { build } = version
  const serving = space.commits.running
  const say = words().build
  if (space.commits.building === version.sha) {
    return {
      heading: phaseHeading(space.phase),
      about: serving ? say.takesOver(short(serving)) : say.opens,
    }
  }
  if (build?.state === 'failed' || crashed(space, version)) {
    const { first, rest } = sentences(build?.error ?? space.errorMessage ?? say.buildFailed)
    const still = serving && serving !== version.sha ? say.stillServing(short(serving)) : ''
    return { heading: first, about: [rest, still].filter(Boolean).join(' ') }
  }
  if (build?.state === 'cancelled') return { heading: say.wasStopped, about: '' }
  if (version.serving) {
    const seconds = build && liveSeconds(build)
    const sha = short(version.sha)
    return { heading: seconds === undefined ? say.live(sha) : say.liveAfter(sha, took(seconds)), about: '' }
  }
  if (!build) {
    const { first, rest } = sentences(version.problem ?? say.versionNotBuilt)
    return { heading: first, about: rest }
  }
  if (version.target) return { heading: say.built(short(version.sha)), about: say.startsOnVisit }
  return { heading: say.wasReplaced(short(version.sha)), about: '' }
}
