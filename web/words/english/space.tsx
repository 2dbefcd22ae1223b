export const space = {}
