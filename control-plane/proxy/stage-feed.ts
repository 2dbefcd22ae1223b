/** What the waiting page asks of its own origin: the stage now, and as it changes. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Words, wordsFor } from '../words.ts'
import { refuse, storeAway } from './answers.ts'
import { eventsPath, stagePath, type WaitingView, waitingView } from './waiting-page.ts'
import type { StageAnswer, Wakes } from './wake.ts'

/** Milliseconds between two signs of life on a feed that has nothing to tell. */
const sayAgainAfter = 15_000

export class StageFeed implements Disposable {
  readonly #wakes: Wakes
  readonly #stageOf: (spaceId: string) => Promise<StageAnswer>
  readonly #answers: (spaceId: string) => boolean
  readonly #open = new Set<ServerResponse>()

  /** @param answers whether the Space takes requests now. */
  constructor(wakes: Wakes, stageOf: (spaceId: string) => Promise<StageAnswer>, answers: (spaceId: string) => boolean) {
    this.#wakes = wakes
    this.#stageOf = stageOf
    this.#answers = answers
  }

  /** @param target path and query below the reserved prefix. */
  async answer(request: IncomingMessage, response: ServerResponse, spaceId: string, target: string): Promise<void> {
    const path = target.split('?', 1)[0]
    if (request.method !== 'GET' || (path !== eventsPath && path !== stagePath)) {
      refuse(request, response, { status: 404, error: 'There is nothing here.', remedy: '', code: 'not_found' })
      return
    }
    let stage: StageAnswer
    try {
      stage = await this.#stageOf(spaceId)
    } catch {
      refuse(request, response, storeAway)
      return
    }
    const words = wordsFor(request.headers['accept-language'])
    if (path === eventsPath) {
      this.#follow(response, spaceId, stage, words)
      return
    }
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' })
    response.end(JSON.stringify(this.#view(spaceId, stage, words)))
  }

  #view(spaceId: string, stage: StageAnswer, words: Words): WaitingView {
    return waitingView(stage, this.#answers(spaceId), new Date(), words)
  }

  #follow(response: ServerResponse, spaceId: string, first: StageAnswer, words: Words): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    this.#open.add(response)
    let told = ''
    let toldAt = 0
    const tell = (stage: StageAnswer) => {
      if (response.writableNeedDrain) return
      if (stage.stage === 'SLEEPING') this.#wakes.wake(spaceId)
      const view = this.#view(spaceId, stage, words)
      const news = JSON.stringify({ ...view, now: 0 })
      if (news === told && view.now - toldAt < sayAgainAfter) return
      told = news
      toldAt = view.now
      response.write(`data: ${JSON.stringify(view)}\n\n`)
    }
    const stop = this.#wakes.watch(spaceId, tell)
    response.once('close', () => {
      stop()
      this.#open.delete(response)
    })
    tell(first)
  }

  [Symbol.dispose](): void {
    for (const response of this.#open) response.end()
  }
}
