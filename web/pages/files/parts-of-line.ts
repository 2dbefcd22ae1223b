/** A line in pieces of one colour each, which are marked or not (pure). */
import type { Token } from './highlight.ts'

/** Characters from `from` up to, not including, `to`. */
export type Span = { from: number; to: number }

export type Part = Token & { marked: boolean }

/** @param tokens of this text, or none. @param marks in order, not touching each other. */
export function cut(text: string, tokens: readonly Token[], marks: readonly Span[]): Part[] {
  const whole: readonly Token[] = tokens.length > 0 ? tokens : [{ content: text }]
  if (marks.length === 0) return whole.map((token) => ({ ...token, marked: false }))
  const parts: Part[] = []
  let start = 0
  for (const token of whole) {
    const end = start + token.content.length
    const borders = marks.flatMap(({ from, to }) => [from, to]).filter((at) => at > start && at < end)
    let at = start
    for (const border of [...borders, end]) {
      const content = token.content.slice(at - start, border - start)
      const from = at
      if (content) parts.push({ ...token, content, marked: marks.some((mark) => mark.from <= from && from < mark.to) })
      at = border
    }
    start = end
  }
  return parts
}
