import './log-lines.css'
import Anser from 'anser'
import { memo } from 'react'
import { kindOf, plainText, type LogLine } from './log-text.ts'

const time = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function timeOf(at: string): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? '' : time.format(date)
}

function Marked({ text, words }: { text: string; words: string }) {
  const plain = plainText(text)
  const lower = plain.toLowerCase()
  const pieces = []
  let from = 0
  for (;;) {
    const at = lower.indexOf(words.toLowerCase(), from)
    if (at < 0) break
    pieces.push(plain.slice(from, at), <mark key={at}>{plain.slice(at, at + words.length)}</mark>)
    from = at + words.length
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

/** A block of lines. The browser lays out only the blocks in view, and still finds and selects in all of them. */
export const LogBlock = memo(function LogBlock({ lines, words }: { lines: readonly LogLine[]; words: string }) {
  return (
    <ol>
      {lines.map(({ at, text }, place) => (
        // oxlint-disable-next-line react/no-array-index-key -- a log only grows; a line's place is its identity
        <li className={kindOf(plainText(text))} key={place}>
          <time dateTime={at}>{timeOf(at)}</time>
          <span>{words ? <Marked text={text} words={words} /> : <Coloured text={text} />}</span>
        </li>
      ))}
    </ol>
  )
})
