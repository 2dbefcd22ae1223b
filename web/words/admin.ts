import { admin } from './english/admin.tsx'
import { wordsOf } from './language.ts'

/** The words of the administrators' pages. */
export const words = wordsOf('admin', admin)
