/** From BuildKit's progress to the Space's log: calm, bounded, and not more often than somebody can read. */
import type { LogSink } from '../builder.ts'
import { isResolved, logLine } from '../uv-output.ts'
import { Progress, type Trace } from './progress.ts'
import type { DockerfileStep } from '../dockerfile.ts'

/** Milliseconds between two accounts of the steps. */
const pace = 200

export type BuildLogOptions = {
  log: LogSink
  /** What the platform's own Dockerfile does; empty for an author's. */
  steps: readonly DockerfileStep[]
  /** How a step of an author's Dockerfile is called. */
  name?: (written: string) => string
  /** Python's version as uv's lines tell it. */
  python: string
  /** uv's errors are kept until somebody knows whether they are the last word. */
  holdErrors: boolean
  /** Bytes; what is beyond is left out. */
  longest: number
}

export class BuildLog {
  readonly progress: Progress
  readonly #options: BuildLogOptions
  #left: number
  #isInstalling = false
  #timer: NodeJS.Timeout | undefined
  #rest = ''
  #held: string[] | undefined

  constructor(options: BuildLogOptions) {
    this.#options = options
    this.#left = options.longest
    this.progress = new Progress(({ n, name }) => options.steps[n - 1]?.name ?? options.name?.(name) ?? name)
  }

  hear(trace: Trace): void {
    const changed = this.progress.add(trace, (text, { n }) => this.#write(text, n))
    if (changed) this.#timer ??= setTimeout(() => this.#tell(), pace)
  }

  /** What is left to say; `failed`: the errors that were held back count. */
  end(failed: boolean): void {
    if (this.#rest !== '') this.#line(this.#rest)
    this.#rest = ''
    if (failed) for (const line of this.#held ?? []) this.#say(`${line}\n`)
    this.#held = undefined
    clearTimeout(this.#timer)
    this.#tell()
  }

  #tell(): void {
    this.#timer = undefined
    this.#options.log.steps(this.progress.steps())
  }

  #write(text: string, n: number | undefined): void {
    if (!this.#isInstalling && n !== undefined && n > 1) {
      this.#isInstalling = true
      this.#options.log.phase('installing')
    }
    if (n === undefined || this.#options.steps[n - 1]?.installs !== 'requirements') return this.#say(text)
    const lines = (this.#rest + text).split('\n')
    this.#rest = (lines.pop() ?? '').slice(-10_000)
    for (const line of lines) this.#line(line)
  }

  #line(line: string): void {
    if (this.#options.holdErrors && this.#held === undefined && line.startsWith('error:')) this.#held = []
    const shown = logLine(line, this.#options.python)
    if (shown === undefined) return
    if (this.#held === undefined || isResolved(line)) this.#say(`${shown}\n`)
    else this.#held.push(shown)
  }

  #say(text: string): void {
    if (this.#left <= 0) return
    this.#left -= Buffer.byteLength(text)
    this.#options.log.write(text)
    if (this.#left <= 0) this.#options.log.write('\nThe build prints more than is kept: the rest is left out.\n')
  }
}
