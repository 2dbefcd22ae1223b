/** What a build or an app printed, as lines that can be shown. */

/** `number` counts from the log's first line on, those left out too. */
export type LogLine = { number: number; at: string; text: string }

export type LogBlock = readonly LogLine[]

/** Lines in blocks: only the last block changes, so a long log costs nothing when a line comes. */
export type LogText = {
  readonly blocks: readonly LogBlock[]
  /** Of all lines, those left out too. */
  readonly count: number
  /** So many at the start were left out, since a page that follows for days must not grow for days. */
  readonly dropped: number
  /** The last line has no newline yet: what comes next goes on it. */
  readonly open: boolean
}

export const emptyLog: LogText = { blocks: [], count: 0, dropped: 0, open: false }

const blockSize = 200
/** Blocks that a page keeps: 50,000 lines. */
const keptBlocks = 250
/** Characters: a program that never ends its line gets a new one. */
const longestLine = 16_384

export type LogChunk = { timestamp: string; data: string }

/**
 * What a terminal would show of a line that was overwritten with carriage returns: the last writing. A return at the
 * end stays while the line is open, since what comes next overwrites it.
 */
function afterReturns(text: string, open: boolean): string {
  const returned = text.endsWith('\r')
  const line = returned ? text.slice(0, -1) : text
  const last = line.slice(line.lastIndexOf('\r') + 1)
  return returned && open ? `${last}\r` : last
}

/** The log with more of it; the log given stays as it was. @param kept blocks; older ones are left out */
export function appendLog(log: LogText, chunks: readonly LogChunk[], kept = keptBlocks): LogText {
  const blocks = log.blocks.slice()
  let last = blocks.pop()?.slice() ?? []
  let { count, open } = log
  for (const { timestamp, data } of chunks) {
    if (data === '') continue
    const parts = data.split('\n')
    const rest = parts.pop() ?? ''
    const pieces = rest === '' ? parts : [...parts, rest]
    for (const [place, piece] of pieces.entries()) {
      const before = open && (last.at(-1)?.text.length ?? 0) < longestLine ? last.pop() : undefined
      if (before) count -= 1
      if (last.length === blockSize) {
        blocks.push(last)
        last = []
      }
      last.push({
        number: count,
        at: before?.at ?? timestamp,
        text: afterReturns((before?.text ?? '') + piece, rest !== '' && place === pieces.length - 1),
      })
      count += 1
      open = false
    }
    open = rest !== ''
  }
  blocks.push(last)
  const gone = blocks.splice(0, Math.max(0, blocks.length - kept))
  return { blocks, count, dropped: log.dropped + gone.length * blockSize, open }
}

// oxlint-disable-next-line no-control-regex -- escape sequences are control characters
const escapes = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g

/** Without colours and other escape sequences. */
export function plainText(text: string): string {
  return text.replace(escapes, '').replace(/\r$/, '')
}

export type LineKind = 'step' | 'warn' | 'bad' | undefined

/** How a line is set: headings of phases, warnings, errors. */
export function kindOf(text: string): LineKind {
  if (/^(?:=====|-----> |==> )/.test(text)) return 'step'
  if (/^\s*(?:\[?warn(?:ing)?\b|\w*Warning:)/i.test(text)) return 'warn'
  if (
    /^\s*(?:\[?(?:error|fatal|critical)\b|×|Traceback \(most recent|Killed$|[A-Za-z.]*(?:Error|Exception)\b)/i.test(
      text,
    )
  )
    return 'bad'
  return undefined
}

/** What was found in a full block, which never changes again. */
export type Findings = WeakMap<LogBlock, LogBlock>

/**
 * Those of its lines that hold `words`, in any case.
 * @param findings of an earlier search for the same words in the same log, so that only what is new is searched
 */
export function searchLog(log: LogText, words: string, findings: Findings = new WeakMap()): LogText {
  const wanted = words.toLowerCase()
  const find = (block: LogBlock) => block.filter(({ text }) => plainText(text).toLowerCase().includes(wanted))
  const blocks: LogBlock[] = []
  let count = 0
  for (const block of log.blocks) {
    const found = findings.get(block) ?? find(block)
    findings.set(block, found)
    if (found.length > 0) blocks.push(found)
    count += found.length
  }
  return { blocks, count, dropped: 0, open: false }
}

/** For a file: one line each, with its time. */
export function logFile(log: LogText): string {
  return log.blocks
    .flat()
    .map(({ at, text }) => `${at} ${plainText(text)}\n`)
    .join('')
}
