/** BuildKit's own account of a build, made into the steps and the log that people read (pure). */
import type { BuildStep } from '../builder.ts'
import { fieldsOf, messagesIn, numberIn, textIn } from './protobuf.ts'

/** `StatusResponse` of BuildKit's control API: one message tells what changed. */
export type Trace = {
  vertexes: readonly Vertex[]
  logs: readonly { vertex: string; text: string }[]
}

export type Vertex = {
  digest: string
  name: string
  cached: boolean
  /** Milliseconds since 1970. */
  started: number | undefined
  completed: number | undefined
  error: string | undefined
}

/** https://github.com/moby/buildkit/blob/v0.8.3/api/services/control/control.proto */
export function traceOf(message: Buffer): Trace {
  const fields = fieldsOf(message)
  return {
    vertexes: messagesIn(fields, 1).map(vertexOf),
    logs: messagesIn(fields, 3).map((log) => {
      const parts = fieldsOf(log)
      return { vertex: textIn(parts, 1) ?? '', text: textIn(parts, 4) ?? '' }
    }),
  }
}

function vertexOf(message: Buffer): Vertex {
  const fields = fieldsOf(message)
  return {
    digest: textIn(fields, 1) ?? '',
    name: textIn(fields, 3) ?? '',
    cached: numberIn(fields, 4) === 1,
    started: timeOf(messagesIn(fields, 5).at(-1)),
    completed: timeOf(messagesIn(fields, 6).at(-1)),
    error: textIn(fields, 7) || undefined,
  }
}

function timeOf(message: Buffer | undefined): number | undefined {
  if (message === undefined) return undefined
  const fields = fieldsOf(message)
  return numberIn(fields, 1) * 1000 + numberIn(fields, 2) / 1e6
}

/** Takes text for the log; `n` where it is a numbered step's. */
export type Write = (text: string, from: { n: number | undefined }) => void

type Kept = Vertex & {
  stage: string
  n: number | undefined
  of: number | undefined
  shown: string
  over: boolean
  output: string
}

/** Of each step's output the end is kept, to say why it failed. */
const keptOutput = 200_000

/** One build's steps as they go. `name` says what a step is called, where the builder knows better than BuildKit. */
export class Progress {
  readonly #vertexes = new Map<string, Kept>()
  readonly #name: (step: { n: number; of: number; name: string }) => string
  /** Whose output was written last, and whether its line is at its end. */
  #last = ''
  #midLine = false

  constructor(name: (step: { n: number; of: number; name: string }) => string = (step) => step.name) {
    this.#name = name
  }

  /** Takes what changed; returns what the log has to say about it. */
  add(trace: Trace, write: Write): boolean {
    let changed = false
    for (const vertex of trace.vertexes) changed = this.#vertex(vertex, write) || changed
    for (const log of trace.logs) {
      const kept = this.#vertexes.get(log.vertex)
      if (kept === undefined || log.text === '') continue
      kept.output = (kept.output + log.text).slice(-keptOutput)
      this.#announce(kept, write)
      write(log.text, kept)
      this.#midLine = !log.text.endsWith('\n')
    }
    return changed
  }

  /** Those of the Dockerfile in their order, then what follows them. */
  steps(): readonly BuildStep[] {
    return this.#inOrder().map((vertex) => {
      const { n, of, shown, started, completed, cached, error } = vertex
      const step: BuildStep = { name: shown, state: 'waiting' }
      if (n !== undefined && of !== undefined) Object.assign(step, { n, of })
      if (cached) step.state = 'cached'
      else if (error !== undefined) step.state = 'failed'
      else if (completed !== undefined) step.state = 'done'
      else if (started !== undefined) {
        step.state = 'running'
        step.startedAt = new Date(started).toISOString()
      }
      if (started !== undefined && completed !== undefined && !cached) step.seconds = secondsBetween(started, completed)
      return step
    })
  }

  /** The step that failed, if one did: its name, error and what it printed last. */
  failed(): { n: number | undefined; of: number | undefined; name: string; error: string; output: string } | undefined {
    const vertexes = [...this.#vertexes.values()]
    // A cancelled sibling fails too, with other words.
    const found =
      vertexes.find(({ error }) => error !== undefined && !/context canceled/i.test(error)) ??
      vertexes.find(({ error }) => error !== undefined)
    if (found?.error === undefined) return undefined
    return { n: found.n, of: found.of, name: found.shown, error: found.error, output: found.output }
  }

  /** Everything that the numbered step printed. */
  outputOf(n: number): string {
    return [...this.#vertexes.values()].find((vertex) => vertex.n === n)?.output ?? ''
  }

  /** BuildKit tells of them in no order. */
  #inOrder(): readonly Kept[] {
    const shown = [...this.#vertexes.values()].filter(isShown)
    const stages = [...new Set(shown.map(({ stage }) => stage))]
    const place = ({ stage, n }: Kept) => (n === undefined ? Infinity : stages.indexOf(stage) * 1e6 + n)
    return shown.sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
  }

  #vertex(vertex: Vertex, write: Write): boolean {
    const before = this.#vertexes.get(vertex.digest)
    const kept: Kept = before ?? { ...vertex, ...this.#numbered(vertex.name), over: false, output: '' }
    if (before === undefined) this.#vertexes.set(vertex.digest, kept)
    Object.assign(kept, {
      cached: kept.cached || vertex.cached,
      // A step that asks for its inputs starts more than once; what counts is the first time.
      started: kept.started ?? vertex.started,
      completed: vertex.completed,
      error: vertex.error ?? kept.error,
    })
    if (!isShown(kept)) return false
    if (vertex.started !== undefined && vertex.completed === undefined) this.#announce(kept, write)
    if (vertex.completed !== undefined && !kept.over) this.#over(kept, write)
    return true
  }

  #over(vertex: Kept, write: Write) {
    vertex.over = true
    this.#announce(vertex, write)
    const { started, completed, cached, error } = vertex
    if (error !== undefined) return
    const seconds = secondsBetween(started ?? 0, completed ?? 0)
    write(cached ? 'cached\n' : `done in ${seconds.toFixed(1)} s\n`, vertex)
  }

  /** Names the step whose words follow, where others spoke in between. */
  #announce(vertex: Kept, write: Write) {
    if (!isShown(vertex) || this.#last === vertex.digest) return
    if (this.#midLine) write('\n', vertex)
    this.#midLine = false
    const { n, of, shown } = vertex
    write(`${n === undefined ? '' : `[${n}/${of}] `}${shown}\n`, vertex)
    this.#last = vertex.digest
  }

  #numbered(written: string): Pick<Kept, 'stage' | 'n' | 'of' | 'shown'> {
    const found = /^\[(?:(\S+) +)?(\d+)\/(\d+)\] ([\s\S]*)$/.exec(written)
    if (found === null) return { stage: '', n: undefined, of: undefined, shown: written }
    const [, stage, n = '', of = '', rest = ''] = found
    const step = { n: Number(n), of: Number(of), name: oneLine(rest) }
    const shown = this.#name(step)
    return {
      stage: stage ?? '',
      n: step.n,
      of: step.of,
      shown: stage === undefined || stage === 'stage-0' ? shown : `${stage}: ${shown}`,
    }
  }
}

function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
}

/** What the engine does for itself is not shown: it takes no time and says nothing to an author. */
function isShown({ n, name }: Pick<Kept, 'n' | 'name'>): boolean {
  return n !== undefined || name.startsWith('exporting to image')
}

function secondsBetween(from: number, to: number): number {
  return Math.max(0, Math.round((to - from) / 100) / 10)
}
