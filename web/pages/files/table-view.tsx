import Papa from 'papaparse'
import { useEffect, useMemo, useRef, useState } from 'react'
import { words } from '../../words/files.ts'

/** Pixels; each row has this height, so that its place is known without drawing it. */
const rowHeight = 36
const beyond = 12
const mostColumns = 100

/** The rows in view, from the place where the box is scrolled to. */
function useWindow(count: number) {
  const box = useRef<HTMLElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })
  useEffect(() => {
    const element = box.current
    if (!element) return
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight })
    look()
    element.addEventListener('scroll', look, { passive: true })
    const watch = new ResizeObserver(look)
    watch.observe(element)
    return () => {
      element.removeEventListener('scroll', look)
      watch.disconnect()
    }
  }, [])
  const from = Math.max(0, Math.floor(view.top / rowHeight) - beyond)
  const to = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + beyond)
  return { box, from, to }
}

function isNumber(cell: string): boolean {
  return cell !== '' && Number.isFinite(Number(cell))
}

/** Comma- or tab-separated values as a table; only the rows in view are drawn. */
export function TableView({ text, label }: { text: string; label: string }) {
  const rows = useMemo(
    () => Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), { skipEmptyLines: 'greedy' }).data,
    [text],
  )
  const [head = [], ...body] = rows
  const { box, from, to } = useWindow(body.length)
  const columns = Math.min(mostColumns, Math.max(head.length, ...body.slice(0, 1000).map((row) => row.length)))
  const places = Array.from({ length: columns }, (_, at) => at)
  if (rows.length === 0) return <p className="help">{words().table.empty}</p>
  return (
    <>
      {/* Keyboard users scroll it, so it takes the focus. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className="table-view" ref={box} tabIndex={0} aria-label={words().table.of(label)}>
        <table aria-rowcount={rows.length}>
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col">
                <span className="sr">{words().table.row}</span>
              </th>
              {places.map((at) => (
                <th key={at} scope="col">
                  {head[at] ?? ''}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr aria-hidden="true" style={{ height: from * rowHeight }} />
            {body.slice(from, to).map((row, at) => (
              <tr key={from + at} aria-rowindex={from + at + 2}>
                <th scope="row">{from + at + 1}</th>
                {places.map((place) => {
                  const cell = row[place] ?? ''
                  return (
                    <td key={place} className={isNumber(cell) ? 'number' : undefined} title={cell}>
                      {cell}
                    </td>
                  )
                })}
              </tr>
            ))}
            <tr aria-hidden="true" style={{ height: (body.length - to) * rowHeight }} />
          </tbody>
        </table>
      </section>
      <p className="help">
        {words().table.size(body.length, head.length, head.length > mostColumns ? mostColumns : undefined)}
      </p>
    </>
  )
}
