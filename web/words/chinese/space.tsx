import type { Translation } from '../translation.ts'

export const space: Translation['space'] = {}
