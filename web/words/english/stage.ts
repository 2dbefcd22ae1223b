/** Without JSX, since the server reads it too. */
import type { StageWord } from '../../parts/stage-word.ts'

export const stage: Record<StageWord, string> = {
  running: 'Running',
  building: 'Building',
  starting: 'Starting',
  asleep: 'Asleep',
  paused: 'Paused by its author',
  'build-failed': 'Build failed',
  crashed: 'Crashed',
  'card-error': 'Card has an error',
  empty: 'Nothing pushed yet',
  deleting: 'Deleting',
}
