import type { Translation } from '../translation.ts'

export const admin: Translation['admin'] = {}
