/** Why a Space does not show its app, in words. Pure. */
import type { Phase, SpaceDetail } from '../../api/types.ts'
import { sentences } from '../../parts/stage.ts'
import { said } from '../../words/said.ts'
import { words } from '../../words/space.ts'

export type Reason = { heading: string; about: string }

export function phaseHeading(phase: Phase | null | undefined): string {
  const { reason } = words()
  if (!phase) return reason.building
  if (phase.name === 'queued' && phase.position) {
    return phase.position === 1 ? reason.next : reason.inLine(phase.position)
  }
  return reason.phase[phase.name]
}

/** What the last look at the app saw, or what happens next. */
function phaseAbout(space: SpaceDetail): string {
  if (space.phase?.detail) return said(space.phase.detail)
  return words().reason.opensItself
}

function fault(space: SpaceDetail, otherwise: Reason): Reason {
  if (space.errorMessage === undefined) return otherwise
  const { first, rest } = sentences(space.errorMessage)
  return { heading: first, about: rest }
}

export function reasonOf(space: SpaceDetail): Reason {
  const { reason } = words()
  switch (space.stage) {
    case 'BUILDING':
    case 'APP_STARTING':
    case 'RUNNING_BUILDING':
    case 'RUNNING_APP_STARTING':
    case 'RUNNING':
      return { heading: phaseHeading(space.phase), about: phaseAbout(space) }
    case 'SLEEPING':
      if (space.runsOn?.frozen) return { heading: reason.asleepInMemory, about: reason.wakesAtOnce }
      return {
        heading: reason.asleep,
        about: space.lastStartSeconds
          ? reason.wakesIn(Math.max(1, Math.round(space.lastStartSeconds)))
          : reason.wakesOnVisit,
      }
    case 'PAUSED':
      return {
        heading: reason.paused,
        about: space.may.restart ? reason.pausedForYou : reason.pausedForOthers,
      }
    case 'BUILD_ERROR':
      return fault(space, reason.buildFailed)
    case 'RUNTIME_ERROR':
      return fault(space, reason.crashed)
    case 'CONFIG_ERROR':
      return fault(space, reason.cardError)
    case 'NO_APP_FILE':
      return fault(space, reason.empty)
    case 'DELETING':
      return reason.deleting
  }
}
