import type { Translation } from '../translation.ts'

export const gallery: Translation['gallery'] = {}
