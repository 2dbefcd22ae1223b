/** Which words of a changed line are the change (pure). */
import { diffWordsWithSpace } from 'diff'
import type { Span } from '../files/parts-of-line.ts'
import type { DiffLine } from './patch.ts'

export type WordChanges = ReadonlyMap<DiffLine, readonly Span[]>

/** Longer lines are data or minified: their words say nothing, and take long to compare. */
const longestLine = 500
/** Pairs of lines in one patch; a file that was written anew is not read word by word. */
const mostPairs = 2000
/** Of the longer line, how much both share at least; below that they are two lines, and not one that was changed. */
const likeness = 0.4

/** A line that went and the one that stands in its place now, in the order in which both stand beside each other. */
function pairsOf(lines: readonly DiffLine[]): { gone: DiffLine; added: DiffLine }[] {
  const pairs: { gone: DiffLine; added: DiffLine }[] = []
  let gone: DiffLine[] = []
  let taken = 0
  for (const line of lines) {
    if (line.kind === 'added') {
      const before = gone[taken]
      if (before) pairs.push({ gone: before, added: line })
      taken += 1
      continue
    }
    // What went after something came begins a new pair.
    if (line.kind === 'same' || taken > 0) gone = []
    taken = 0
    if (line.kind === 'gone') gone.push(line)
  }
  return pairs
}

/** Both lines' own words, or undefined where they have too little in common. */
function compare(before: string, after: string): { before: Span[]; after: Span[] } | undefined {
  if (before === after || Math.max(before.length, after.length) > longestLine) return undefined
  const spans: { before: Span[]; after: Span[] } = { before: [], after: [] }
  let place = { before: 0, after: 0 }
  let shared = 0
  for (const { value, added, removed } of diffWordsWithSpace(before, after)) {
    const { length } = value
    if (removed) spans.before.push({ from: place.before, to: place.before + length })
    if (added) spans.after.push({ from: place.after, to: place.after + length })
    if (!added && !removed) shared += value.trim().length
    place = { before: place.before + (added ? 0 : length), after: place.after + (removed ? 0 : length) }
  }
  const longer = Math.max(before.trim().length, after.trim().length)
  if (shared < likeness * longer || longer === 0) return undefined
  return { before: joined(spans.before, before), after: joined(spans.after, after) }
}

/** Two changed words with nothing but a space between them are one change to the eye. */
function joined(spans: readonly Span[], text: string): Span[] {
  const found: Span[] = []
  for (const span of spans) {
    const last = found.at(-1)
    if (last && text.slice(last.to, span.from).trim() === '') found[found.length - 1] = { from: last.from, to: span.to }
    else found.push(span)
  }
  return found
}

/** The changed words of the lines that were changed and not only put in or taken out. */
export function wordChanges(lines: readonly DiffLine[]): WordChanges {
  const found = new Map<DiffLine, readonly Span[]>()
  for (const { gone, added } of pairsOf(lines).slice(0, mostPairs)) {
    const spans = compare(gone.text, added.text)
    if (!spans) continue
    found.set(gone, spans.before)
    found.set(added, spans.after)
  }
  return found
}
