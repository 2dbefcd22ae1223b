import '../files/files.css'
import './history.css'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { blameQuery, type BlameRange, contentQuery } from '../../api/files.ts'
import { Failure } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { useTitle } from '../../parts/title.ts'
import { words } from '../../words/files.ts'
import { linesOf, linesPerBlock } from '../files/blocks.ts'
import { FilesHead } from '../files/head.tsx'
import type { Token } from '../files/highlight.ts'
import { languageOf, textOf } from '../files/kind.ts'
import { Line } from '../files/line.tsx'
import { commitPlace, placeOf } from '../files/place.ts'
import { useHighlight } from '../files/use-highlight.ts'
import { type Revision, useRevision } from '../files/use-revision.ts'

const mostRanges = 3000

type RangeProps = { id: string; range: BlameRange; lines: readonly string[]; coloured: readonly Token[][][] }

function Range({ id, range, lines, coloured }: RangeProps) {
  const first = range.start - 1
  return (
    <li>
      <div className="who">
        <Link to={commitPlace(id, range.sha)} title={`${range.title}\n${range.sha}`}>
          {range.title || words().history.noMessage}
        </Link>
        <small>{words().blame.who(range.author, <Ago at={range.date} />)}</small>
      </div>
      <div>
        {lines.slice(first, first + range.lines).map((line, at) => {
          const place = first + at
          return (
            <div className="row" key={place}>
              <span className="number">{place + 1}</span>
              <code>
                <Line text={line} tokens={coloured[Math.floor(place / linesPerBlock)]?.[place % linesPerBlock]} />
              </code>
            </div>
          )
        })}
      </div>
    </li>
  )
}

function Blame({ at }: { at: Revision }) {
  const { id } = at.space
  const { data: content, error: unread } = useQuery(contentQuery(id, at.commit, at.path))
  const { data: ranges, error: unknown, refetch } = useQuery(blameQuery(id, at.commit, at.path))
  const lines = useMemo(() => linesOf((content && textOf(content.bytes)) ?? ''), [content])
  const coloured = useHighlight(lines, languageOf(at.path))
  const error = unread ?? unknown
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (!ranges || !content) return <LineSkeletons count={10} />
  return (
    <>
      <ol className="blame">
        {ranges.slice(0, mostRanges).map((range) => (
          <Range key={range.start} id={id} range={range} lines={lines} coloured={coloured} />
        ))}
      </ol>
      {ranges.length > mostRanges && <p className="help">{words().blame.more}</p>}
    </>
  )
}

/** Who wrote each line of a file, and with which commit. */
export function BlamePage() {
  const at = useRevision()
  useTitle(words().title.blame(at.path, at.space.title))
  return (
    <div className="page files">
      <FilesHead at={at} view="blame">
        <Link className="button" to={placeOf(at.space.id, 'blob', at.name, at.path)}>
          {words().blame.back}
        </Link>
      </FilesHead>
      {at.commit && <Blame at={at} />}
    </div>
  )
}
