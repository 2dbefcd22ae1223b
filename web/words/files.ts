import { files } from './english/files.tsx'
import { wordsOf } from './language.ts'

/** The words of files and history. */
export const words = wordsOf('files', files)
