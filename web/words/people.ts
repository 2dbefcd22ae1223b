import { people } from './english/people.tsx'
import { wordsOf } from './language.ts'

/** The words of signing in, profiles and one's own settings. */
export const words = wordsOf('people', people)
