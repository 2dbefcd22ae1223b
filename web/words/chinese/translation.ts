import type { Translation } from '../translation.ts'
import { shared } from './shared.tsx'

export const translation: Translation = { shared }
