import type { CSSProperties, ReactNode } from 'react'
import type { Token } from './highlight.ts'
import { cut, type Part, type Span } from './parts-of-line.ts'

/** Shiki's bits for italic and bold. */
const italic = 1
const bold = 2

function styleOf(part: Part): CSSProperties {
  const { color } = part
  const fontStyle = part.fontStyle ?? 0
  return {
    ...(color ? { color } : {}),
    ...(fontStyle & italic ? { fontStyle: 'italic' } : {}),
    ...(fontStyle & bold ? { fontWeight: 600 } : {}),
  }
}

type Props = {
  text: string
  tokens: readonly Token[] | undefined
  /** What is marked in it, in order. */
  marks?: readonly Span[] | undefined
}

/** One line of code, in colours where they are known. An empty line keeps its height. */
export function Line({ text, tokens, marks = [] }: Props): ReactNode {
  if (marks.length === 0 && (!tokens || tokens.length === 0)) return text || '\n'
  // Its parts have no other name than their place.
  /* oxlint-disable react/no-array-index-key */
  return cut(text, tokens ?? [], marks).map((part, at) =>
    part.marked ? (
      <mark key={at} style={styleOf(part)}>
        {part.content}
      </mark>
    ) : (
      <span key={at} style={styleOf(part)}>
        {part.content}
      </span>
    ),
  )
  /* oxlint-enable react/no-array-index-key */
}
