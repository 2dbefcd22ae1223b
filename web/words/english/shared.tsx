import type { PhaseName } from '../../api/types.ts'
import type { StageWord } from '../../parts/stage.ts'

const phase: Record<PhaseName, string> = {
  queued: 'Queued',
  cloning: 'Cloning',
  resolving: 'Resolving',
  installing: 'Installing',
  starting: 'Starting',
  'health-checking': 'Health check',
}

const stage: Record<StageWord, string> = {
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

export const shared = {
  phase,
  stage,
  time: {
    since: (exact: string) => `Since ${exact}`,
    now: 'just now',
    minutesAgo: (count: number) => `${count} min ago`,
    hoursAgo: (count: number) => `${count} h ago`,
    yesterday: 'yesterday',
    daysAgo: (count: number) => `${count} d ago`,
    weeksAgo: (count: number) => `${count} w ago`,
    yearsAgo: (count: number) => `${count} y ago`,
  },
}
