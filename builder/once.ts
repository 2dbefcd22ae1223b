/** Work that several builds want at once is done by one of them. */
export class Once<Result> {
  readonly #working = new Map<string, Promise<Result>>()
  readonly #isForAll: (error: unknown) => boolean

  /** @param isForAll whether an error is the work's own: whoever waited would only meet it again. */
  constructor(isForAll: (error: unknown) => boolean) {
    this.#isForAll = isForAll
  }

  /** The others wait, and one of them takes over if that one is cancelled. @throws the signal's reason when aborted. */
  async do(name: string, work: () => Promise<Result>, waits: () => void, signal: AbortSignal): Promise<Result> {
    for (let other = this.#working.get(name); other !== undefined; other = this.#working.get(name)) {
      waits()
      try {
        return await unlessAborted(other, signal)
      } catch (error) {
        if (this.#isForAll(error)) throw error
        signal.throwIfAborted()
      }
    }
    const working = work().finally(() => this.#working.delete(name))
    this.#working.set(name, working)
    return working
  }

  /** Resolves when what runs now is over, well or not. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#working.values())
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
