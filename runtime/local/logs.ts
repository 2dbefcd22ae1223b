/**
 * What an app printed. The app itself writes into the file (append only), so it goes on while the platform is away; the
 * platform notes beside it which part was there at which time, and frees the oldest part while the app holds it open.
 */
import { execFile } from 'node:child_process'
import { appendFileSync, readFileSync, watch, writeFileSync, type FSWatcher } from 'node:fs'
import { open, stat, truncate } from 'node:fs/promises'
import { longestLine, splitLines } from '../lines.ts'
import type { LogLine } from '../runtime.ts'
import { findProgram } from './capabilities.ts'

/** Bytes kept of one log, at least half of this, the newest. */
const defaultLimit = 10 * 1024 * 1024
/** Milliseconds; where file notifications do not work, and for what they miss. */
const pollInterval = 1_000
/** Milliseconds after a notification in which none is taken: an app that prints without a pause would send thousands. */
const rest = 40
/** Milliseconds. */
const burst = 20
/** Milliseconds between two cuts, since each starts a program; and where that lets it grow too much. */
const cutInterval = { usual: 2_000, least: 250 }

/** Offsets count every byte that was ever printed; `base` is what to subtract for the place in the file. */
type Kept = { base: number; start: number }
type Mark = { offset: number; time: number }

export class LogFile {
  readonly path: string
  readonly #limit: number
  #kept: Kept
  #marks: Mark[]
  /** End of what was seen, as an offset. */
  #end: number
  #ended = false
  #closed = false
  #cutAt = 0
  #noting: Promise<void> | undefined
  #next: Promise<void> | undefined
  readonly #listeners = new Set<(bytes: number) => void>()
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(path: string, limit = defaultLimit) {
    this.path = path
    this.#limit = limit
    this.#kept = readKept(`${path}.kept`)
    this.#marks = readMarks(`${path}.times`)
    this.#end = Math.max(this.#marks.at(-1)?.offset ?? 0, this.#kept.base)
  }

