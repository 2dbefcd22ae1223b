import './diff.css'
import { memo, useMemo, useState } from 'react'
import { words } from '../../words/files.ts'
import { linesOf } from '../files/blocks.ts'
import { languageOf } from '../files/kind.ts'
import { Line } from '../files/line.tsx'
import { useHighlight } from '../files/use-highlight.ts'
import type { Token } from '../files/highlight.ts'
import { type DiffLine, type Hunk, hunksOf, splitRows } from './patch.ts'
import { type WordChanges, wordChanges } from './word-changes.ts'

/** Lines that are drawn before somebody asks for all of them. */
const mostAtFirst = 1500

const signs = { same: ' ', added: '+', gone: '−' } as const

type Colours = ReadonlyMap<DiffLine, readonly Token[]>

/** How lines are drawn beyond their text. */
type Drawing = { colours: Colours; changes: WordChanges }

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

function Cell({ line, drawing, side }: { line: DiffLine | null; drawing: Drawing; side?: 'before' | 'after' }) {
  if (!line) return <td className="nothing" colSpan={2} aria-label={words().change.nothingHere} />
  return (
    <>
      {side && <td className="number">{line[side]}</td>}
      <td className={`text ${line.kind}`} data-sign={signs[line.kind]}>
        <code>
          <Line text={line.text} tokens={drawing.colours.get(line)} marks={drawing.changes.get(line)} />
        </code>
      </td>
    </>
  )
}

function Unified({ lines, drawing }: { lines: readonly DiffLine[]; drawing: Drawing }) {
  return lines.map((line) => (
    <tr key={`${line.before}:${line.after}`} className={line.kind}>
      <td className="number">{line.before}</td>
      <td className="number">{line.after}</td>
      <Cell line={line} drawing={drawing} />
    </tr>
  ))
}

function Split({ lines, drawing }: { lines: readonly DiffLine[]; drawing: Drawing }) {
  return splitRows(lines).map(({ left, right }) => (
    <tr key={`${left?.before ?? ''}:${right?.after ?? ''}`}>
      <Cell line={left} drawing={drawing} side="before" />
      <Cell line={right} drawing={drawing} side="after" />
    </tr>
  ))
}

type Props = { patch: string; path: string; split: boolean }

/** One file's changes: what went and what came, with both numbers. */
export const DiffLines = memo(function DiffLines({ patch, path, split }: Props) {
  const say = words().change
  const hunks = useMemo(() => hunksOf(patch), [patch])
  const [all, setAll] = useState(false)
  const long = useMemo(() => linesOf(patch).length > mostAtFirst, [patch])
  const colours = useColours(hunks, path)
  const isDrawn = all || !long
  const changes: WordChanges = useMemo(
    () => new Map(isDrawn ? hunks.flatMap(({ lines }) => [...wordChanges(lines)]) : []),
    [hunks, isDrawn],
  )
  const drawing = { colours, changes }
  if (hunks.length === 0) return <p className="help">{say.noDifference}</p>
  if (!isDrawn) {
    return (
      <p className="help long-diff">
        {say.manyLines(linesOf(patch).length)}{' '}
        <button type="button" className="link" onClick={() => setAll(true)}>
          {say.showThem}
        </button>
      </p>
    )
  }
  const columns = split ? 4 : 3
  return (
    // It scrolls sideways, also by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="diff-box" tabIndex={0} aria-label={say.of(path)}>
      <table className={split ? 'diff split' : 'diff'}>
        {hunks.map((hunk, at) => (
          <tbody key={`${hunk.lines[0]?.before}:${hunk.lines[0]?.after}`}>
            {(at > 0 || hunk.heading) && (
              <tr className="hunk">
                <td colSpan={columns}>{hunk.heading || '⋯'}</td>
              </tr>
            )}
            {split ? <Split lines={hunk.lines} drawing={drawing} /> : <Unified lines={hunk.lines} drawing={drawing} />}
          </tbody>
        ))}
      </table>
    </section>
  )
})
