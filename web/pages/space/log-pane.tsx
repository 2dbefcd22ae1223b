import { ArrowDown, ArrowDownToLine, Download, Search, TextWrap } from 'lucide-react'
import { useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { errorWords } from '../../parts/failure.tsx'
import { Mark } from '../../parts/mark.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'
import { LogLines } from './log-lines.tsx'
import { type Findings, type LogBlock, logFile, searchLog, type LogText } from './log-text.ts'
import { type LogState, wholeLog } from './use-log.ts'

/** Drawn at once: 5,000 lines. As many more come when somebody asks for them. */
const page = 25
/** Pixels: this near to the end is the end. */
const nearEnd = 24

function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

function linesOf(blocks: readonly LogBlock[]): number {
  return blocks.reduce((sum, block) => sum + block.length, 0)
}

/** The log as a file: what the page has, or all that the server has where the page has left out its start. */
function DownloadButton({ log, path, fileName }: Pick<Props, 'log' | 'path' | 'fileName'>) {
  const [busy, setBusy] = useState(false)
  const download = async () => {
    if (busy) return
    setBusy(true)
    try {
      save(log.dropped > 0 && path ? await wholeLog(path) : logFile(log), fileName)
    } catch (error) {
      say(errorWords(error), true)
    }
    setBusy(false)
  }
  return (
    <button
      type="button"
      className="icon"
      aria-label={words().logs.download}
      title={words().logs.download}
      aria-busy={busy || undefined}
      onClick={() => void download()}
    >
      {busy ? <Mark name="working" /> : <Download className="i" />}
    </button>
  )
}

type Props = {
  label: string
  log: LogText
  /** Where the server tells it. */
  path: string | undefined
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

/** A log on a screen: follows its end until one scrolls up; then it stands still until one goes back to the end. */
export function LogPane({ label, log, path, state, status, about, empty, fileName, tools }: Props) {
  const [typed, setTyped] = useState('')
  const [held, setHeld] = useState<LogText>()
  const [pages, setPages] = useState(1)
  const [wrap, setWrap] = useState(true)
  const lines = useRef<HTMLElement>(null)
  const place = useRef(0)
  const below = useRef(0)
  const text = words().logs
  const sought = typed.trim()
  const follow = held === undefined
  const seen = held ?? log
  const found = useMemo(() => ({ sought, findings: new WeakMap() satisfies Findings }), [sought])
  const shown = useMemo(() => (found.sought ? searchLog(seen, found.sought, found.findings) : seen), [seen, found])
  const drawn = shown.blocks.slice(-page * (follow ? 1 : pages))
  const hidden = shown.blocks.slice(0, shown.blocks.length - drawn.length)

  // A log that has begun anew has nothing to do with the one that was held.
  if (held && log.count < held.count) setHeld(undefined)
  const toEnd = () => {
    setHeld(undefined)
    setPages(1)
  }
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

  const showEarlier = () => {
    const box = lines.current
    below.current = box ? box.scrollHeight - box.scrollTop : 0
    setHeld(seen)
    setPages(pages + 1)
  }
  // The lines that one reads stay where they are when earlier ones come above them.
  useLayoutEffect(() => {
    const box = lines.current
    if (pages > 1 && box) box.scrollTo({ top: box.scrollHeight - below.current })
  }, [pages])

  const scrolled = () => {
    const box = lines.current
    if (!box) return
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - nearEnd
    // Only a hand moves it up; growing lines leave it where it is.
    const up = box.scrollTop < place.current
    place.current = box.scrollTop
    if (atEnd) toEnd()
    else if (up && follow) setHeld(log)
  }
  const fresh = log.count - seen.count
  return (
    <section className="screen pane" aria-label={label}>
      <header>
        <label className="field">
          <Search className="i" />
          <span className="sr">{text.search}</span>
          <input
            type="search"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            placeholder={text.searchLines(log.count)}
          />
        </label>
        {tools}
        <button
          type="button"
          className="toggle"
          aria-pressed={follow}
          onClick={() => (follow ? setHeld(log) : toEnd())}
        >
          <ArrowDownToLine className="i" />
          {text.follow}
        </button>
        <button type="button" className="toggle not-phone" aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
          <TextWrap className="i" />
          {text.wrap}
        </button>
        <DownloadButton log={log} path={path} fileName={fileName} />
      </header>
      <section
        className={wrap ? 'log' : 'log long'}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it is scrolled by keyboard too
        tabIndex={0}
        aria-label={text.label}
        ref={lines}
        onScroll={scrolled}
      >
        <div>
          {!sought && seen.dropped > 0 && hidden.length === 0 && (
            <p className="more-lines">{text.earlier(seen.dropped)}</p>
          )}
          {hidden.length > 0 && (
            <p className="more-lines">
              <button type="button" onClick={showEarlier}>
                {text.showEarlier(linesOf(hidden.slice(-page)))}
              </button>
            </p>
          )}
          {shown.count === 0 && (
            <p className="more-lines">{typed ? text.noneFound(typed) : state === 'loading' ? '' : empty}</p>
          )}
          {drawn.map((block) => (
            <LogLines key={block[0]?.number} block={block} sought={sought} />
          ))}
        </div>
      </section>
      {fresh > 0 && (
        <button type="button" className="fresh" onClick={toEnd}>
          <ArrowDown className="i" />
          {text.fresh(fresh)}
        </button>
      )}
      <div className="strip">
        {status}
        <span>
          {sought ? text.found(shown.count, seen.count) : [about, text.count(log.count)].filter(Boolean).join(' · ')}
        </span>
      </div>
    </section>
  )
}
