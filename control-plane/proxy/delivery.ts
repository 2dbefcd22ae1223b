/** How an admitted visit gets its answer: wake → relay, again and again until the Space has answered or will not. */
import type { Socket } from 'node:net'
import type { Admission, Admitted } from './admission.ts'
import { isNavigation, noAnswer, notRunning, refuse, starting, tooLate, tooMany } from './answers.ts'
import { requestHeaders, type Visitor } from './forwarded-headers.ts'
import { hostText } from './head.ts'
import type { RelayOutcome } from './relay-http.ts'
import { placeOf } from './replicas.ts'
import type { Addresses, Routes, SpaceRoute, Target } from './routes.ts'
import { serveStatic } from './static.ts'
import type { Traffic, Visit } from './visit.ts'
import { isWorthHolding, type StageAnswer, type Wakes } from './wake.ts'

/** Milliseconds until a request is tried again at an app that does not take it, doubled each time. */
const firstRetry = 250
const longestRetry = 2_000
/** An app that closes connections unanswered is asked so often in all. */
const attemptsUnanswered = 3

export type DeliveryOptions = {
  routes: Routes
  admission: Admission
  wakes: Wakes
  traffic: Traffic
  stageOf: (spaceId: string) => Promise<StageAnswer>
  visitorOf: (socket: Socket) => Visitor
}

export class Delivery {
  readonly #options: DeliveryOptions
  /** Spaces whose app lately took no connection: where, and when. */
  readonly #unreachable = new Map<string, { target: Target; at: number }>()

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** To where the Space is now. @throws where the store is away. */
  async deliver(visit: Visit, admitted: Admitted): Promise<void> {
    const { routes, admission, wakes, traffic, stageOf } = this.#options
    const { request, response } = visit
    const { spaceId, visibility, head, target } = admitted
    const host = hostText(head.host)
    const since = Date.now()
    const unanswered = new Set<string>()
    let timesUnanswered = 0
    let signal: AbortSignal | undefined
    for (let tries = 0; ; tries++) {
      if (signal?.aborted) return
      const route = routes.of(spaceId)
      // Deleted, or made private, while this one waited.
      if (!route || (route.visibility !== visibility && !(await admission.isOpen(route, visit, head)))) {
        refuse(request, response, admission.nothingHere(head))
        return
      }
      if (route.target.kind === 'static') {
        traffic.activity.mark(spaceId)
        await serveStatic(request, response, target, { ...route.target, headers: route.headers })
        return
      }
      let reached: RelayOutcome = { outcome: 'refused' }
      if (route.target.kind === 'address') {
        reached = await this.#reach(visit, admitted, route.headers, route.target.addresses, unanswered)
        if (reached.outcome === 'done') {
          if (this.#unreachable.size > 0) this.#unreachable.delete(spaceId)
          return
        }
        if (reached.outcome === 'failed' && (!reached.repeatable || ++timesUnanswered >= attemptsUnanswered)) {
          refuse(request, response, noAnswer(reached.detail))
          return
        }
        this.#unreachable.set(spaceId, { target: route.target, at: Date.now() })
      }
      const stage = await stageOf(spaceId)
      if (!isWorthHolding(stage)) {
        refuse(request, response, notRunning(stage, host, new Date()))
        return
      }
      if (isNavigation(request) && reached.outcome === 'refused') {
        wakes.wake(spaceId)
        refuse(request, response, starting(stage, host, new Date()))
        return
      }
      signal ??= visit.whenLeft()
      const held = await wakes.hold(spaceId, {
        signal,
        since,
        ...(route.target.kind === 'none' ? {} : { retryAfter: Math.min(firstRetry * 2 ** tries, longestRetry) }),
      })
      switch (held.outcome) {
        case 'ready':
          continue
        case 'gone':
          return
        case 'stopped':
          refuse(request, response, notRunning(held.stage, host, new Date()))
          return
        case 'full':
          refuse(request, response, tooMany)
          return
        case 'late':
          refuse(request, response, tooLate)
          return
      }
    }
  }

  /** To the visitor's replica; where that takes no connection, nothing of the request has been used up, and the next is tried. */
  async #reach(
    visit: Visit,
    { spaceId, head, target, cookies }: Admitted,
    ownHeaders: SpaceRoute['headers'],
    addresses: Addresses,
    unanswered: Set<string>,
  ): Promise<RelayOutcome> {
    const { request } = visit
    const { activity, replicas } = this.#options.traffic
    const visitor = this.#options.visitorOf(request.socket)
    const headers = requestHeaders(request.rawHeaders, { ...head, visitor, upgrade: visit.upgrade })
    for (const { address, cookie } of replicas.turns(addresses, request, visitor, unanswered)) {
      const reached = await visit.relay({
        spaceId,
        head: { ...head, target },
        headers,
        target: address,
        hostName: head.host.name,
        ownHeaders,
        cookies: cookie === undefined ? cookies : [...cookies, cookie],
        onBytes: () => activity.mark(spaceId),
      })
      if (reached.outcome === 'refused') {
        replicas.refused(address)
        continue
      }
      replicas.answered(address)
      if (reached.outcome === 'failed') unanswered.add(placeOf(address))
      return reached
    }
    return { outcome: 'refused' }
  }

  /** Whether a request would be taken now, as far as is known. */
  answers(spaceId: string): boolean {
    const target = this.#options.routes.of(spaceId)?.target
    if (!target || target.kind === 'none') return false
    const failed = this.#unreachable.get(spaceId)
    return !failed || failed.target !== target || Date.now() - failed.at > longestRetry
  }
}
