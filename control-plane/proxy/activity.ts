/**
 * Which Spaces are in use, told in batches. Requests and bytes count; a socket that is open and silent does not
 * (one open socket kept whole services awake elsewhere: Knative #10835).
 */
export class Activity implements AsyncDisposable {
  readonly #touch: (spaceIds: readonly string[]) => Promise<void>
  readonly #every: number
  readonly #seen = new Set<string>()
  /** Spaces with requests that wait for their answer to begin: a long computation says nothing, and is use. */
  readonly #waiting = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #last = 0
  #telling: Promise<void> = Promise.resolve()

  /** @param every milliseconds between two batches; the first one goes out at once. */
  constructor(touch: (spaceIds: readonly string[]) => Promise<void>, every: number) {
    this.#touch = touch
    this.#every = every
  }

  mark(spaceId: string): void {
    if (this.#seen.has(spaceId)) return
    this.#seen.add(spaceId)
    this.#schedule()
  }

  /** Counts as use until the returned function is called (more than once is the same). */
  begin(spaceId: string): () => void {
    this.mark(spaceId)
    this.#waiting.set(spaceId, (this.#waiting.get(spaceId) ?? 0) + 1)
    let open = true
    return () => {
      if (!open) return
      open = false
      const left = (this.#waiting.get(spaceId) ?? 1) - 1
      if (left > 0) this.#waiting.set(spaceId, left)
      else this.#waiting.delete(spaceId)
    }
  }

  #schedule(): void {
    if (this.#timer) return
    const wait = Math.max(0, this.#last + this.#every - Date.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#telling = this.#tell()
    }, wait).unref()
  }

  async #tell(): Promise<void> {
    for (const spaceId of this.#waiting.keys()) this.#seen.add(spaceId)
    if (this.#seen.size === 0) return
    const spaceIds = [...this.#seen]
    this.#seen.clear()
    this.#last = Date.now()
    try {
      await this.#touch(spaceIds)
    } catch {
      // The store is away: they are told with the next batch.
      for (const spaceId of spaceIds) this.#seen.add(spaceId)
    }
    if (this.#seen.size > 0 || this.#waiting.size > 0) this.#schedule()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    await this.#telling
    this.#waiting.clear()
    await this.#tell()
    clearTimeout(this.#timer)
  }
}
