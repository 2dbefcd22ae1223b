import { space } from './english/space.tsx'
import { wordsOf } from './language.ts'

/** The words of a Space's page: its app, logs, versions, settings, dialogs. */
export const words = wordsOf('space', space)
