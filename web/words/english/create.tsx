export const create = {}
