/** What builds use now, so that cleaning up leaves it alone. */

/** A build hands its image on before anyone has written down that it is wanted: until then it stays. Milliseconds. */
const grace = 10 * 60_000

export class Holds {
  readonly #counts = new Map<string, number>()
  readonly #released = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** `name`: an environment's key or a folder. Released when disposed, and for `grace` after that. */
  hold(name: string): Disposable {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    return {
      [Symbol.dispose]: () => {
        const left = (this.#counts.get(name) ?? 1) - 1
        if (left > 0) this.#counts.set(name, left)
        else this.#counts.delete(name)
        this.#released.set(name, this.#now())
      },
    }
  }

  has(name: string): boolean {
    if (this.#counts.has(name)) return true
    const released = this.#released.get(name)
    if (released === undefined) return false
    if (this.#now() - released < grace) return true
    this.#released.delete(name)
    return false
  }
}
