/**
 * Ends the appetite of containers that fill the disk. Engines limit it on few file systems only, so what a container has
 * written is looked at: on this machine soon after the disk lost that much, elsewhere every few seconds.
 */
import { statfs } from 'node:fs/promises'
import type Docker from 'dockerode'
import { askEngine, bytesOf, findPlace, type Place } from './written.ts'

export type DiskWatchOptions = { engine: Docker; log: { warn(fields: object, message: string): void } }

type Watched = {
  id: string
  limit: number
  over: (used: number) => void
  /** Undefined until the first look. */
  place: Place | undefined
  used: number
  /** Bytes free on its disk at the last look. */
  free: number
  lookedAt: number
  /** Not before; milliseconds of `performance.now()`. */
  dueAt: number
}

/** Milliseconds between looks at the disks' free bytes. */
const interval = 1_000
/** Looking costs; at most a tenth of the time goes into it. */
const leastPause = 10
/** Milliseconds after which it is looked at although the disk lost nothing: others may have freed as much. */
const longestPause = 30_000
/** Milliseconds between the questions to an engine elsewhere. */
const pauseElsewhere = 10_000
/** Bytes: smaller losses are everybody's. */
const smallestLoss = 1024 ** 2

export class DiskWatch {
  readonly #options: DiskWatchOptions
  readonly #watched = new Set<Watched>()
  #looks = false

  constructor(options: DiskWatchOptions) {
    this.#options = options
  }

  /**
   * Calls `over` once, when what the container keeps outside of named volumes is more than `limit` bytes. `over` never
   * throws. Goes on until the returned function is called, or the container is gone.
   */
  watch(containerId: string, limit: number, over: (used: number) => void): () => void {
    const one: Watched = { id: containerId, limit, over, place: undefined, used: 0, free: 0, lookedAt: 0, dueAt: 0 }
    this.#watched.add(one)
    if (!this.#looks) this.#lookLater()
    return () => void this.#watched.delete(one)
  }

  #lookLater(): void {
    this.#looks = true
    setTimeout(() => void this.#look(), interval).unref()
  }

  /** One after the other: a disk is not read faster by several. */
  async #look(): Promise<void> {
    for (const one of this.#watched) {
      try {
        await this.#lookAt(one)
      } catch (error) {
        one.dueAt = performance.now() + pauseElsewhere
        this.#options.log.warn({ error, container: one.id }, 'what a container keeps on the disk was not counted')
      }
    }
    if (this.#watched.size > 0) this.#lookLater()
    else this.#looks = false
  }

  async #lookAt(one: Watched): Promise<void> {
    const began = performance.now()
    if (began < one.dueAt) return
    one.place ??= await findPlace(this.#options.engine, one.id)
    if (one.place === 'gone') return void this.#watched.delete(one)
    const [folder] = one.place === 'elsewhere' ? [] : one.place.folders
    const free = folder === undefined ? 0 : await freeBytes(folder)
    if (folder !== undefined && !isDue(one, free, began)) return
    const used = one.place === 'elsewhere' ? await askEngine(this.#options.engine, one.id) : await bytesOf(one.place)
    if (used === 'gone') return void this.#watched.delete(one)
    Object.assign(one, { used, free, lookedAt: began })
    const cost = performance.now() - began
    one.dueAt = performance.now() + Math.max(folder === undefined ? pauseElsewhere : 0, cost * leastPause)
    // It may have been taken out meanwhile.
    if (used <= one.limit || !this.#watched.delete(one)) return
    one.over(used)
  }
}

/**
 * Exported for tests (pure). To be over its limit a container has to write what it has left, and the disk loses that; a
 * quarter of it is enough to look again.
 */
export function isDue(
  before: { limit: number; used: number; free: number; lookedAt: number },
  free: number,
  now: number,
): boolean {
  if (before.lookedAt === 0 || now - before.lookedAt >= longestPause) return true
  return before.free - free >= Math.max(smallestLoss, (before.limit - before.used) / 4)
}

async function freeBytes(folder: string): Promise<number> {
  const { bfree, bsize } = await statfs(folder)
  return bfree * bsize
}
