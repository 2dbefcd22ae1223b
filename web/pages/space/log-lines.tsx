import './log-lines.css'
import Anser from 'anser'
import { memo } from 'react'
import { intlLanguage } from '../../words/language.ts'
import { kindOf, type LogBlock, plainText } from './log-text.ts'

let clock: Intl.DateTimeFormat | undefined
let last = { at: '', time: '' }

/** Many lines have the same time, and formatting one is slow. */
function timeOf(at: string): string {
  if (last.at === at) return last.time
  clock ??= new Intl.DateTimeFormat(intlLanguage(), {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  const date = new Date(at)
  last = { at, time: Number.isNaN(date.getTime()) ? '' : clock.format(date) }
  return last.time
}

function Marked({ text, sought }: { text: string; sought: string }) {
  const plain = plainText(text)
  const lower = plain.toLowerCase()
  const pieces = []
  let from = 0
  for (;;) {
    const at = lower.indexOf(sought.toLowerCase(), from)
    if (at < 0) break
    pieces.push(plain.slice(from, at), <mark key={at}>{plain.slice(at, at + sought.length)}</mark>)
    from = at + sought.length
  }
  return (
    <>
      {pieces}
      {plain.slice(from)}
    </>
  )
}

/** The sixteen colours become our tones (logs.css); the rest of what a terminal can do is left out. */
function Coloured({ text }: { text: string }) {
  if (!text.includes('\u001B')) return plainText(text)
  return Anser.ansiToJson(text, { use_classes: true, remove_empty: true, json: true }).map((piece, place) => {
    const names = [piece.fg, piece.decoration].filter(Boolean).join(' ')
    const words = plainText(piece.content)
    return names ? (
      <span className={names} key={place}>
        {words}
      </span>
    ) : (
      words
    )
  })
}

const Line = memo(function Line({ at, text, sought }: { at: string; text: string; sought: string }) {
  return (
    <li className={kindOf(plainText(text))}>
      <time dateTime={at}>{timeOf(at)}</time>
      <span>{sought ? <Marked text={text} sought={sought} /> : <Coloured text={text} />}</span>
    </li>
  )
})

/** A block of lines. The browser lays out only the blocks in view, and still finds and selects in all of them. */
export const LogLines = memo(function LogLines({ block, sought }: { block: LogBlock; sought: string }) {
  return (
    <ol style={{ containIntrinsicBlockSize: `auto ${block.length}lh` }}>
      {block.map(({ number, at, text }) => (
        <Line key={number} at={at} text={text} sought={sought} />
      ))}
    </ol>
  )
})
