import type { StageName } from '../../control-plane/spaces/stage.ts'

/** What is said about a stage, apart from its phase. */
export type StageWord =
  | 'running'
  | 'building'
  | 'starting'
  | 'asleep'
  | 'paused'
  | 'build-failed'
  | 'crashed'
  | 'card-error'
  | 'empty'
  | 'deleting'

/** While a new version is made beside the serving one, it runs. (Pure; the server has no page and uses it too.) */
export function stageWord(stage: StageName): StageWord {
  switch (stage) {
    case 'RUNNING':
    case 'RUNNING_BUILDING':
    case 'RUNNING_APP_STARTING':
      return 'running'
    case 'BUILDING':
      return 'building'
    case 'APP_STARTING':
      return 'starting'
    case 'SLEEPING':
      return 'asleep'
    case 'PAUSED':
      return 'paused'
    case 'BUILD_ERROR':
      return 'build-failed'
    case 'RUNTIME_ERROR':
      return 'crashed'
    case 'CONFIG_ERROR':
      return 'card-error'
    case 'NO_APP_FILE':
      return 'empty'
    case 'DELETING':
      return 'deleting'
  }
}
