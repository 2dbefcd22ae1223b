/** The machine's graphics processors: each is one workload's, or nobody's. */
import type Docker from 'dockerode'
import { z } from 'zod'
import { type Ran, runProgram } from './program.ts'

/** Runs `nvidia-smi`. */
type Run = (program: string, args: readonly string[]) => Promise<Ran>

const engineInfo = z.object({
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
  /** Since API 1.50: devices by CDI name, `nvidia.com/gpu=0`. */
  DiscoveredDevices: z.array(z.object({ ID: z.string() })).nullish(),
})

export class Gpus {
  /** Identifiers as the engine's device requests take them. */
  readonly #ids: readonly string[]
  readonly #taken = new Map<string, readonly string[]>()
  /** Why there is none, one sentence. */
  readonly why: string | undefined

  constructor(ids: readonly string[], why?: string) {
    this.#ids = [...new Set(ids)]
    this.why = why
  }

  /** Those of this machine that its engine hands out; never throws. */
  static async find(engine: Docker, run: Run = runProgram): Promise<Gpus> {
    const ran = await run('nvidia-smi', ['-L']).catch(() => undefined)
    const ids = ran?.code === 0 ? parseGpus(ran.stdout) : []
    if (ids.length === 0) return new Gpus([], 'This machine has no graphics processor of NVIDIA, or no driver for it.')
    const info = engineInfo.safeParse(await engine.info().catch(() => undefined)).data
    const offers = info?.DiscoveredDevices?.some(({ ID }) => ID.startsWith('nvidia.com/gpu')) ?? false
    if (info?.Runtimes?.['nvidia'] !== undefined || offers) return new Gpus(ids)
    // Before it was listed as a runtime, the engine found this program by itself.
    const hook = await run('nvidia-container-cli', ['--version']).catch(() => undefined)
    if (hook?.code === 0) return new Gpus(ids)
    return new Gpus(
      [],
      `This machine has ${ids.length}, and its engine cannot give them to containers: the NVIDIA Container Toolkit is missing.`,
    )
  }

  get count(): number {
    return this.#ids.length
  }

  get free(): number {
    return this.#free().length
  }

  /** `n` that nobody else has, for as long as the workload has them; undefined: that many are not free. Asked again, the same. */
  take(workloadId: string, n: number): string[] | undefined {
    const before = this.#taken.get(workloadId) ?? []
    if (before.length >= n) return before.slice(0, n)
    const free = this.#free()
    if (before.length + free.length < n) return undefined
    const ids = [...before, ...free.slice(0, n - before.length)]
    this.#taken.set(workloadId, ids)
    return ids
  }

  /** A container that was found again has them already; one that the machine has no more is remembered too. */
  adopt(workloadId: string, ids: readonly string[]): void {
    const before = this.#taken.get(workloadId) ?? []
    const all = [...new Set([...before, ...ids])]
    if (all.length > 0) this.#taken.set(workloadId, all)
  }

  give(workloadId: string): void {
    this.#taken.delete(workloadId)
  }

  #free(): string[] {
    const taken = new Set([...this.#taken.values()].flat())
    return this.#ids.filter((id) => !taken.has(id))
  }
}

/**
 * From `nvidia-smi -L` (pure). Where a processor is divided (MIG), its parts are what can be given:
 * `GPU 0: NVIDIA A100 (UUID: GPU-…)`, below it `  MIG 1g.5gb Device 0: (UUID: MIG-…)`.
 */
export function parseGpus(text: string): string[] {
  const whole: { id: string; parts: string[] }[] = []
  for (const line of text.split('\n')) {
    const [, indent, id] = /^(\s*).*\(UUID: ((?:GPU|MIG)-[0-9A-Za-z/-]+)\)/.exec(line) ?? []
    if (id === undefined) continue
    if (indent === '') whole.push({ id, parts: [] })
    else whole.at(-1)?.parts.push(id)
  }
  return whole.flatMap(({ id, parts }) => (parts.length > 0 ? parts : [id]))
}
