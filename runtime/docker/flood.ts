/**
 * Whether an app prints so much, and goes on doing so, that the engine, which writes all of it down, has no time for others
 * (pure). It judges by the engine's own times: who reads is far behind.
 */
import { printing } from '../printing.ts'

/** Bytes that are judged together. */
const window = 128 * 1024
/** What a line costs the engine beside its bytes. */
const lineCost = 100
/** Milliseconds: what is older says nothing about now. */
const freshness = 300
/** Milliseconds for which it must go on; more than the above, or what was printed at once would count. */
const patience = 400

export class Flood {
  #bytes = 0
  #first = 0
  #since: number | undefined

  /** @param time of the line, @param now both in milliseconds since 1970. @returns whether it is one. */
  saw(bytes: number, time: number, now: number): boolean {
    if (this.#bytes === 0) this.#first = time
    this.#bytes += bytes + lineCost
    if (this.#bytes < window) return false
    const rate = (this.#bytes / Math.max(1, time - this.#first)) * 1_000
    this.#bytes = 0
    if (rate < printing.rate || now - time > freshness) this.#since = undefined
    else this.#since ??= now
    return this.#since !== undefined && now - this.#since >= patience
  }
}
