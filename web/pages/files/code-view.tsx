import { memo, type CSSProperties, useEffect, useMemo, useRef, type MouseEvent } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { words } from '../../words/files.ts'
import { blocksOf, linesOf, linesPerBlock } from './blocks.ts'
import type { Token } from './highlight.ts'
import { Line } from './line.tsx'
import { extended, hashOf, type LineRange, rangeOf } from './line-range.ts'
import { useHighlight } from './use-highlight.ts'

type BlockProps = {
  lines: readonly string[]
  /** The number of its first line. */
  first: number
  tokens: readonly Token[][] | undefined
  chosen: LineRange | undefined
}

/** Drawn anew only where its colours come or its chosen lines change. */
const Block = memo(function Block({ lines, first, tokens, chosen }: BlockProps) {
  return (
    <div className="block" style={{ containIntrinsicBlockSize: `auto ${lines.length * 20}px` }}>
      {lines.map((line, at) => {
        const number = first + at
        const isChosen = chosen !== undefined && number >= chosen.from && number <= chosen.to
        return (
          <div key={number} className={isChosen ? 'row chosen' : 'row'}>
            <a href={`#L${number}`} id={`L${number}`} data-line={number} aria-label={words().file.line(number)} />
            <code>
              <Line text={line} tokens={tokens?.[at]} />
            </code>
          </div>
        )
      })}
    </div>
  )
})

/** The part of a range that lies in a block, the same `undefined` for all others. */
function within(range: LineRange | undefined, first: number, count: number): LineRange | undefined {
  if (!range || range.to < first || range.from >= first + count) return undefined
  return range
}

/** Pixels below the page's own head. */
const hiddenAbove = 80

/** A text with its line numbers, which are addresses. */
export function CodeView({ text, language }: { text: string; language: string | undefined }) {
  const lines = useMemo(() => linesOf(text), [text])
  const blocks = useMemo(() => blocksOf(lines), [lines])
  const coloured = useHighlight(lines, language)
  const location = useLocation()
  const navigate = useNavigate()
  const box = useRef<HTMLElement>(null)
  const range = useMemo(() => rangeOf(location.hash), [location.hash])
  const from = range?.from

  // Also when somebody types another line into the address. A frame later, since the router puts an entry of the
  // browser's history back to where it was scrolled to.
  useEffect(() => {
    if (from === undefined) return
    const frame = requestAnimationFrame(() => {
      const line = box.current?.querySelector(`#L${from}`)?.getBoundingClientRect()
      if (line && (line.top < hiddenAbove || line.bottom > innerHeight)) {
        box.current?.querySelector(`#L${from}`)?.scrollIntoView({ block: 'center' })
      }
    })
    return () => cancelAnimationFrame(frame)
  }, [from])

  const clicked = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || !(event.target instanceof HTMLElement)) return
    const line = Number(event.target.dataset['line'])
    if (!line) return
    event.preventDefault()
    const hash = hashOf(extended(range, line, event.shiftKey))
    void navigate({ hash }, { replace: true, preventScrollReset: true, state: location.state })
  }
  const style: CSSProperties & Record<`--${string}`, string | number> = { '--digits': String(lines.length).length }
  return (
    // The links inside take the keys.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
    <section className="code-view" style={style} ref={box} onClick={clicked}>
      {blocks.map((block, number) => {
        const first = number * linesPerBlock + 1
        return (
          <Block
            key={first}
            lines={block}
            first={first}
            tokens={coloured[number]}
            chosen={within(range, first, block.length)}
          />
        )
      })}
    </section>
  )
}
