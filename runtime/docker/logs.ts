/** What the containers of a workload printed, as one log. */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { splitLines } from '../lines.ts'
import type { LogLine } from '../runtime.ts'
import { isMissing } from './failures.ts'

/** A replica, as its log is read. */
export type Printing = {
  /** From 1. */
  readonly number: number
  /** Its present container. */
  readonly containerId: string | undefined
  /** What the platform has to say in it, once. */
  takeNote(): string | undefined
}

/** The replicas of a workload, as their log is read. */
export type PrintingSet = {
  readonly replicas: readonly Printing[]
  /** Whether nothing more will be printed. */
  readonly hasEnded: boolean
  /** Aborted once it is removed. */
  readonly over: AbortSignal
  /** Resolves at its next change, after at most `limit` milliseconds. */
  nextChange(limit: number): Promise<void>
}

/** Lines that wait for whoever reads them, before the engine has to wait. */
const mostWaiting = 1_000
/** Milliseconds. */
const lookEvery = 1_000

type Entry = { replica: number; time: string; text: string; isOurs?: true }

export async function* logOf(
  engine: Docker,
  set: PrintingSet,
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const stop = new AbortController()
  const until = AbortSignal.any([signal, set.over, stop.signal])
  const place = new Place(from)
  const waiting = new Waiting()
  const reading = Promise.all(
    set.replicas.map((replica) => readReplica({ engine, set, replica, start: place.start, waiting, until })),
  ).finally(() => waiting.end())
  // It ends with the signals and fails with nothing that is not waited for below.
  reading.catch(() => undefined)
  try {
    for await (const entry of waiting.entries(until)) {
      const offset = entry.isOurs ? place.now : place.pass(entry.time)
      if (offset === undefined) continue
      const text = entry.replica === 1 ? entry.text : `[${entry.replica}] ${entry.text}`
      yield { offset, timestamp: dateOf(entry.time), text }
      if (signal.aborted) return
    }
    await reading
  } finally {
    stop.abort()
  }
}

/** One replica's entries, whatever container it has, until the workload has ended. */
async function readReplica(options: {
  engine: Docker
  set: PrintingSet
  replica: Printing
  start: string | undefined
  waiting: Waiting
  until: AbortSignal
}): Promise<void> {
  const { engine, set, replica, waiting, until } = options
  // Where to begin anew when the connection breaks: the time of the last entry, and how many had it.
  let since = options.start
  let seen = 0
  while (!until.aborted) {
    // Known before the container is read: what was printed until then is then read, too.
    const isLast = set.hasEnded
    const id = replica.containerId
    try {
      if (id !== undefined) {
        let skip = seen
        const follow = { follow: true, stdout: true, stderr: true, timestamps: true } as const
        const stream = await engine
          .getContainer(id)
          .logs({ ...follow, ...(since === undefined ? {} : { since: sinceOf(since) }), abortSignal: until })
        for await (const { time, text } of entriesIn(stream)) {
          if (time === since && skip > 0) {
            skip -= 1
            continue
          }
          if (since === undefined || time > since) [since, seen] = [time, 0]
          if (time === since) seen += 1
          await waiting.put({ replica: replica.number, time, text }, until)
          const note = replica.takeNote()
          if (note !== undefined) await waiting.put({ replica: replica.number, time, text: note, isOurs: true }, until)
        }
      }
      if (isLast) return
    } catch (error) {
      if (until.aborted || (isMissing(error) && isLast)) return
      await delay(lookEvery, undefined, { signal: until }).catch(() => undefined)
      continue
    }
    if (!set.hasEnded) await set.nextChange(lookEvery)
  }
}

/**
 * Where a reader is: `TIME.COUNT.NUMBER`, the latest time so far (nanoseconds), how many entries had it, and how many came
 * since (replicas do not wait for each other, so some are earlier).
 */
export class Place {
  /** The time to go on from. */
  readonly start: string | undefined
  #skip = 0
  #time = ''
  #count = 0
  #number = 0

  constructor(from: string | undefined) {
    const [, time, count, number] = /^(\d{19})\.(\d{6})\.(\d{6})$/.exec(from ?? '') ?? []
    this.start = time
    if (time === undefined) return
    this.#time = time
    this.#count = Number(count)
    this.#number = Number(number)
    this.#skip = this.#count
  }

  /** The place after the last entry. */
  get now(): string {
    return `${this.#time}.${digits(this.#count)}.${digits(this.#number)}`
  }

