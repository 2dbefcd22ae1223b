import { gallery } from './english/gallery.tsx'
import { wordsOf } from './language.ts'

/** The words of the gallery: its head, filters, Peek. */
export const words = wordsOf('gallery', gallery)
