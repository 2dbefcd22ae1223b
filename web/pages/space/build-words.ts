/** A version's build in a word, and what is to say about it. Pure. */
import type { SpaceDetail, Version } from '../../api/types.ts'
import type { MarkName } from '../../parts/mark.tsx'
import { took } from '../../parts/duration.ts'
import { phaseWords, sentences } from '../../parts/stage.ts'
import { crashed, failedPhase, liveSeconds } from './phases.ts'
import { phaseHeading } from './reason.ts'
import { short } from './use-space.ts'

export function buildWords(version: Version, space: SpaceDetail): { tone: MarkName; words: string } {
  const { build } = version
  if (version.serving) return { tone: 'running', words: 'Serving visitors' }
  if (space.commits.building === version.sha) {
    return { tone: 'working', words: space.phase ? phaseWords(space.phase.name) : 'Building' }
  }
  if (!build)
    return version.problem ? { tone: 'failed', words: 'Cannot run' } : { tone: 'replaced', words: 'Not built' }
  switch (build.state) {
    case 'queued':
      return { tone: 'working', words: 'Queued' }
    case 'running':
      return { tone: 'working', words: 'Building' }
    case 'failed': {
      const phase = failedPhase(build)
      return { tone: 'failed', words: phase ? `Failed in ${phaseWords(phase)}` : 'Failed' }
    }
    case 'cancelled':
      return { tone: 'paused', words: 'Stopped' }
    case 'succeeded':
      if (!version.target) return { tone: 'replaced', words: 'Replaced' }
      if (crashed(space, version)) return { tone: 'failed', words: 'Crashed' }
      return space.stage === 'PAUSED' ? { tone: 'paused', words: 'Paused' } : { tone: 'asleep', words: 'Asleep' }
  }
}

/** The sentence over a build's log: why one waits, how it ended, and whether visitors notice. */
export function buildSentence(version: Version, space: SpaceDetail): { heading: string; about: string } {
  const { build } = version
  const serving = space.commits.running
  if (space.commits.building === version.sha) {
    return {
      heading: phaseHeading(space.phase),
      about: serving
        ? `Visitors still get version ${short(serving)}. This one takes over once it answers.`
        : 'The app opens to visitors once it answers.',
    }
  }
  if (build?.state === 'failed' || crashed(space, version)) {
    const { first, rest } = sentences(build?.error ?? space.errorMessage ?? 'The build failed.')
    const still = serving && serving !== version.sha ? `Visitors still get version ${short(serving)}.` : ''
    return { heading: first, about: [rest, still].filter(Boolean).join(' ') }
  }
  if (build?.state === 'cancelled') return { heading: 'This build was stopped.', about: '' }
  if (version.serving) {
    const seconds = build && liveSeconds(build)
    const time = seconds === undefined ? '' : ` after ${took(seconds)}`
    return { heading: `Version ${short(version.sha)} is live${time}.`, about: '' }
  }
  if (!build) {
    const { first, rest } = sentences(version.problem ?? 'This version was not built.')
    return { heading: first, about: rest }
  }
  if (version.target)
    return { heading: `Version ${short(version.sha)} is built.`, about: 'It starts when somebody visits.' }
  return { heading: `Version ${short(version.sha)} was replaced.`, about: '' }
}
