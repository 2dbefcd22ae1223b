/**
 * What keeps workloads running. Level-triggered: `apply` and `remove` say what should be, `instances` tells what is.
 * Everything a runtime must know after a restart of the platform, it finds on the machine itself.
 */
import type { Image } from '../builder/builder.ts'

export type Limits = {
  /** CPU cores, e.g. 0.5 or 2. */
  cpu: number
  /** Bytes. */
  memory: number
  /** Processes and threads. */
  processes: number
  /** Bytes that it may write outside `/data`; undefined: as much as the machine has. */
  disk?: number
  /** Graphics processors that are its own; none where left out. */
  gpus?: number
  /** Others come first where the processor is wanted by several. */
  background?: boolean
}

/** Where the platform reaches an app. */
export type Address = { host: string; port: number }

/** One version of a Space that should run: an image, its settings, its limits. Two versions of a Space are two workloads. */
export type Workload = {
  /** Unique over all Spaces and versions; letters, digits, `-`, `_`; at most 64 characters. */
  id: string
  spaceId: string
  image: Image
  /**
   * Argument array without the interpreter's path, as the plan gave it. `{host}` and `{port}` in an argument stand for
   * where the app must listen: loopback, and not at `port`, where a workload has no network of its own. Empty: what the
   * image starts by itself.
   */
  command: readonly string[]
  /**
   * Every variable that the app sees, secrets included; a value that is `{host}` or `{port}` and nothing else is replaced. PATH,
   * HOME, TMPDIR and the like are added by the runtime, nothing of the platform's environment is.
   */
  env: Readonly<Record<string, string>>
  /** The port that the app should listen on. */
  port: number
  limits: Limits
  /** How many of it run side by side, from 1 to `Runtime.mostReplicas`; requests are spread over those that are ready. */
  replicas: number
  /** Seconds from the start of the process to the first good answer; after that the instance is ended as `exited`, reason `timeout`. */
  startupTimeout: number
}

export type Exit = {
  code: number | null
  signal: string | null
  reason: 'error' | 'oom' | 'completed' | 'evicted' | 'timeout' | 'lost'
  /** One sentence for the author: exit code, port, last error line. */
  message: string
  /** Bytes that it used at most, where the machine counts them. */
  peakMemory?: number
}

export type InstanceState =
  | { kind: 'pending'; reason: string }
  /** `probe` says what the last probe saw, in words: "Nothing listens on port 7860 yet." */
  | { kind: 'starting'; since: Date; probe: string }
  /** One address a replica that answers, at least one; a replica keeps its place while it is ready. */
  | { kind: 'ready'; addresses: readonly Address[]; since: Date }
  /** `memory`: bytes that it holds meanwhile. */
  | { kind: 'frozen'; since: Date; memory: number }
  | { kind: 'exited'; at: Date; exit: Exit }
  /** Applied once and not there any more: nothing of it is on the machine. */
  | { kind: 'gone' }

export type Instance = { workloadId: string; spaceId: string; state: InstanceState }

/** `offset` is opaque and ordered: give it back as `from` to go on after this line. */
export type LogLine = { offset: string; timestamp: Date; text: string }

/** What a workload uses now. */
export type Usage = {
  /** Since its start, over all cores. */
  cpuSeconds: number
  /** Bytes; files that the kernel merely keeps in memory are left out. */
  memory: number
  /** Bytes that came and went over its network since its start, where it has one of its own. */
  network?: { received: number; sent: number }
  /** The process on the machine that is the app, or what started it; where it is one. */
  pid?: number
  processes?: number
}

/** The capacity of one kind of hardware. */
export type Pool = { name: string; cpu: number; memory: number; gpus: number; usedMemory: number }

/** What a person who runs Plaza should know of a driver: `plaza doctor` and the admin page show it. */
export type Finding = {
  /** Short name: `network namespace`, `memory limit`. */
  what: string
  ok: boolean
  /** What was tried and what it gave. */
  detail: string
  /** What to do when it is not ok. */
  remedy?: string
}

export type Runtime = AsyncDisposable & {
  readonly kind: 'local' | 'docker' | 'kubernetes'
  /** Whether demo code is kept away from the machine and from other Spaces. */
  readonly isolated: boolean
  readonly mostReplicas: number
  /** Which limits of a workload hold on this machine. */
  readonly holds: readonly ('cpu' | 'memory' | 'processes' | 'disk')[]
  /**
   * Starts the workload unless it is there already, be it `exited`: to start that anew, remove it first. Returns when the
   * start is under way, not when it is ready; a start that fails is an instance that has exited, not an exception.
   */
  apply(workload: Workload): Promise<void>
  /** Ends every process of the workload (SIGTERM, 5 s, SIGKILL) and forgets it. Unknown ids are fine. `/data` stays. */
  remove(workloadId: string): Promise<void>
  /** Stops and continues every process of a workload in place; memory stays. */
  freeze(workloadId: string): Promise<void>
  thaw(workloadId: string): Promise<void>
  /** Everything there is now, then each change; ends only by the signal. Several may follow at once. */
  instances(signal: AbortSignal): AsyncIterable<Instance>
  /** Lines that the workload printed, from the first kept one or after `from`, then new ones until it has ended or the signal. */
  logs(workloadId: string, from: string | undefined, signal: AbortSignal): AsyncIterable<LogLine>
  /** Undefined where nothing of it runs. Cheap enough for once a second. */
  usage(workloadId: string): Promise<Usage | undefined>
  /** Bytes in what a Space keeps beyond its workloads: its `/data`. */
  stored(spaceId: string): Promise<number>
  /** Deletes what a Space keeps beyond its workloads: its `/data`. */
  forget(spaceId: string): Promise<void>
  pools(): Promise<readonly Pool[]>
}
