/** What the engine says of our containers as it happens, and what it remembers of one. */
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { labels } from './container.ts'

export type ContainerEvent = { id: string; action: string; workloadId: string }

/** Milliseconds between tries to reach an engine that is away. */
const retries = { first: 100, last: 2_000 }
/** Milliseconds after which everything is looked at although nothing was said. */
const lookEvery = 30_000
/** Milliseconds for an answer that has an end. */
const historyLimit = 5_000
/** Seconds between a signal from outside and the end that it caused; the engine itself waits 10 before it kills. */
const killWindow = 20

/**
 * Until the signal. `look` is called whenever something may have been missed: at first, when the engine is back, and now and
 * then.
 */
export async function watchContainers(options: {
  engine: Docker
  install: string
  onEvent: (event: ContainerEvent) => void
  look: () => Promise<void>
  signal: AbortSignal
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}): Promise<void> {
  const { engine, install, signal, log } = options
  const look = () =>
    options.look().catch((error: unknown) => log.warn({ err: error }, 'looking at all containers failed'))
  const timer = setInterval(() => void look(), lookEvery).unref()
  let wait = retries.first
  let isAway = false
  try {
    while (!signal.aborted) {
      try {
        const stream = await engine.getEvents({
          filters: { type: ['container'], label: [`${labels.install}=${install}`] },
          abortSignal: signal,
        })
        if (isAway) log.info({}, 'the container engine is back')
        isAway = false
        wait = retries.first
        void look()
        for await (const line of linesIn(stream)) {
          const event = parseEvent(line)
          if (event !== undefined) options.onEvent(event)
        }
      } catch (error) {
        if (signal.aborted) return
        if (!isAway) log.warn({ err: error }, 'the container engine is away')
      }
      isAway = true
      await delay(wait, undefined, { signal }).catch(() => undefined)
      wait = Math.min(retries.last, wait * 2)
    }
  } finally {
    clearInterval(timer)
  }
}

/** JSON has no newlines of its own. Fails where the connection does. */
async function* linesIn(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = `${rest}${String(chunk)}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

type Message = { Action?: string; timeNano?: number; Actor?: { ID?: string; Attributes?: Record<string, string> } }

function parse(line: string): Message | undefined {
  try {
    const found: unknown = JSON.parse(line)
    return typeof found === 'object' && found !== null ? found : undefined
  } catch {
    return undefined
  }
}

function parseEvent(line: string): ContainerEvent | undefined {
  const { Action: action, Actor: actor } = parse(line) ?? {}
  const workloadId = actor?.Attributes?.[labels.workload]
  if (action === undefined || actor?.ID === undefined || workloadId === undefined) return undefined
  return { id: actor.ID, action, workloadId }
}

/** How a container came to its end, as far as the engine remembers: it forgets when it restarts. */
export type History = { died: boolean; killedFromOutside: boolean; outOfMemory: boolean }

export async function historyOf(engine: Docker, id: string, startedAt: Date): Promise<History> {
  const stream = await engine.getEvents({
    filters: { container: [id] },
    since: Math.floor(startedAt.getTime() / 1_000),
    until: Date.now() / 1_000,
    abortSignal: AbortSignal.timeout(historyLimit),
  })
  const messages: Message[] = []
  for await (const line of linesIn(stream)) messages.push(parse(line) ?? {})
  return readHistory(messages)
}

/** Exported for tests (pure). The engine itself tells of each signal that it passes on, before the end that follows. */
export function readHistory(messages: readonly Message[]): History {
  const at = ({ timeNano = 0 }: Message) => timeNano / 1e9
  const end = messages.findLast(({ Action }) => Action === 'die')
  const ends = new Set(['2', '3', '9', '15'])
  const kills = messages.filter(
    ({ Action, Actor }) => Action === 'kill' && ends.has(Actor?.Attributes?.['signal'] ?? '15'),
  )
  return {
    died: end !== undefined,
    killedFromOutside:
      end !== undefined && kills.some((kill) => at(kill) <= at(end) && at(end) - at(kill) < killWindow),
    outOfMemory: messages.some(({ Action }) => Action === 'oom'),
  }
}
