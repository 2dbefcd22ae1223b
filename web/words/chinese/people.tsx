import type { Translation } from '../translation.ts'

export const people: Translation['people'] = {}
