import './diff.css'
import { memo, useMemo, useState } from 'react'
import { linesOf } from '../files/blocks.ts'
import { languageOf } from '../files/kind.ts'
import { Line } from '../files/line.tsx'
import { useHighlight } from '../files/use-highlight.ts'
import type { Token } from '../files/highlight.ts'
import { type DiffLine, type Hunk, hunksOf, splitRows } from './patch.ts'

/** Lines that are drawn before somebody asks for all of them. */
const mostAtFirst = 1500

const signs = { same: ' ', added: '+', gone: '−' } as const

type Colours = ReadonlyMap<DiffLine, readonly Token[]>

/** Each side is coloured as the file that it is a part of. */
function useColours(hunks: readonly Hunk[], path: string): Colours {
  const sides = useMemo(() => {
    const all = hunks.flatMap(({ lines }) => lines)
    return { before: all.filter(({ before }) => before !== null), after: all.filter(({ after }) => after !== null) }
  }, [hunks])
  const texts = useMemo(
    () => ({ before: sides.before.map(({ text }) => text), after: sides.after.map(({ text }) => text) }),
    [sides],
  )
  const language = languageOf(path)
  const before = useHighlight(texts.before, language)
  const after = useHighlight(texts.after, language)
  return useMemo(() => {
    const found = new Map<DiffLine, readonly Token[]>()
    for (const [lines, blocks] of [
      [sides.before, before],
      [sides.after, after],
    ] as const) {
      for (const [at, tokens] of blocks.flat().entries()) {
        const line = lines[at]
        if (line) found.set(line, tokens)
      }
    }
    return found
  }, [sides, before, after])
}

function Cell({ line, colours, side }: { line: DiffLine | null; colours: Colours; side?: 'before' | 'after' }) {
  if (!line) return <td className="nothing" colSpan={2} aria-label="Nothing on this side" />
  return (
    <>
      {side && <td className="number">{line[side]}</td>}
      <td className={`text ${line.kind}`} data-sign={signs[line.kind]}>
        <code>
          <Line text={line.text} tokens={colours.get(line)} />
        </code>
      </td>
    </>
  )
}

function Unified({ lines, colours }: { lines: readonly DiffLine[]; colours: Colours }) {
  return lines.map((line) => (
    <tr key={`${line.before}:${line.after}`} className={line.kind}>
      <td className="number">{line.before}</td>
      <td className="number">{line.after}</td>
      <Cell line={line} colours={colours} />
    </tr>
  ))
}

function Split({ lines, colours }: { lines: readonly DiffLine[]; colours: Colours }) {
  return splitRows(lines).map(({ left, right }) => (
    <tr key={`${left?.before ?? ''}:${right?.after ?? ''}`}>
      <Cell line={left} colours={colours} side="before" />
      <Cell line={right} colours={colours} side="after" />
    </tr>
  ))
}

type Props = { patch: string; path: string; split: boolean }

/** One file's changes: what went and what came, with both numbers. */
export const DiffLines = memo(function DiffLines({ patch, path, split }: Props) {
  const hunks = useMemo(() => hunksOf(patch), [patch])
  const [all, setAll] = useState(false)
  const long = useMemo(() => linesOf(patch).length > mostAtFirst, [patch])
  const colours = useColours(hunks, path)
  if (hunks.length === 0) return <p className="help">There is no difference in its text.</p>
  if (long && !all) {
    return (
      <p className="help long-diff">
        {linesOf(patch).length} lines have changed here.{' '}
        <button type="button" className="link" onClick={() => setAll(true)}>
          Show them
        </button>
      </p>
    )
  }
  const columns = split ? 4 : 3
  return (
    // It scrolls sideways, also by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="diff-box" tabIndex={0} aria-label={`Changes of ${path}`}>
      <table className={split ? 'diff split' : 'diff'}>
        {hunks.map((hunk, at) => (
          <tbody key={`${hunk.lines[0]?.before}:${hunk.lines[0]?.after}`}>
            {(at > 0 || hunk.heading) && (
              <tr className="hunk">
                <td colSpan={columns}>{hunk.heading || '⋯'}</td>
              </tr>
            )}
            {split ? <Split lines={hunk.lines} colours={colours} /> : <Unified lines={hunk.lines} colours={colours} />}
          </tbody>
        ))}
      </table>
    </section>
  )
})
