/** One change of a workload after the other: whoever asks for the next waits for the one before. */
export class Turns {
  readonly #turns = new Map<string, Promise<void>>()

  take(id: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(work)
    const settled = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.#turns.get(id) === settled) this.#turns.delete(id)
      })
    this.#turns.set(id, settled)
    return turn
  }

  /** Resolves when what has been asked for so far is done, well or not. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#turns.values())
  }
}
