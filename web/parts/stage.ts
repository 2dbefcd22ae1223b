/** Stages and phases in the words and marks that people see. */
import type { Phase, PhaseName, SpaceSummary, Stage } from '../api/types.ts'
import { said } from '../words/said.ts'
import { words } from '../words/shared.ts'
import { type StageWord, stageWord } from './stage-word.ts'

/** Each has its own shape (mark.tsx), so that nobody needs the colour. */
export type Tone = 'running' | 'working' | 'asleep' | 'failed' | 'paused' | 'replaced'

export type Pill = { tone: Tone; words: string }

export const phaseNames: readonly PhaseName[] = [
  'queued',
  'cloning',
  'resolving',
  'installing',
  'starting',
  'health-checking',
]

export function phaseWords(name: PhaseName): string {
  return words().phase[name]
}

const tones: Record<StageWord, Tone> = {
  running: 'running',
  building: 'working',
  starting: 'working',
  deleting: 'working',
  asleep: 'asleep',
  'build-failed': 'failed',
  crashed: 'failed',
  'card-error': 'failed',
  paused: 'paused',
  empty: 'replaced',
}

export function stageTone(stage: Stage): Tone {
  return tones[stageWord(stage)]
}

/** Whether visitors get the app now. */
export function serves(stage: Stage): boolean {
  return stageTone(stage) === 'running'
}

/** Whether a build or a start is under way, also beside a version that serves. */
export function working(stage: Stage): boolean {
  return (
    stage === 'BUILDING' || stage === 'APP_STARTING' || stage === 'RUNNING_BUILDING' || stage === 'RUNNING_APP_STARTING'
  )
}

function workWords(stage: Stage, phase: Phase | null | undefined): string {
  if (phase) return phaseWords(phase.name)
  return words().stage[stage === 'APP_STARTING' || stage === 'RUNNING_APP_STARTING' ? 'starting' : 'building']
}

/** The word on a card's strip. A new version that builds beside the serving one does not concern a visitor. */
export function stageWords({ stage, phase }: Pick<SpaceSummary, 'stage' | 'phase'>): string {
  if (stage === 'BUILDING' || stage === 'APP_STARTING') return workWords(stage, phase)
  return words().stage[stageWord(stage)]
}

/** The pills of a Space's header: while a new version is made beside the serving one, both are true. */
export function stagePills(space: Pick<SpaceSummary, 'stage' | 'phase'>): Pill[] {
  const first: Pill = { tone: stageTone(space.stage), words: stageWords(space) }
  if (!serves(space.stage) || !working(space.stage)) return [first]
  return [first, { tone: 'working', words: workWords(space.stage, space.phase) }]
}

/** The first sentence of a message of the server and the rest: what happened, then what to do. */
export function sentences(message: string): { first: string; rest: string } {
  const end = /[.!?]\s+(?=["“'A-Z])/.exec(message)
  if (!end) return { first: said(message), rest: '' }
  return { first: said(message.slice(0, end.index + 1)), rest: said(message.slice(end.index + end[0].length)) }
}
