import type { Translation } from '../translation.ts'

export const create: Translation['create'] = {}
