/** What a language has to say. English is the measure: a language that lacks a word does not compile. */
import type { admin } from './english/admin.tsx'
import type { create } from './english/create.tsx'
import type { files } from './english/files.tsx'
import type { gallery } from './english/gallery.tsx'
import type { people } from './english/people.tsx'
import type { shared } from './english/shared.tsx'
import type { space } from './english/space.tsx'

export type Translation = {
  shared: typeof shared
  gallery: typeof gallery
  space: typeof space
  files: typeof files
  create: typeof create
  people: typeof people
  admin: typeof admin
  /** Of what the server says in English (words/said.ts). */
  sentences: readonly (readonly [english: string, words: string])[]
}
