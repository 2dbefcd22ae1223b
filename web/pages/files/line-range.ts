/** Lines in an address: `#L10`, `#L10-L20` (pure). */

/** Both ends included, counted from 1. */
export type LineRange = { from: number; to: number }

export function rangeOf(hash: string): LineRange | undefined {
  const found = /^#L(\d{1,7})(?:-L?(\d{1,7}))?$/.exec(hash)
  const from = Number(found?.[1])
  if (!found || from < 1) return undefined
  const to = Number(found[2] ?? from)
  return to < from ? { from: Math.max(1, to), to: from } : { from, to }
}

export function hashOf({ from, to }: LineRange): string {
  return from === to ? `#L${from}` : `#L${from}-L${to}`
}

/** A click on a line number chooses that line; with Shift all from the first chosen one to it. */
export function extended(range: LineRange | undefined, line: number, shift: boolean): LineRange {
  if (!shift || !range) return { from: line, to: line }
  return line < range.from ? { from: line, to: range.from } : { from: range.from, to: line }
}
