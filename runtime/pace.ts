/** How fast bytes may pass: at once after a calm time, at a rate in the long run (pure). */

export type PaceLimits = {
  /** Bytes a second. */
  rate: number
  /** Bytes that pass at once after a calm time. */
  burst: number
}

export class Pace {
  readonly #limits: PaceLimits
  #credit: number
  #at: number

  /** @param now milliseconds of one clock. */
  constructor(limits: PaceLimits, now: number) {
    this.#limits = limits
    this.#credit = limits.burst
    this.#at = now
  }

  /** Bytes have passed. @returns milliseconds until the next ones may, at most 1,000: what is beyond is forgiven. */
  take(bytes: number, now: number): number {
    const { rate, burst } = this.#limits
    const credit = Math.min(burst, this.#credit + ((now - this.#at) / 1000) * rate) - bytes
    this.#credit = Math.max(-rate, credit)
    this.#at = now
    return this.#credit >= 0 ? 0 : Math.ceil((-this.#credit / rate) * 1000)
  }
}
