/** So much at once, and no more: who comes later waits for a while and is then asked to come back. */
import { PlazaError } from '../errors.ts'

export class Gate {
  readonly #limit: number
  readonly #patience: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  /** @param patience milliseconds that somebody waits for a place. */
  constructor(limit: number, patience: number) {
    this.#limit = limit
    this.#patience = patience
  }

  /** @throws PlazaError unavailable where no place became free in time; whatever `work` throws. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await work()
    } finally {
      // The place is handed on, so that nobody who comes just now takes it before those who wait.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#inside--
    }
  }

  async #enter(): Promise<void> {
    if (this.#inside < this.#limit) {
      this.#inside++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const admit = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(admit), 1)
        reject(new PlazaError('unavailable', 'Too many ask for this at once.', 'Try again in a few seconds.'))
      }, this.#patience)
      this.#waiting.push(admit)
    })
  }
}

/** A gate for each of many, kept only while somebody is at it. */
export class Gates {
  readonly #limit: number
  readonly #patience: number
  readonly #gates = new Map<string, { gate: Gate; users: number }>()

  /** As those of `Gate`. */
  constructor(limit: number, patience: number) {
    this.#limit = limit
    this.#patience = patience
  }

  async pass<T>(key: string, work: () => Promise<T>): Promise<T> {
    const own = this.#gates.get(key) ?? { gate: new Gate(this.#limit, this.#patience), users: 0 }
    this.#gates.set(key, own)
    own.users++
    try {
      return await own.gate.pass(work)
    } finally {
      own.users--
      if (own.users === 0) this.#gates.delete(key)
    }
  }
}
