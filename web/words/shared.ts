import { shared } from './english/shared.tsx'
import { wordsOf } from './language.ts'

/** The words of what stands on more than one page: stages, times, the head, dialogs' buttons. */
export const words = wordsOf('shared', shared)
