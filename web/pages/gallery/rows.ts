/**
 * Which rows of a long grid have to be there (pure). All rows have the same height but the first, which the wide card
 * may make taller and which always stays; what is left out is replaced by empty room of the same height.
 */
export type Measures = {
  columns: number
  /** How many places of the first row the wide card takes; 0 where there is none. */
  lead: number
  /** Heights in pixels, each with the gap below it. */
  first: number
  row: number
  gap: number
}

/** Rows from `from` up to and without `to`, beside the first one. */
export type Range = { from: number; to: number }

export function rowOf({ columns, lead }: Measures, index: number): number {
  return Math.floor((index + lead) / columns)
}

/** Where a row begins, from the top of the grid. */
export function topOf({ first, row }: Measures, at: number): number {
  return at === 0 ? 0 : first + (at - 1) * row
}

export function rowCount(measures: Measures, cards: number): number {
  return Math.ceil((cards + measures.lead) / measures.columns)
}

/** The rows that lie between two heights, from the top of the grid. */
export function rowsBetween(measures: Measures, cards: number, top: number, bottom: number): Range {
  const { first, row } = measures
  const rows = rowCount(measures, cards)
  const at = (height: number) => Math.floor((height - first) / row) + 1
  const from = Math.min(Math.max(at(top), 1), Math.max(rows, 1))
  return { from, to: Math.max(Math.min(at(bottom) + 1, rows), from) }
}

/** Of which cards the rows consist: those of the first row, then `from` up to and without `to`. */
export function cardsOf(measures: Measures, cards: number, range: Range): { first: number; from: number; to: number } {
  const start = (row: number) => Math.min(Math.max(row * measures.columns - measures.lead, 0), cards)
  return { first: start(1), from: start(range.from), to: start(range.to) }
}
