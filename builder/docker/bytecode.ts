/**
 * Bytecode of images, compiled after their first start: an app's root file system is read-only, so it never gets it by
 * itself, and without it every start of a Gradio app takes about twice as long. Compiling at once would delay the first.
 *
 * Which installations have it is read from the engine: images say so in their labels.
 */
import type Docker from 'dockerode'
import type { BuildRequest, Image, Sha256 } from '../builder.ts'
import { bytecodeLabel, environmentLabel, type Oci } from './images.ts'
import { keyOf } from './keys.ts'

/** Names what an image has installed: the layers (digests, the lowest first) below the app's files, which are the last. */
export function installedOf(layers: readonly string[]): Sha256 {
  return keyOf(layers.slice(0, -1))
}

/** Whether two images have the same files but for bytecode and the app: the first has none of it. */
export function hasSameInstalled(plain: readonly string[], compiled: readonly string[]): boolean {
  return plain.slice(0, -1).every((layer, at) => compiled[at] === layer)
}

/** What was installed last for an environment, if it has bytecode: after a fresh build that is another installation. */
export async function compiledOf(engine: Docker, environment: Sha256): Promise<Sha256 | undefined> {
  const images = await engine.listImages({ filters: { label: [`${environmentLabel}=${environment}`] } })
  const compiled = new Set(images.map(({ Labels }) => Labels[bytecodeLabel]))
  const second = Math.max(...images.map(({ Created }) => Created))
  const lastOnes = images.filter(({ Created }) => Created === second)
  const found = await Promise.all(lastOnes.map(({ Id }) => inspected(engine, Id)))
  const [last] = found
    .filter((image) => image !== undefined)
    .toSorted((one, other) => Date.parse(other.Created) - Date.parse(one.Created))
  if (last === undefined) return undefined
  const installed = last.Config.Labels[bytecodeLabel] ?? installedOf(last.RootFS.Layers ?? [])
  // An author's Dockerfile may set any label.
  return compiled.has(installed) && /^[0-9a-f]{64}$/.test(installed) ? (installed as Sha256) : undefined
}

/** Undefined where another build's cleaning up has come first. */
async function inspected(engine: Docker, id: string) {
  return engine
    .getImage(id)
    .inspect()
    .catch((error: unknown) => {
      if ((error as { statusCode?: number }).statusCode === 404) return undefined
      throw error
    })
}

/** Versions of apps that never start are forgotten behind so many others. */
const mostAwaited = 100

export type BytecodeOptions = {
  /** Builds an image again with bytecode, and gives it the names of the one without. */
  compile: (image: Oci, request: BuildRequest, signal: AbortSignal) => Promise<void>
  signal: AbortSignal
  warn: (message: string) => void
}

/** Images whose first start is awaited, and the background work on those that have started: one at a time. */
export class BytecodeWork {
  readonly #options: BytecodeOptions
  readonly #awaited = new Map<string, BuildRequest>()
  #working: Promise<void> = Promise.resolve()

  constructor(options: BytecodeOptions) {
    this.#options = options
  }

  /** Of Python alone; secrets are not kept. */
  remember(image: Image, request: BuildRequest): void {
    const { plan } = request
    if (image.kind !== 'oci' || plan.kind !== 'python') return
    if (plan.requirements.length + plan.sdkRequirements.length === 0) return
    this.#awaited.delete(image.reference)
    this.#awaited.set(image.reference, { ...request, variables: {}, secrets: {}, fresh: false })
    const [oldest] = this.#awaited.keys()
    if (this.#awaited.size > mostAwaited && oldest !== undefined) this.#awaited.delete(oldest)
  }

  started(image: Image): void {
    if (image.kind !== 'oci') return
    const request = this.#awaited.get(image.reference)
    this.#awaited.delete(image.reference)
    if (request === undefined) return
    this.#working = this.#after(this.#working, image, request)
  }

  async #after(before: Promise<void>, image: Oci, request: BuildRequest): Promise<void> {
    const { compile, signal, warn } = this.#options
    await before
    if (signal.aborted) return
    await compile(image, request, signal).catch((error: unknown) => {
      if (!signal.aborted) warn(`Bytecode of ${image.reference} was not compiled: ${String(error)}`)
    })
  }

  /** Resolves when what was begun is over, well or not. */
  async ended(): Promise<void> {
    await this.#working
  }
}
