/** What builds and apps print, kept beside the repository: it outlives the process, the container and the platform. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pace } from '../../runtime/pace.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { lastEntry, type LogEntry, LogFile, removeLogs } from './log-file.ts'

export type { LogEntry } from './log-file.ts'

/** An app that prints without end must not keep the platform from its other work. */
const copying = { rate: 512 * 1024, burst: 2 * 1024 * 1024 }

export class Logs {
  readonly #folder: string
  readonly #open = new Map<string, LogFile>()
  /** By workload; `hurry` ends what keeps it to a pace. */
  readonly #copies = new Map<string, { over: Promise<void>; hurry: AbortController }>()

  /** @param folder one folder a Space is made in it. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** The log of a build that this process runs; end it with `end()`. */
  openBuild(spaceId: string, number: number): { write(text: string): void; end(): Promise<void> } {
    const place = this.#buildPlace(spaceId, number)
    const file = this.#file(place)
    return {
      write: (text) => file.append({ timestamp: new Date().toISOString(), data: text }),
      end: async () => {
        await file.end()
        this.#open.delete(place)
      },
    }
  }

  followBuild(spaceId: string, number: number, signal: AbortSignal): AsyncGenerator<LogEntry> {
    const place = this.#buildPlace(spaceId, number)
    return (this.#open.get(place) ?? LogFile.ended(place)).follow(signal)
  }

  followRun(spaceId: string, workloadId: string, signal: AbortSignal): AsyncGenerator<LogEntry> {
    const place = this.#runPlace(spaceId, workloadId)
    return (this.#open.get(place) ?? LogFile.ended(place)).follow(signal)
  }

  /** Copies what a workload prints until it has ended; goes on where an earlier copy stopped. Call it as often as you like. */
  copyRun(runtime: Runtime, spaceId: string, workloadId: string, signal: AbortSignal): void {
    if (this.#copies.has(workloadId)) return
    const place = this.#runPlace(spaceId, workloadId)
    // Opened before anything is printed, so that a follower who comes first waits instead of seeing nothing.
    const file = this.#file(place)
    const hurry = new AbortController()
    const copy = async () => {
      try {
        const last = await lastEntry(place)
        if (!last) {
          const now = new Date()
          file.append({
            timestamp: now.toISOString(),
            data: `===== Application startup at ${now.toISOString()} =====\n`,
          })
        }
        const pace = new Pace(copying, performance.now())
        for await (const line of runtime.logs(workloadId, last?.origin, signal)) {
          // The runtime gives lines, readers of the log get text: the clients print it as it comes.
          file.append({ timestamp: line.timestamp.toISOString(), data: `${line.text}\n`, origin: line.offset })
          const wait = pace.take(line.text.length, performance.now())
          if (wait > 0) await unlessAborted(wait, AbortSignal.any([signal, hurry.signal]))
        }
      } finally {
        await file.end()
        this.#open.delete(place)
        this.#copies.delete(workloadId)
      }
    }
    this.#copies.set(workloadId, { over: copy().catch(() => {}), hurry })
  }

  /** Resolves when everything that an ended workload printed is here, or after `limit` milliseconds. */
  async copied(workloadId: string, limit: number): Promise<void> {
    const copy = this.#copies.get(workloadId)
    if (!copy) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, limit)
    copy.hurry.abort()
    await Promise.race([copy.over, promise])
    clearTimeout(timer)
  }

  /** Drops the logs of all but the newest runs of a Space. */
  async prune(spaceId: string, keep: readonly string[]): Promise<void> {
    const folder = path.join(this.#folder, spaceId)
    const kept = new Set(keep.map((id) => path.basename(this.#runPlace(spaceId, id))))
    for (const name of await readdir(folder).catch(() => [])) {
      if (name.startsWith('run-') && !kept.has(name.replace(/\.1$/, ''))) await removeLogs(path.join(folder, name))
    }
  }

  async forget(spaceId: string): Promise<void> {
    await removeLogs(path.join(this.#folder, spaceId))
  }

  #file(place: string): LogFile {
    const file = this.#open.get(place) ?? new LogFile(place)
    this.#open.set(place, file)
    return file
  }

  #buildPlace(spaceId: string, number: number): string {
    return path.join(this.#folder, spaceId, `build-${number}.ndjson`)
  }

  #runPlace(spaceId: string, workloadId: string): string {
    return path.join(this.#folder, spaceId, `run-${workloadId}.ndjson`)
  }
}

/** Waits, and no longer once the signal says so. */
async function unlessAborted(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await sleep(milliseconds, undefined, { signal }).catch(() => {})
}
