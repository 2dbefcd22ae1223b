import { useMemo } from 'react'
import { CopyButton } from '../../parts/copy.tsx'
import { words } from '../../words/files.ts'
import { blocksOf, linesOf } from './blocks.ts'
import { Line } from './line.tsx'
import { useHighlight } from './use-highlight.ts'

/** A piece of code inside a text, to be copied. */
export function Highlighted({ text, language }: { text: string; language: string | undefined }) {
  const lines = useMemo(() => linesOf(text), [text])
  const coloured = useHighlight(lines, language)
  return (
    <div className="snippet">
      {/* It scrolls sideways, also by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>
        {blocksOf(lines).map((block, number) =>
          block.map((line, at) => (
            <span className="code-line" key={`${number}-${at}`}>
              <Line text={line} tokens={coloured[number]?.[at]} />
              {'\n'}
            </span>
          )),
        )}
      </pre>
      <CopyButton text={text} label={words().file.copyPiece} />
    </div>
  )
}
