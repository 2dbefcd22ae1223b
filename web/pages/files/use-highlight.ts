import { useEffect, useState } from 'react'
import type { Token } from './highlight.ts'

/** Beyond these a text stays plain: colours are not worth a page that hangs. */
const mostLines = 10_000
const mostCharacters = 500_000

type Blocks = readonly Token[][][]

const none: Blocks = []

/** Tokens of each block of lines, growing while they are found; empty for plain text. Keep `lines` the same object. */
export function useHighlight(lines: readonly string[], language: string | undefined): Blocks {
  const [found, setFound] = useState<{ of: readonly string[]; blocks: Blocks }>({ of: lines, blocks: none })
  useEffect(() => {
    if (!language || lines.length > mostLines) return
    if (lines.reduce((sum, line) => sum + line.length, 0) > mostCharacters) return
    const stop = new AbortController()
    const colour = async () => {
      const { highlight } = await import('./highlight.ts')
      const blocks: Token[][][] = []
      for await (const block of highlight(lines, language, stop.signal)) {
        if (stop.signal.aborted) return
        blocks.push(block)
        setFound({ of: lines, blocks: [...blocks] })
      }
    }
    // Without its grammar (the connection is gone) the text stays plain, and complete.
    void colour().catch(() => {})
    return () => stop.abort()
  }, [lines, language])
  return found.of === lines ? found.blocks : none
}
