/** Why a Space does not show its app, in words. Pure. */
import type { Phase, SpaceDetail } from '../../api/types.ts'
import { ordinal } from '../../parts/duration.ts'
import { sentences } from '../../parts/stage.ts'

export type Reason = { heading: string; about: string }

const working: Record<Phase['name'], string> = {
  queued: 'Waiting for a free builder.',
  cloning: 'Fetching the files.',
  resolving: 'Working out what it needs.',
  installing: 'Installing what it needs.',
  starting: 'Starting the app.',
  'health-checking': 'Waiting for the app to answer.',
}

export function phaseHeading(phase: Phase | null | undefined): string {
  if (!phase) return 'Building.'
  if (phase.name === 'queued' && phase.position) {
    return phase.position === 1 ? 'Next in line for a builder.' : `In line for a builder: ${ordinal(phase.position)}.`
  }
  return working[phase.name]
}

/** What the last look at the app saw, or what happens next. */
function phaseAbout(space: SpaceDetail): string {
  if (space.phase?.detail) return space.phase.detail
  return 'The app opens here by itself as soon as it answers.'
}

function fault(space: SpaceDetail, otherwise: string): Reason {
  const { first, rest } = sentences(space.errorMessage ?? otherwise)
  return { heading: first, about: rest }
}

export function reasonOf(space: SpaceDetail): Reason {
  switch (space.stage) {
    case 'BUILDING':
    case 'APP_STARTING':
    case 'RUNNING_BUILDING':
    case 'RUNNING_APP_STARTING':
    case 'RUNNING':
      return { heading: phaseHeading(space.phase), about: phaseAbout(space) }
    case 'SLEEPING':
      return {
        heading: 'Asleep, because nobody was here.',
        about: space.lastStartSeconds
          ? `It wakes in about ${Math.max(1, Math.round(space.lastStartSeconds))} s.`
          : 'It wakes when somebody visits it.',
      }
    case 'PAUSED':
      return {
        heading: 'Paused by its author.',
        about: space.may.restart
          ? 'Nobody can open it until you start it again.'
          : 'Only its author can start it again.',
      }
    case 'BUILD_ERROR':
      return fault(space, 'The build failed. The last lines are below.')
    case 'RUNTIME_ERROR':
      return fault(space, 'The app ended. The last lines are below.')
    case 'CONFIG_ERROR':
      return fault(space, 'The card in README.md has an error.')
    case 'NO_APP_FILE':
      return fault(space, 'Nothing has been pushed yet.')
    case 'DELETING':
      return { heading: 'Being deleted.', about: 'Its files and its data are on their way out.' }
  }
}
