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
  isDefault: boolean
  /** No driver of this version offers one: such a flavor is left out, with a warning. */
  needsGpu: boolean
}

const gibibyte = 1024 ** 3

export const defaultFlavors: readonly Flavor[] = [
  { name: 'cpu-basic', prettyName: 'CPU basic', cpu: 2, memory: 16 * gibibyte, isDefault: true, needsGpu: false },
]

/** The flavor of that name, else the default one: a Space whose hardware has been taken away still runs. */
export function flavorOf(flavors: readonly Flavor[], name: string): Flavor {
  const found =
    flavors.find((flavor) => flavor.name === name) ?? flavors.find((flavor) => flavor.isDefault) ?? flavors[0]
  if (!found) throw new Error('No flavor is configured.')
  return found
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

const quantity = z.union([z.string(), z.number().transform(String)]).transform((text, context) => {
  const bytes = parseQuantity(text)
  if (bytes !== undefined) return bytes
  context.addIssue({ code: 'custom', message: 'Write an amount such as 16Gi.' })
  return z.NEVER
})

/** One entry of `flavors:` in plaza.yaml. */
export const flavorSchema = z
  .looseObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Use small letters, digits and -.'),
    prettyName: z.string().optional(),
    cpu: z.number().positive(),
    memory: quantity,
    default: z.boolean().optional(),
    /** Hardware that no driver of this version has: parsed, so that whoever reads the file can say so. */
    gpu: z.unknown().optional(),
  })
  .transform((entry): Flavor => ({
    name: entry.name,
    prettyName: entry.prettyName ?? entry.name,
    cpu: entry.cpu,
    memory: entry.memory,
    isDefault: entry.default ?? false,
    needsGpu: entry.gpu !== undefined && entry.gpu !== null,
  }))
