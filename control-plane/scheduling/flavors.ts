/** Hardware by name: what a Space can ask for, as the clients and plaza.yaml write it. */
import { z } from 'zod'

export type Flavor = {
  /** As the clients write it: `cpu-basic`. */
  name: string
  prettyName: string
  /** Cores. */
  cpu: number
  /** Bytes. */
  memory: number
  /** Bytes that an app may write outside `/data`; undefined: as much as the machine has. */
  disk: number | undefined
  /** Graphics processors that are its own. */
  gpus: number
  /** For people: `NVIDIA T4`. */
  gpuModel?: string
  isDefault: boolean
}

const gibibyte = 1024 ** 3

export const defaultFlavors: readonly Flavor[] = [
  {
    name: 'cpu-basic',
    prettyName: 'CPU basic',
    cpu: 2,
    memory: 16 * gibibyte,
    disk: 50 * gibibyte,
    gpus: 0,
    isDefault: true,
  },
]

/** The flavor of that name, else the default one: a Space whose hardware has been taken away still runs. */
export function flavorOf(flavors: readonly Flavor[], name: string): Flavor {
  const found =
    flavors.find((flavor) => flavor.name === name) ?? flavors.find((flavor) => flavor.isDefault) ?? flavors[0]
  if (!found) throw new Error('No flavor is configured.')
  return found
}

/**
 * Those that a machine can give (pure).
 * @param gpus graphics processors that its runtime can hand out.
 * @returns `warnings`: a sentence for the operator on each one that is left out.
 */
export function offeredFlavors(flavors: readonly Flavor[], gpus: number): { flavors: Flavor[]; warnings: string[] } {
  const warningOf = ({ name, gpus: needed }: Flavor) =>
    `The flavor ${name} is left out: it needs ${needed} ${needed === 1 ? 'GPU' : 'GPUs'}, and this machine has ${gpus || 'none'}.`
  return {
    flavors: flavors.filter((flavor) => flavor.gpus <= gpus),
    warnings: flavors.filter((flavor) => flavor.gpus > gpus).map(warningOf),
  }
}

const units: Record<string, number> = {
  '': 1,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: gibibyte,
  Ti: 1024 ** 4,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
}

/** `16Gi` → bytes, as Kubernetes writes quantities; undefined where it is none. */
export function parseQuantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(text.trim())
  if (!match) return undefined
  return Math.round(Number(match[1]) * (units[match[2] ?? ''] ?? 1))
}

/** An amount in plaza.yaml, in bytes. */
export const quantity = z.union([z.string(), z.number().transform(String)]).transform((text, context) => {
  const bytes = parseQuantity(text)
  if (bytes !== undefined) return bytes
  context.addIssue({ code: 'custom', message: 'Write an amount such as 16Gi.' })
  return z.NEVER
})

/** `gpu: 1`, or what kind it is too. */
const gpu = z.union([
  z
    .number()
    .int()
    .nonnegative()
    .transform((count) => ({ count, model: undefined })),
  z.object({
    count: z.number().int().positive().default(1),
    model: z.string().max(100).optional(),
    /** Of each, for whoever reads the file: no driver divides one. */
    memory: quantity.optional(),
  }),
])

/** One entry of `flavors:` in plaza.yaml. */
export const flavorSchema = z
  .looseObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Use small letters, digits and -.'),
    prettyName: z.string().optional(),
    cpu: z.number().positive(),
    memory: quantity,
    disk: quantity.optional(),
    gpu: gpu.nullish(),
    default: z.boolean().optional(),
  })
  .transform((entry): Flavor => ({
    name: entry.name,
    prettyName: entry.prettyName ?? entry.name,
    cpu: entry.cpu,
    memory: entry.memory,
    disk: entry.disk,
    gpus: entry.gpu?.count ?? 0,
    ...(entry.gpu?.model === undefined ? {} : { gpuModel: entry.gpu.model }),
    isDefault: entry.default ?? false,
  }))
