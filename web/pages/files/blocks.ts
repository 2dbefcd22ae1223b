/** Long texts are drawn in blocks, so that a browser lays out only those in view. */
export const linesPerBlock = 200

/** The lines of a text; a line end at its end begins no further line. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.length > 1 && lines.at(-1) === '') lines.pop()
  return lines
}

/** Pieces of `size` items. */
export function blocksOf<T>(items: readonly T[], size = linesPerBlock): T[][] {
  const blocks: T[][] = []
  for (let at = 0; at < items.length; at += size) blocks.push(items.slice(at, at + size))
  return blocks
}
