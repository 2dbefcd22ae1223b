/** What a language has to say. English is the measure: an area that lacks a word does not compile. */
import type { shared } from './english/shared.tsx'

export type Translation = {
  shared: typeof shared
}
