import { words } from '../words/shared.ts'

const units = ['B', 'kB', 'MB', 'GB', 'TB']

/** Bytes in words, three digits at most: `412 kB`, `1.1 GB`. Powers of 1024, as memory is sold. */
export function size(bytes: number): string {
  let value = Math.max(0, bytes)
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const text = unit === 0 || value >= 99.5 ? Math.round(value).toString() : value.toPrecision(value < 10 ? 2 : 3)
  return `${Number(text)} ${units[unit]}`
}

/** `1.1 of 16 GB`: the unit once where both have it. */
export function sizeOf(part: number, whole: number): string {
  const [number = '', unit] = size(part).split(' ')
  const all = size(whole)
  return words().sizeOf(all.endsWith(` ${unit}`) ? number : size(part), all)
}
