/** Websockets and waiting pages stay for hours: each ends once its visitor may not be at that Space any more. */
import type { Admission } from './admission.ts'
import type { CheckedHead } from './head.ts'
import type { Routes } from './routes.ts'
import type { Visit } from './visit.ts'

type OpenVisit = { visit: Visit; head: CheckedHead; end: () => void }

export class OpenVisits {
  readonly #open = new Map<string, Set<OpenVisit>>()
  readonly #routes: Routes
  readonly #admission: Admission

  constructor(routes: Routes, admission: Admission) {
    this.#routes = routes
    this.#admission = admission
    routes.on((spaceId) => {
      // Where the store is away nothing has changed by it; the next change looks again.
      this.#look(spaceId).catch(() => {})
    })
  }

  /** @returns what to call once it is over. */
  enter(spaceId: string, one: OpenVisit): () => void {
    const open = this.#open.get(spaceId) ?? new Set()
    this.#open.set(spaceId, open.add(one))
    return () => {
      open.delete(one)
      if (open.size === 0 && this.#open.get(spaceId) === open) this.#open.delete(spaceId)
    }
  }

  async #look(spaceId: string): Promise<void> {
    const open = this.#open.get(spaceId)
    const route = this.#routes.of(spaceId)
    if (open === undefined || route?.visibility === 'public') return
    for (const { visit, head, end } of open) {
      const isOpen = route !== undefined && (await this.#admission.isOpen(route, visit, head))
      if (!isOpen) end()
    }
  }
}
