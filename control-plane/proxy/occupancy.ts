/** How many requests and websockets of each Space are open now. */

export type OpenConnections = { requests: number; websockets: number }

export class Occupancy {
  readonly #open = new Map<string, OpenConnections>()

  /** Counts one until the returned function is called (more than once is the same). */
  enter(spaceId: string, kind: keyof OpenConnections): () => void {
    const counts = this.#open.get(spaceId) ?? { requests: 0, websockets: 0 }
    counts[kind] += 1
    this.#open.set(spaceId, counts)
    let isIn = true
    return () => {
      if (!isIn) return
      isIn = false
      counts[kind] -= 1
      const isEmpty = counts.requests === 0 && counts.websockets === 0
      if (isEmpty && this.#open.get(spaceId) === counts) this.#open.delete(spaceId)
    }
  }

  of(spaceId: string): OpenConnections {
    const counts = this.#open.get(spaceId)
    return { requests: counts?.requests ?? 0, websockets: counts?.websockets ?? 0 }
  }
}