  /** Begins to note times and to keep the size. */
  follow(): void {
    if (this.#timer !== undefined || this.#closed) return
    this.#timer = setInterval(() => void this.look(), pollInterval).unref()
    this.#watch()
    void this.look()
  }

  /** For one notification; begins anew after the rest. */
  #watch(): void {
    try {
      const watcher = watch(this.path, { persistent: false })
      this.#watcher = watcher
      watcher.on('error', () => watcher.close())
      watcher.once('change', () => {
        watcher.close()
        void this.look()
        setTimeout(() => {
          if (this.#timer === undefined) return
          this.#watch()
          void this.look()
        }, rest).unref()
      })
    } catch {
      // The poll remains: the system's watches may be used up.
    }
  }

  /** Calls back after each growth, with its bytes, until the returned function is called. */
  onGrowth(listener: (bytes: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Nothing more will be printed: who follows gets the rest and ends. */
  async end(): Promise<void> {
    await this.look()
    if (this.#end - this.#kept.start > this.#limit) await this.#cut(this.#end)
    this.#ended = true
    this.#notify()
    this.#stop()
  }

  /** The platform goes away, or the file does. */
  close(): void {
    this.#closed = true
    this.#notify()
    this.#stop()
  }

  /** Looks at the file now. */
  async look(): Promise<void> {
    // Growth during a look needs another one.
    const running = this.#noting
    if (running !== undefined && this.#next !== undefined) return this.#next
    const look = Promise.resolve(running)
      .then(() => {
        this.#next = undefined
        this.#noting = look
        return this.#look()
      })
      .finally(() => {
        if (this.#noting === look) this.#noting = undefined
      })
    if (running === undefined) this.#noting = look
    else this.#next = look
    await look
  }

  /** Adds a line of the platform's own. */
  say(text: string): void {
    note(() => appendFileSync(this.path, `\n${text}\n`))
  }

  /** The last `bytes` of it. */
  async tail(bytes: number): Promise<string> {
    await this.look()
    const from = Math.max(this.#kept.start, this.#end - bytes)
    return (await this.#read(from, this.#end - from)).toString('utf8')
  }

  async *lines(from: string | undefined, signal: AbortSignal): AsyncIterable<LogLine> {
    let position = from === undefined ? 0 : Number.parseInt(from, 10)
    if (!Number.isSafeInteger(position) || position < 0) position = 0
    for (;;) {
      const wait = this.#nextGrowth(signal)
      await this.look()
      // Read before the file is: what is printed in between is then read in the next round.
      const last = this.#ended
      const { start } = this.#kept
      if (position > 0 && position < start) yield this.#gap(position, start)
      position = Math.max(position, start)
      for (;;) {
        const chunk = await this.#read(position, 2 * longestLine)
        const { lines, used } = splitLines(chunk, last && position + chunk.length >= this.#end)
        if (used === 0) break
        for (const { text, end } of lines) {
          if (signal.aborted || this.#closed) return wait.cancel()
          const offset = position + end
          yield { offset: String(offset).padStart(15, '0'), timestamp: this.#timeOf(offset), text }
        }
        position += used
      }
      if (last || signal.aborted || this.#closed) return wait.cancel()
      await wait.done
    }
  }

  /** Who reads more slowly than the app prints is told so. */
  #gap(from: number, to: number): LogLine {
    const kilobytes = Math.ceil((to - from) / 1024)
    const size = kilobytes < 1024 ? `${kilobytes} KB` : `${Math.round(kilobytes / 1024)} MB`
    const text = `(${size} that were printed here are no longer kept.)`
    return { offset: String(to).padStart(15, '0'), timestamp: this.#timeOf(to), text }
  }

  #nextGrowth(signal: AbortSignal): { done: Promise<void>; cancel: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = this.onGrowth(() => resolve())
    const finish = () => {
      stop()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    signal.addEventListener('abort', finish)
    return { done: promise.then(finish), cancel: finish }
  }

  async #look(): Promise<void> {
    if (this.#closed) return
    const found = await stat(this.path).catch(() => undefined)
    if (found === undefined || this.#closed) return
    const { base } = this.#kept
    if (base + found.size < this.#end) {
      // The app truncated it (it opened /dev/stdout for writing): what it prints from now on has new offsets.
      this.#keep({ base: this.#end, start: this.#end })
      return this.#look()
    }
    const end = base + found.size
    const grown = end - this.#end
    if (grown === 0) return
    this.#end = end
    this.#mark(end, Date.now())
    const size = end - this.#kept.start
    const interval = size > 8 * this.#limit ? cutInterval.least : cutInterval.usual
    if (size > this.#limit && Date.now() - this.#cutAt > interval) await this.#cut(end)
    this.#notify(grown)
  }

  /** Notes that everything before `offset` was there at `time`; what comes in a burst shares one mark. */
  #mark(offset: number, time: number): void {
    const last = this.#marks.at(-1)
    if (last !== undefined && time - last.time < burst) last.offset = offset
    else {
      this.#marks.push({ offset, time })
      note(() => appendFileSync(`${this.path}.times`, `${offset} ${time}\n`, { mode: 0o600 }))
    }
  }

  /** Frees the older half, from a line's begin. The file keeps its length and gets a hole, so nothing is lost that is printed meanwhile. */
  async #cut(end: number): Promise<void> {
    const { base } = this.#kept
    const from = end - Math.floor(this.#limit / 2)
    const start = from + ((await this.#read(from, longestLine)).indexOf(0x0a) + 1)
    this.#cutAt = Date.now()
    if (await punch(this.path, start - base)) this.#keep({ base, start })
    else {
      // No holes on this file system: all of it goes.
      await truncate(this.path, 0)
      this.#keep({ base: end, start: end })
    }
    this.#marks = this.#marks.filter(({ offset }) => offset >= this.#kept.start)
    const text = this.#marks.map(({ offset, time }) => `${offset} ${time}\n`).join('')
    note(() => writeFileSync(`${this.path}.times`, text, { mode: 0o600 }))
  }

  #keep(kept: Kept): void {
    this.#kept = kept
    note(() => writeFileSync(`${this.path}.kept`, JSON.stringify(kept), { mode: 0o600 }))
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const file = await open(this.path, 'r').catch(() => undefined)
    if (file === undefined || length <= 0) return (await file?.close(), Buffer.alloc(0))
    try {
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(length),
        0,
        length,
        Math.max(0, offset - this.#kept.base),
      )
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  }

  /** When the platform first saw the byte before `offset`. */
  #timeOf(offset: number): Date {
    let low = 0
    let high = this.#marks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#marks[middle]?.offset ?? 0) >= offset) high = middle
      else low = middle + 1
    }
    return new Date(this.#marks[low]?.time ?? Date.now())
  }

  #notify(bytes = 0): void {
    for (const listener of this.#listeners) listener(bytes)
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#watcher?.close()
  }
}

/** A disk that an app has filled must not end the platform: what is noted serves the next one only. */
function note(write: () => void): void {
  try {
    write()
  } catch {
    // This one has it in memory.
  }
}

function punch(path: string, length: number): Promise<boolean> {
  const program = findProgram('fallocate')
  if (program === undefined) return Promise.resolve(false)
  const args = ['--punch-hole', '--offset', '0', '--length', String(length), '--', path]
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 10_000 }, (error) => resolve(error === null))
  })
}

function readKept(path: string): Kept {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof found === 'object' && found !== null && 'base' in found && 'start' in found)
      return { base: Number(found.base), start: Number(found.start) }
  } catch {
    // Not cut yet.
  }
  return { base: 0, start: 0 }
}

function readMarks(path: string): Mark[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .flatMap(([offset, time]) => (offset === undefined || time === undefined ? [] : [{ offset, time }]))
  } catch {
    return []
  }
}
