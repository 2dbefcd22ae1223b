import { create } from './english/create.tsx'
import { wordsOf } from './language.ts'

/** The words of making a new Space. */
export const words = wordsOf('create', create)
