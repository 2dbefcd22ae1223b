/** Looks at an app that starts until it answers, has ended, or its time is up. */
import { programName } from './exit.ts'
import { type Answer, explain, explainTimeout, isReady, type Listener, probe } from './probe.ts'
import type { Address, InstanceState, Workload } from './runtime.ts'

/** Milliseconds between probes, at first and at last: growing so, they make a start at most a twentieth longer. */
const probeIntervals = { first: 50, last: 500, growth: 1.05 }
/** Milliseconds between looks at what the app listens on, for which all its processes are read. */
const listenersEvery = 500
/** Milliseconds that one probe waits for an answer. */
const probeTimeout = 5_000
/** Milliseconds. Silence towards a probe that the end of the time cut shorter tells nothing: what the one before saw counts. */
const shortProbe = 1_000

/** An app that starts, as a driver shows it. */
export type Starting = {
  readonly workload: Workload
  readonly state: InstanceState
  /** Aborted once it is over. */
  readonly over: AbortSignal
  /** Where the platform reaches it. */
  address: Address
  /** The port as the app sees it itself. */
  inside: number
  listeners(): readonly Listener[] | Promise<readonly Listener[]>
  become(state: InstanceState): void
  /** Ends it because it took too long; `message` is for its author. */
  timeOut(message: string): Promise<void>
  /** Calls back when it has printed something (apps say when they are up), until the returned function is called. */
  onOutput(listener: () => void): () => void
}

/** Returns when it is no longer `starting`, by this or by others. */
export async function watchStart(app: Starting): Promise<void> {
  const { workload, over, address, inside } = app
  if (app.state.kind !== 'starting') return
  const { since } = app.state
  const deadline = since.getTime() + workload.startupTimeout * 1_000
  let interval = probeIntervals.first
  let said = ''
  let before: Answer | undefined
  let listeners: readonly Listener[] = []
  let lookedAt = 0
  try {
    while (app.state.kind === 'starting') {
      const patience = Math.max(100, Math.min(probeTimeout, deadline - Date.now()))
      const asked = await probe(address, patience, over)
      if (app.state.kind !== 'starting') return
      const answer = asked.kind === 'silent' && patience < shortProbe ? (before ?? asked) : asked
      before = answer
      if (isReady(answer)) return app.become({ kind: 'ready', addresses: [address], since: new Date() })
      if (Date.now() >= deadline || Date.now() - lookedAt >= listenersEvery) {
        listeners = await app.listeners()
        lookedAt = Date.now()
      }
      if (Date.now() >= deadline) {
        const seconds = workload.startupTimeout
        return await app.timeOut(
          `${programName(workload.command)} was not ready within ${seconds} seconds. ${explainTimeout(answer, inside, listeners)}`,
        )
      }
      const words = explain(answer, inside, listeners)
      if (words !== said) app.become({ kind: 'starting', since, probe: words })
      said = words
      await pause(app, Math.min(interval, deadline - Date.now()))
      interval = Math.min(probeIntervals.last, interval * probeIntervals.growth)
    }
  } catch (error) {
    if (!over.aborted) throw error
  }
}

/** Until the time is over or it has printed something. */
function pause(app: Starting, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, Math.max(0, milliseconds))
  const stop = app.onOutput(resolve)
  const over = () => resolve()
  app.over.addEventListener('abort', over, { once: true })
  return promise.finally(() => {
    clearTimeout(timer)
    stop()
    app.over.removeEventListener('abort', over)
  })
}
