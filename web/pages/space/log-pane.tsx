import { ArrowDown, ArrowDownToLine, Download, Search, TextWrap } from 'lucide-react'
import { useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { LogBlock } from './log-lines.tsx'
import { logFile, searchLog, type LogText } from './log-text.ts'
import type { LogState } from './use-log.ts'

/** Shown at most; the download has all. 50 blocks are 10,000 lines. */
const shownBlocks = 50
/** Pixels: this near to the end is the end. */
const nearEnd = 24

function save(log: LogText, name: string): void {
  const address = URL.createObjectURL(new Blob([logFile(log)], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

type Props = {
  label: string
  log: LogText
  state: LogState
  /** The strip's left side: what the machine is doing. */
  status: ReactNode
  /** The strip's right side. */
  about: string
  /** Said while there is no line. */
  empty: string
  fileName: string
  tools?: ReactNode
}

/** A log on a screen: follows its end until one scrolls up. */
export function LogPane({ label, log, state, status, about, empty, fileName, tools }: Props) {
  const [words, setWords] = useState('')
  const [follow, setFollow] = useState(true)
  const [wrap, setWrap] = useState(true)
  const [leftAt, setLeftAt] = useState(0)
  const lines = useRef<HTMLElement>(null)
  const place = useRef(0)
  const shown = useMemo(() => (words.trim() ? searchLog(log, words.trim()) : log), [log, words])
  const blocks = shown.blocks.slice(-shownBlocks)
  const hidden = shown.blocks.length - blocks.length

  // Also when blocks that come into view get their true height, and when the lines wrap anew.
  useLayoutEffect(() => {
    const box = lines.current
    const content = box?.firstElementChild
    if (!follow || !box || !content) return
    const end = () => box.scrollTo({ top: box.scrollHeight })
    end()
    const watch = new ResizeObserver(end)
    watch.observe(content)
    return () => watch.disconnect()
  }, [follow])

  const scrolled = () => {
    const box = lines.current
    if (!box) return
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - nearEnd
    // Only a hand moves it up; growing lines leave it where it is.
    const up = box.scrollTop < place.current
    place.current = box.scrollTop
    if (atEnd) setFollow(true)
    else if (up && follow) {
      setLeftAt(log.count)
      setFollow(false)
    }
  }
  const fresh = log.count - leftAt
  return (
    <section className="screen pane" aria-label={label}>
      <header>
        <label className="field">
          <Search className="i" />
          <span className="sr">Search the log</span>
          <input
            type="search"
            value={words}
            onChange={(event) => setWords(event.target.value)}
            placeholder={`Search ${log.count} ${log.count === 1 ? 'line' : 'lines'}`}
          />
        </label>
        {tools}
        <button
          type="button"
          className="toggle"
          aria-pressed={follow}
          onClick={() => {
            setLeftAt(log.count)
            setFollow(!follow)
          }}
        >
          <ArrowDownToLine className="i" />
          Follow
        </button>
        <button type="button" className="toggle not-phone" aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
          <TextWrap className="i" />
          Wrap
        </button>
        <button
          type="button"
          className="icon"
          aria-label="Download the log"
          title="Download the log"
          onClick={() => save(log, fileName)}
        >
          <Download className="i" />
        </button>
      </header>
      {/* Keyboard users scroll it, so it takes the focus. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className={wrap ? 'log' : 'log long'} tabIndex={0} aria-label="Lines" ref={lines} onScroll={scrolled}>
        <div>
          {hidden > 0 && <p className="more-lines">{hidden * 200} earlier lines are in the download.</p>}
          {shown.count === 0 && (
            <p className="more-lines">{words ? `No line has “${words}”.` : state === 'loading' ? '' : empty}</p>
          )}
          {blocks.map((block, at) => (
            <LogBlock key={hidden + at} lines={block} words={words.trim()} />
          ))}
        </div>
      </section>
      {!follow && fresh > 0 && state === 'live' && (
        <button type="button" className="fresh" onClick={() => setFollow(true)}>
          <ArrowDown className="i" />
          {fresh} new {fresh === 1 ? 'line' : 'lines'}
        </button>
      )}
      <div className="strip">
        {status}
        <span>
          {words.trim()
            ? `${shown.count} of ${log.count} lines`
            : [about, `${log.count} lines`].filter(Boolean).join(' · ')}
        </span>
      </div>
    </section>
  )
}
