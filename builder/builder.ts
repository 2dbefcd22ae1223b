/**
 * What turns one commit of a Space into something that can run.
 *
 * A builder is told everything it needs in the request and keeps nothing about Spaces: the same request
 * gives the same image, twice, late or after a crash. Drivers are siblings: `local/`, later `docker/` and `kubernetes/`.
 */
import type { BuildPlan } from './plan.ts'

/** A sha256 in lower-case hex, 64 characters. */
export type Sha256 = string & { readonly __brand: 'Sha256' }

/** What a build makes and a runtime runs. */
export type Image =
  /**
   * A container image: `reference` is what an engine starts, `digest` its id (`sha256:…`). `writable`: folders (absolute, inside)
   * that the app may write while the rest is read-only; undefined: its own Dockerfile may expect to write anywhere.
   */
  | { kind: 'oci'; reference: string; digest: string; writable?: readonly string[] }
  /**
   * A Python environment (`path` absolute, read-only, shared between Spaces; it works at this path alone), the
   * interpreter in it (`python`, below `path`, a link to the machine's), and the commit's files (`source`, absolute, read-only).
   */
  | { kind: 'environment'; key: Sha256; path: string; python: string; source: string }
  /** Files served as they are: `root` is an absolute folder. */
  | { kind: 'static'; root: string }

export type BuildPhase = 'cloning' | 'resolving' | 'installing'

export type BuildRequest = {
  /** Names the folders of this build; safe in a path. */
  id: string
  /** The Space's stable id: what keeps one owner's caches apart is `cacheScope`, not this. */
  spaceId: string
  /** Packages that were downloaded for one scope are never offered to another (an owner's id). */
  cacheScope: string
  /** Absolute path of the bare git repository. */
  repository: string
  /** Full 40-digit hash. */
  commit: string
  plan: BuildPlan
  /** The Space's variables, for a Dockerfile's `ARG`. */
  variables: Readonly<Record<string, string>>
  /** The Space's secrets, for a Dockerfile's `RUN --mount=type=secret,id=NAME`; no layer, log or key may hold one. */
  secrets: Readonly<Record<string, string>>
  /** Build again although an equal image exists. */
  fresh: boolean
}

/** One step of an image's build, as the page lists them. */
export type BuildStep = {
  /** As BuildKit names it, without its number: `RUN uv pip install …`, `COPY . /home/user/app`. */
  name: string
  /** `n` of `of`, where the step is one of a Dockerfile's. */
  n?: number
  of?: number
  state: 'waiting' | 'running' | 'done' | 'cached' | 'failed'
  /** Seconds that it took; while it runs undefined, and `startedAt` (ISO) says since when. */
  seconds?: number
  startedAt?: string
}

/** Where a build says what it does. Calls never throw and never wait. */
export type LogSink = {
  /** Text as the tool printed it, with its newline and ANSI codes; may hold several lines or a part of one. */
  write(text: string): void
  /** A phase begins now; the one before has ended. */
  phase(phase: BuildPhase): void
  /** The image's steps as they stand now, all of them. */
  steps(steps: readonly BuildStep[]): void
}

/** Why a build failed, in words for the person who pushed. */
export class BuildError extends Error {
  readonly phase: BuildPhase
  /** What to do about it, one sentence. */
  readonly remedy: string
  constructor(phase: BuildPhase, message: string, remedy: string) {
    super(message)
    this.name = 'BuildError'
    this.phase = phase
    this.remedy = remedy
  }
}

export type Builder = {
  readonly kind: 'local' | 'docker' | 'kubernetes'
  /** Whether it builds container images: Dockerfiles, Debian packages, sites with a build command. */
  readonly containers: boolean
  /** Gets the tools that builds need, so that the first build need not wait for them. @throws BuildError with the remedy. */
  prepare(): Promise<void>
  /** Pythons that Spaces can ask for, newest first, e.g. `['3.12.4', '3.11.2']`, or `['3.13', '3.12']` where any patch version will do. */
  pythons(): Promise<readonly string[]>
  /** @throws BuildError with words for the author; the signal's reason when aborted. */
  build(request: BuildRequest, log: LogSink, signal: AbortSignal): Promise<Image>
  /** Tells that an image's first start is over: slow improvements (bytecode) may run now, in the background, at low priority. */
  settled(image: Image): void
  /** Removes whatever is not made of `keep` (images in use or still wanted) and not in use by a build now. Returns bytes freed. */
  collect(keep: readonly Image[]): Promise<number>
  /** Removes what was made for a deleted Space alone. */
  forget(spaceId: string): Promise<void>
}
