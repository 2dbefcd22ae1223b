/** A workload → the container that runs one replica of it. Pure. */
import type { ContainerCreateOptions, MountSettings } from 'dockerode'
import type { Image } from '../../builder/builder.ts'
import type { Workload } from '../runtime.ts'

export type OciImage = Extract<Image, { kind: 'oci' }>

/** What a container of ours says about itself, so that the next platform finds it again. */
export const labels = {
  install: 'plaza.install',
  space: 'plaza.space',
  workload: 'plaza.workload',
  /** From 1. */
  replica: 'plaza.replica',
  /** The workload as JSON, without its variables: everybody who may list containers reads labels. */
  definition: 'plaza.definition',
  /** The graphics processors that are its own, with commas. */
  gpus: 'plaza.gpus',
} as const

export type ContainerParts = {
  workload: Workload & { image: OciImage }
  replica: number
  install: string
  /** Its Space's own. */
  network: string
  /** Its Space's `/data`. */
  volume: string
  /** Cores of the machine; undefined where the engine cannot limit them. */
  cpus: number | undefined
  gpus: readonly string[]
  /** A bundle of certificates on the engine's machine that apps trust in place of their own. */
  extraCa?: string | undefined
  /** The machine's address that the app's port is published at, where containers are not reached themselves. */
  publishAt?: string | undefined
}

/** Where the images that Plaza builds run as; Hugging Face's number too. */
const user = '1000:1000'
/** Bytes of /dev/shm at most: data loaders pass batches through it. They count as memory. */
const sharedMemory = 256 * 1024 ** 2
/** A machine that runs out of memory ends a Space, not what other people's Spaces stand on (oom_score_adj(5)). */
const oomScore = 500
/** Bytes of the file in which the engine keeps what it prints, after which it begins another one. */
export const logFileSize = 10 * 1024 ** 2
/** Weight of the processor; the engine's default is 1024. */
const backgroundShares = 128
const certificates = '/etc/ssl/certs/plaza-ca.crt'
const certificateVariables = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS']

export const nameOf = (workloadId: string, replica: number): string => `plaza-${workloadId}-${replica}`

/** Ids become names and labels. @throws when one could mean something else. */
export function checkId(id: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new Error(`${JSON.stringify(id)} is not an id.`)
}

/** Its share of the processor as the engine counts it; undefined where the engine cannot limit it. @param cpus of the machine. */
export function nanoCpusOf(limits: Workload['limits'], cpus: number | undefined): number | undefined {
  return cpus === undefined ? undefined : Math.round(Math.min(limits.cpu, cpus) * 1e9)
}

export function containerOf(parts: ContainerParts): ContainerCreateOptions {
  const { workload, replica, gpus } = parts
  const { image, limits, port } = workload
  const memory = Math.floor(limits.memory)
  const nanoCpus = nanoCpusOf(limits, parts.cpus)
  return {
    name: nameOf(workload.id, replica),
    Image: image.reference,
    // An empty entrypoint, so that the command is all that runs.
    ...(workload.command.length === 0
      ? {}
      : { Entrypoint: [], Cmd: workload.command.map((text) => placed(text, port)) }),
    ...(image.writable === undefined ? {} : { User: user }),
    Env: Object.entries(variablesOf(parts)).map(([name, value]) => `${name}=${value}`),
    Labels: labelsOf(parts),
    Healthcheck: { Test: ['NONE'] },
    ...(parts.publishAt === undefined ? {} : { ExposedPorts: { [`${port}/tcp`]: {} } }),
    HostConfig: {
      Init: true,
      NetworkMode: parts.network,
      ...(parts.publishAt === undefined
        ? {}
        : { PortBindings: { [`${port}/tcp`]: [{ HostIp: parts.publishAt, HostPort: '' }] } }),
      CapDrop: ['ALL'],
      // The engine's own seccomp profile is on unless it is turned off.
      SecurityOpt: ['no-new-privileges'],
      IpcMode: 'private',
      Privileged: false,
      ReadonlyRootfs: image.writable !== undefined,
      Mounts: mountsOf(parts),
      ShmSize: Math.min(sharedMemory, Math.floor(memory / 2)),
      ...(nanoCpus === undefined ? {} : { NanoCpus: nanoCpus }),
      ...(limits.background === true ? { CpuShares: backgroundShares } : {}),
      Memory: memory,
      // With swap a limit would only make an app slow, and others with it.
      MemorySwap: memory,
      PidsLimit: limits.processes,
      OomScoreAdj: oomScore,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      LogConfig: { Type: 'json-file', Config: { 'max-size': String(logFileSize), 'max-file': '2' } },
      RestartPolicy: { Name: 'no' },
      ...(gpus.length === 0 ? {} : { DeviceRequests: [{ DeviceIDs: [...gpus], Capabilities: [['gpu']] }] }),
    },
  }
}