  /** @returns the place after this entry; undefined for one that was read before. */
  pass(time: string): string | undefined {
    if (this.#skip > 0 && time === this.start) {
      this.#skip -= 1
      return undefined
    }
    if (time > this.#time) {
      this.#time = time
      this.#count = 0
      this.#number = 0
    }
    if (time === this.#time) this.#count += 1
    this.#number += 1
    return this.now
  }
}

const digits = (count: number): string => String(Math.min(count, 999_999)).padStart(6, '0')

/** Between those who read and the one who asks. */
class Waiting {
  readonly #entries: Entry[] = []
  readonly #changed = new EventTarget()
  #ended = false

  async put(entry: Entry, until: AbortSignal): Promise<void> {
    this.#entries.push(entry)
    this.#changed.dispatchEvent(new Event('put'))
    while (this.#entries.length >= mostWaiting && !until.aborted)
      await once(this.#changed, 'taken', { signal: until }).catch(() => undefined)
  }

  end(): void {
    this.#ended = true
    this.#changed.dispatchEvent(new Event('put'))
  }

  async *entries(until: AbortSignal): AsyncGenerator<Entry> {
    while (!until.aborted) {
      for (let entry = this.#entries.shift(); entry !== undefined; entry = this.#entries.shift()) {
        this.#changed.dispatchEvent(new Event('taken'))
        yield entry
        if (until.aborted) return
      }
      if (this.#ended) return
      await once(this.#changed, 'put', { signal: until }).catch(() => undefined)
    }
  }
}

/** The engine's stream: frames of 8 bytes of head (which stream, and how long) and a time with what was printed. */
async function* entriesIn(stream: AsyncIterable<string | Buffer>): AsyncGenerator<{ time: string; text: string }> {
  const lines = new FrameLines()
  let rest = Buffer.alloc(0)
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, Buffer.from(chunk)])
    for (let end = frameEnd(rest); end !== undefined && end <= rest.length; end = frameEnd(rest)) {
      yield* lines.take(rest[0] ?? 0, rest.subarray(8, end))
      rest = rest.subarray(end)
    }
  }
  yield* lines.end()
}

const frameEnd = (bytes: Buffer): number | undefined => (bytes.length < 8 ? undefined : 8 + bytes.readUInt32BE(4))

/** Frames → lines: the engine cuts a long line into several frames, and only the last of them ends with a newline. */
export class FrameLines {
  readonly #rests = new Map<number, { time: string; bytes: Buffer }>()

  take(stream: number, frame: Buffer): { time: string; text: string }[] {
    const space = frame.indexOf(0x20)
    const rest = this.#rests.get(stream)
    const time = rest?.time ?? timeOf(frame.toString('latin1', 0, space))
    const bytes = Buffer.concat([rest?.bytes ?? Buffer.alloc(0), frame.subarray(space + 1)])
    const { lines, used } = splitLines(bytes, false)
    if (used < bytes.length) this.#rests.set(stream, { time, bytes: bytes.subarray(used) })
    else this.#rests.delete(stream)
    return lines.map(({ text }) => ({ time, text }))
  }

  /** What was printed without a newline at last. */
  end(): { time: string; text: string }[] {
    return [...this.#rests.values()].flatMap(({ time, bytes }) =>
      splitLines(bytes, true).lines.map(({ text }) => ({ time, text })),
    )
  }
}

/** `2026-11-30T06:11:34.154779817Z` → nanoseconds since 1970 in 19 digits, which sort as they should. */
function timeOf(text: string): string {
  const [, seconds = '', fraction = ''] = /^([\d-]+T[\d:]+)(?:\.(\d+))?Z$/.exec(text) ?? []
  const whole = Math.floor(Date.parse(`${seconds}Z`) / 1_000)
  return `${String(Number.isNaN(whole) ? 0 : whole).padStart(10, '0')}${fraction.slice(0, 9).padEnd(9, '0')}`
}

const sinceOf = (time: string): string => `${time.slice(0, 10)}.${time.slice(10)}`
const dateOf = (time: string): Date => new Date(Number(time.slice(0, 13)))

/** The end of what a container printed, without times. */
export async function tailOf(engine: Docker, id: string, bytes: number): Promise<string> {
  const answer = await engine.getContainer(id).logs({ follow: false, stdout: true, stderr: true, tail: 200 })
  let text = ''
  let rest: Buffer = answer
  for (let end = frameEnd(rest); end !== undefined && end <= rest.length; end = frameEnd(rest)) {
    text += rest.toString('utf8', 8, end)
    rest = rest.subarray(end)
  }
  return text.slice(-bytes)
}
