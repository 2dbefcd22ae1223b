/** Who wants to know of every workload, and what each has not read yet. */
import type { Instance } from './runtime.ts'

export class Followers {
  readonly #followers = new Set<(instance: Instance) => void>()

  tell(instance: Instance): void {
    for (const follower of this.#followers) follower(instance)
  }

  /** What is there, then changes until the signal; of several changes that nobody has read yet the last one counts. */
  async *follow(there: Iterable<Instance>, signal: AbortSignal): AsyncIterable<Instance> {
    const waiting = new Map<string, Instance>()
    let wake: () => void = () => undefined
    const take = (instance: Instance) => {
      waiting.delete(instance.workloadId)
      waiting.set(instance.workloadId, instance)
      wake()
    }
    const stop = () => wake()
    signal.addEventListener('abort', stop)
    this.#followers.add(take)
    for (const instance of there) take(instance)
    try {
      while (!signal.aborted) {
        for (const [id, instance] of waiting) {
          waiting.delete(id)
          yield instance
          if (signal.aborted) return
        }
        if (waiting.size > 0) continue
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
    } finally {
      this.#followers.delete(take)
      signal.removeEventListener('abort', stop)
    }
  }
}
