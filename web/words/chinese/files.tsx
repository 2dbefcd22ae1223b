import type { Translation } from '../translation.ts'

export const files: Translation['files'] = {}