/** In a network of its own an app may listen everywhere. */
function placed(text: string, port: number): string {
  return text.replaceAll(/\{(port|host)\}/g, (_, place) => (place === 'port' ? String(port) : '0.0.0.0'))
}

function variablesOf({ workload, extraCa }: ContainerParts): Record<string, string> {
  const { image, port } = workload
  const own = Object.entries(workload.env).map(([name, value]) => [
    name,
    // A variable may hold JSON or a template of the app's own: only a value that is nothing else is meant.
    /^\{(port|host)\}$/.test(value) ? placed(value, port) : value,
  ])
  const trusted = extraCa === undefined ? [] : certificateVariables
  return {
    ...(image.writable === undefined ? {} : { PYTHONUNBUFFERED: '1', TMPDIR: '/tmp' }),
    ...Object.fromEntries(trusted.map((name) => [name, certificates])),
    ...Object.fromEntries(own),
  }
}

function labelsOf({ workload, replica, install, gpus }: ContainerParts): Record<string, string> {
  const { env: _, ...definition } = workload
  return {
    [labels.install]: install,
    [labels.space]: workload.spaceId,
    [labels.workload]: workload.id,
    [labels.replica]: String(replica),
    [labels.definition]: JSON.stringify(definition),
    [labels.gpus]: gpus.join(','),
  }
}

function mountsOf({ workload, volume, extraCa }: ContainerParts): MountSettings[] {
  const { writable } = workload.image
  // Volumes without a name begin with what the image has there, on disk: uploads lie in /tmp, and memory is limited.
  const folders = writable === undefined ? [] : outermost([...writable, '/tmp'])
  return [
    ...folders.map((folder) => ({ Type: 'volume', Target: folder }) as MountSettings),
    {
      Type: 'volume',
      Source: volume,
      Target: '/data',
      // Else a /data of the image would change whose the Space's is.
      VolumeOptions: { NoCopy: true } as NonNullable<MountSettings['VolumeOptions']>,
    },
    ...(extraCa === undefined
      ? []
      : [{ Type: 'bind', Source: extraCa, Target: certificates, ReadOnly: true } satisfies MountSettings]),
  ]
}

/** Without those that lie in another of them, `/data` and what is below it. */
function outermost(folders: readonly string[]): string[] {
  const all = [...new Set(folders.map((folder) => folder.replace(/\/+$/, '')))].toSorted()
  return all.filter((folder) => ![...all, '/data'].some((other) => isBelow(folder, other)) && folder !== '/data')
}

const isBelow = (folder: string, other: string): boolean => folder !== other && folder.startsWith(`${other}/`)

export type Labelled = { workload: Workload & { image: OciImage }; replica: number; gpus: readonly string[] }

/** Back from a container's labels and variables; undefined for what is none of ours. */
export function labelled(found: Record<string, string>, env: readonly string[]): Labelled | undefined {
  const replica = Number(found[labels.replica])
  try {
    // Written by `labelsOf` of this file.
    const definition = JSON.parse(found[labels.definition] ?? '') as Omit<Labelled['workload'], 'env'>
    if (definition.id !== found[labels.workload] || !Number.isInteger(replica) || replica < 1) return undefined
    const variables = env.map((line): [string, string] => {
      const at = line.indexOf('=')
      return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
    })
    const gpus = (found[labels.gpus] ?? '').split(',').filter((id) => id !== '')
    return { workload: { ...definition, env: Object.fromEntries(variables) }, replica, gpus }
  } catch {
    return undefined
  }
}
