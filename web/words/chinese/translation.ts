import type { Translation } from '../translation.ts'
import { admin } from './admin.tsx'
import { create } from './create.tsx'
import { files } from './files.tsx'
import { gallery } from './gallery.tsx'
import { people } from './people.tsx'
import { sentences } from './sentences.ts'
import { shared } from './shared.tsx'
import { space } from './space.tsx'

export const translation: Translation = { shared, gallery, space, files, create, people, admin, sentences }
