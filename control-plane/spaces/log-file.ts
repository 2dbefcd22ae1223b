/** Lines that stay: appended by this process, read from the start or after a line, followed while they grow. */
import { EventEmitter, once } from 'node:events'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'

/** One JSON object a line. `origin` is the runtime's own offset, where the lines are a copy. */
export type LogEntry = { timestamp: string; data: string; origin?: string }

/** Bytes, after which the older half of a log is dropped. */
const largest = 8 * 1024 * 1024
/** Characters; what is longer is several entries, so that a line of the file always fits into one read. */
const longestEntry = 64 * 1024
/** Entries of one write. */
const mostAtOnce = 64

export class LogFile {
  readonly place: string
  readonly #changed = new EventEmitter().setMaxListeners(0)
  #file: FileHandle | undefined
  /** Lines that wait for the write before them. */
  readonly #waiting: string[] = []
  #writing: Promise<void> | undefined
  #size = 0
  #ended = false

  constructor(place: string) {
    this.place = place
  }

  /** Never throws: a full disk must not end a build. Written in the order of the calls. */
  append(entry: LogEntry): void {
    this.#ended = false
    for (let start = 0; start === 0 || start < entry.data.length; start += longestEntry) {
      const part = { ...entry, data: entry.data.slice(start, start + longestEntry) }
      this.#waiting.push(`${JSON.stringify(part)}\n`)
    }
    this.#writing ??= this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.splice(0, mostAtOnce).join('')
      await this.#write(lines).catch(() => {})
    }
    this.#writing = undefined
  }

  /** Nothing more comes: followers read to the end and stop. */
  async end(): Promise<void> {
    await this.#writing
    this.#ended = true
    this.#changed.emit('change')
    await this.#file?.close().catch(() => {})
    this.#file = undefined
  }

  async #write(lines: string): Promise<void> {
    if (!this.#file) {
      await mkdir(path.dirname(this.place), { recursive: true, mode: 0o700 })
      await dropPartialLine(this.place)
      this.#file = await open(this.place, 'a', 0o600)
      this.#size = (await this.#file.stat()).size
    }
    if (this.#size > largest) {
      await this.#file.close()
      await rename(this.place, older(this.place))
      this.#file = await open(this.place, 'a', 0o600)
      this.#size = 0
    }
    await this.#file.appendFile(lines)
    this.#size += Buffer.byteLength(lines)
    this.#changed.emit('change')
  }

  /** Everything kept, then what comes, until `end()` or the signal. */
  async *follow(signal: AbortSignal): AsyncGenerator<LogEntry> {
    yield* parse(await readFile(older(this.place), 'utf8').catch(() => ''))
    let position = 0
    let rest = ''
    while (!signal.aborted) {
      const isLast = this.#ended
      const waiting = once(this.#changed, 'change', { signal }).catch(() => {})
      const { text, next } = await readFrom(this.place, position)
      position = next
      const lines = `${rest}${text}`
      const cut = lines.lastIndexOf('\n') + 1
      rest = lines.slice(cut)
      if (cut > 0) yield* parse(lines.slice(0, cut))
      else if (isLast) return
      else await waiting
    }
  }

  /** Marks a log that nobody in this process writes: followers read it to its end and stop. */
  static ended(place: string): LogFile {
    const file = new LogFile(place)
    file.#ended = true
    return file
  }
}

export async function lastEntry(place: string): Promise<LogEntry | undefined> {
  const text = await readFile(place, 'utf8').catch(() => '')
  let last: LogEntry | undefined
  for (const entry of parse(text.slice(0, text.lastIndexOf('\n') + 1))) last = entry
  return last
}

/** A kill in the middle of a write leaves half a line: it goes, so that what follows stays readable. */
async function dropPartialLine(place: string): Promise<void> {
  const text = await readFile(place, 'utf8').catch(() => '')
  if (text === '' || text.endsWith('\n')) return
  const file = await open(place, 'r+')
  await file.truncate(Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)))
  await file.close()
}

async function readFrom(place: string, position: number): Promise<{ text: string; next: number }> {
  const size = await stat(place).then(
    (found) => found.size,
    () => 0,
  )
  // Smaller than before: the log was cut, and this is a new file.
  const start = size < position ? 0 : position
  if (size === start) return { text: '', next: start }
  const file = await open(place, 'r')
  try {
    const buffer = Buffer.alloc(Math.min(size - start, 1024 * 1024))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start)
    // Whole lines only, so that no character is cut in two.
    const end = buffer.lastIndexOf(10, bytesRead - 1) + 1
    return { text: buffer.toString('utf8', 0, end), next: start + end }
  } finally {
    await file.close()
  }
}

function* parse(text: string): Generator<LogEntry> {
  for (const line of text.split('\n')) {
    if (line === '') continue
    try {
      yield JSON.parse(line) as LogEntry
    } catch {
      // A line that a crash has torn.
    }
  }
}

function older(place: string): string {
  return `${place}.1`
}

export async function removeLogs(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}
