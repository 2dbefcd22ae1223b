/**
 * Python environments: named by what determines them, made once, shared, read-only afterwards.
 *
 * An environment is shared between owners only when no code of a stranger ran while it was made: everything came
 * from the operator's index as wheels, through a cache that only such installations write. Whatever has to be
 * built from source or comes from elsewhere gets an environment and a cache of its owner's own.
 */
import { createHash, randomBytes } from 'node:crypto'
import { access, chown, cp, mkdir, readlink, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Sandbox } from '../../runtime/local/sandbox.ts'
import type { Limits } from '../../runtime/runtime.ts'
import { BuildError, type BuildPhase, type LogSink, type Sha256 } from '../builder.ts'
import type { BuildPlan } from '../plan.ts'
import { runCommandWell } from './command.ts'
import { open, pathName, seal, type BuildUser, type Folders } from './folders.ts'
import type { Holds } from './holds.ts'
import type { PackageSources } from './package-sources.ts'
import type { Python } from './pythons.ts'
import type { Uv } from './uv.ts'
import { changedPackages, explainFailure, isResolved, logLine, needsBuilding } from './uv-output.ts'

export type PythonPlan = Extract<BuildPlan, { kind: 'python' }>

export type EnvironmentRequest = {
  /** The build's id. */
  id: string
  plan: PythonPlan
  python: Python
  /** The commit's files. */
  source: string
  cacheScope: string
  fresh: boolean
}

export type Environment = { key: Sha256; path: string }

export type EnvironmentSettings = {
  folders: Folders
  holds: Holds
  uv: Uv
  sandbox: Sandbox
  user: BuildUser
  packages: PackageSources
  /** Of one build. */
  limits: Limits
  /** Seconds. */
  resolvingTimeout: number
  /** Seconds. */
  installingTimeout: number
}

/** `wheels`: nothing is built, so no stranger's code runs. */
type Mode = 'wheels' | 'sources'

/** What determines an environment. `scope` where it is its owner's own. */
export function environmentKey(
  plan: Pick<PythonPlan, 'requirements' | 'sdkRequirements' | 'includes'>,
  made: {
    python: Pick<Python, 'version' | 'path'>
    uv: string
    index: Readonly<Record<string, string>>
    scope: string | undefined
  },
): Sha256 {
  const determines = {
    format: 1,
    platform: [process.platform, process.arch],
    python: [made.python.version, made.python.path],
    uv: made.uv,
    index: Object.entries(made.index).sort(([a], [b]) => (a < b ? -1 : 1)),
    scope: made.scope ?? null,
    requirements: plan.requirements.map(({ path, text }) => [path, text]),
    sdk: plan.sdkRequirements,
    includes: plan.includes.map(({ path, object }) => [path, object]),
  }
  return createHash('sha256').update(JSON.stringify(determines)).digest('hex') as Sha256
}

/** Wheels alone did not do. */
class NeedsBuilding extends Error {}

export class Environments {
  readonly #settings: EnvironmentSettings
  readonly #making = new Map<Sha256, Promise<Environment>>()

  constructor(settings: EnvironmentSettings) {
    this.#settings = settings
  }

  /** In the order in which they are tried. */
  keys({ plan, python, cacheScope }: EnvironmentRequest): readonly { key: Sha256; mode: Mode }[] {
    const { uv, packages } = this.#settings
    const made = { python, uv: uv.version, index: packages.index }
    const own = { key: environmentKey(plan, { ...made, scope: cacheScope }), mode: 'sources' as const }
    if (!plan.indexOnly) return [own]
    return [{ key: environmentKey(plan, { ...made, scope: undefined }), mode: 'wheels' }, own]
  }

  /** @throws BuildError; the signal's reason when aborted. */
  async make(request: EnvironmentRequest, log: LogSink, signal: AbortSignal): Promise<Environment> {
    const candidates = this.keys(request)
    if (!request.fresh) {
      for (const { key } of candidates) {
        const found = await this.#current(key)
        if (found === undefined) continue
        log.write('Same requirements as before: nothing to install.\n')
        return found
      }
    }
    for (const { key, mode } of candidates) {
      try {
        return await this.#once(key, mode, request, log, signal)
      } catch (error) {
        if (!(error instanceof NeedsBuilding)) throw error
        log.write('Not everything comes as a wheel: building the rest from source.\n')
      }
    }
    throw new Error('The last way to make an environment never asks for another.')
  }

  async #current(key: Sha256): Promise<Environment | undefined> {
    const target = await readlink(join(this.#settings.folders.environments, key)).catch(() => undefined)
    if (target === undefined) return undefined
    const path = join(this.#settings.folders.environments, basename(target))
    return (await exists(`${path}.json`)) && (await exists(path)) ? { key, path } : undefined
  }

  /** However many builds ask at once, one makes it; the others wait, and one of them takes over if that one is cancelled. */
  async #once(
    key: Sha256,
    mode: Mode,
    request: EnvironmentRequest,
    log: LogSink,
    signal: AbortSignal,
  ): Promise<Environment> {
    for (let other = this.#making.get(key); other !== undefined; other = this.#making.get(key)) {
      log.write('Another build installs the same requirements: waiting for it.\n')
      try {
        return await unlessAborted(other, signal)
      } catch (error) {
        if (error instanceof BuildError || error instanceof NeedsBuilding) throw error
        signal.throwIfAborted()
      }
    }
    const making = this.#makeUnlessThere(key, mode, request, log, signal).finally(() => this.#making.delete(key))
    this.#making.set(key, making)
    return making
  }

  async #makeUnlessThere(key: Sha256, mode: Mode, request: EnvironmentRequest, log: LogSink, signal: AbortSignal) {
    const found = request.fresh ? undefined : await this.#current(key)
    return found ?? this.#install(key, mode, request, log, signal)
  }

  async #install(key: Sha256, mode: Mode, request: EnvironmentRequest, log: LogSink, signal: AbortSignal) {
    const { folders, holds, uv, user } = this.#settings
    const path = join(folders.environments, `${key}-${randomBytes(6).toString('hex')}`)
    const job = join(folders.builds, `${pathName(request.id)}-${randomBytes(6).toString('hex')}`)
    using held = new DisposableStack()
    held.use(holds.hold(job))
    try {
      await this.#createEmpty(path, request.python)
      const steps = installSteps(request.plan)
      const output = steps.length === 0 ? '' : await this.#runSteps({ path, job, mode, steps, request, log, signal })
      await seal(path, user)
      const made = { key, python: request.python, uv: uv.version, mode, madeAt: new Date(), ...changedPackages(output) }
      await writeFile(`${path}.json`, JSON.stringify(made, null, 2))
      await this.#switchTo(key, path)
      return { key, path }
    } catch (error) {
      await remove(path)
      throw isDiskFull(error) ? new BuildError('installing', ...diskFull) : error
    } finally {
      await remove(job)
    }
  }

  /**
   * Runs as the platform: nothing but uv and the machine's interpreter take part. Relocatable, since the path is
   * longer than the kernel allows an interpreter in a script's first line to be (127 bytes).
   */
  async #createEmpty(path: string, python: Python): Promise<void> {
    const { folders, uv } = this.#settings
    await runCommandWell([uv.path, 'venv', '--quiet', '--no-project', '--relocatable', '--python', python.path, path], {
      env: { ...uvEnvironment, PATH: '/usr/bin:/bin', HOME: folders.tools, UV_CACHE_DIR: join(folders.tools, 'cache') },
      timeout: 60_000,
    })
  }

  async #runSteps(work: InstallWork): Promise<string> {
    const { folders, user } = this.#settings
    const { job, path, request, mode } = work
    const cache = join(folders.caches, pathName(request.cacheScope), mode)
    await mkdir(cache, { recursive: true })
    // Cleaning up looks at when a scope was last used.
    await utimes(join(folders.caches, pathName(request.cacheScope)), new Date(), new Date())
    await mkdir(join(job, 'tmp'), { recursive: true })
    // A build writes into the folder that it builds, so it gets a copy; the commit's files stay as they are.
    const copied = request.plan.includes.some(({ kind }) => kind === 'folder')
    const source = copied ? join(job, 'source') : request.source
    if (copied) await cp(request.source, source, { recursive: true, verbatimSymlinks: true })
    await writeFile(join(job, sdkFile), request.plan.sdkRequirements.map((line) => `${line}\n`).join(''))
    await open(job, user)
    await open(path, user)
    if (user !== undefined) await chown(cache, user.uid, user.gid)
    let output = ''
    for (const [index, step] of work.steps.entries()) {
      output += await this.#runUv(work, step, { cache, source, continued: index > 0 })
    }
    return output
  }

  async #runUv(
    work: InstallWork,
    files: readonly string[],
    place: { cache: string; source: string; continued: boolean },
  ) {
    const { uv, sandbox, user, packages, limits } = this.#settings
    const { path, job, mode, request, log, signal } = work
    const timer = new StepTimer(this.#settings, signal)
    const kept = new Output((line) => {
      if (isResolved(line) && timer.phase === 'resolving') {
        timer.enter('installing')
        if (!place.continued) log.phase('installing')
      }
      const shown = logLine(line, request.python.version)
      if (shown !== undefined) log.write(`${shown}\n`)
    }, mode === 'wheels')
    if (!place.continued) log.phase('resolving')
    timer.enter('resolving')
    try {
      timer.signal.throwIfAborted()
      const end = await sandbox.run(
        {
          name: `build-${request.id}`,
          command: [
            uv.path,
            'pip',
            'install',
            '--no-editable',
            `--python=${join(path, 'bin', 'python')}`,
            ...(mode === 'wheels' ? ['--no-build'] : []),
            // What was looked up minutes ago may have a newer version by now.
            ...(request.fresh ? ['--refresh'] : []),
            ...files.flatMap((file) => ['-r', file === sdkFile ? join(job, sdkFile) : file]),
          ],
          env: {
            ...packages.env,
            ...uvEnvironment,
            PATH: '/usr/local/bin:/usr/bin:/bin',
            HOME: job,
            TMPDIR: join(job, 'tmp'),
            UV_CACHE_DIR: place.cache,
          },
          cwd: place.source,
          mounts: [
            ...packages.files.map((file) => ({ from: file, to: file, writable: false })),
            ...readOnlyUnlessSystem(request.python.prefix),
            ...readOnlyUnlessSystem(uv.path),
            { from: request.source, to: request.source, writable: false },
            { from: job, to: job, writable: true },
            { from: place.cache, to: place.cache, writable: true },
            { from: path, to: path, writable: true },
          ],
          network: {},
          limits,
          user,
        },
        (text) => kept.write(text),
        timer.signal,
      )
      timer.throwIfOver()
      kept.end()
      if (end.code === 0) return kept.text
      if (mode === 'wheels' && needsBuilding(kept.text)) throw new NeedsBuilding()
      kept.release()
      throw failure(timer.phase, end, kept.text, request.plan)
    } catch (error) {
      timer.throwIfOver()
      throw error
    } finally {
      timer.stop()
    }
  }

  /** The old one stays for those who run in it. */
  async #switchTo(key: Sha256, path: string): Promise<void> {
    const link = join(this.#settings.folders.environments, key)
    await symlink(basename(path), `${path}.link`)
    await rename(`${path}.link`, link)
  }
}

type InstallWork = {
  path: string
  job: string
  mode: Mode
  steps: readonly (readonly string[])[]
  request: EnvironmentRequest
  log: LogSink
  signal: AbortSignal
}

const sdkFile = 'sdk-requirements.txt'

/** `pre-requirements.txt` is installed by itself, everything else is resolved together, as Hugging Face does it. */
function installSteps(plan: PythonPlan): readonly (readonly string[])[] {
  const paths = plan.requirements.map(({ path }) => path)
  const before = paths.filter((path) => path === 'pre-requirements.txt')
  const last = paths.filter((path) => path !== 'pre-requirements.txt')
  if (plan.sdkRequirements.length > 0) last.push(sdkFile)
  return [before, last].filter((files) => files.length > 0)
}

/** Hard links to the cache would let whoever writes the cache change an environment. Pythons are the operator's choice. */
const uvEnvironment = {
  UV_LINK_MODE: 'copy',
  UV_PYTHON_DOWNLOADS: 'never',
  UV_NO_CONFIG: '1',
  UV_NO_PROGRESS: '1',
  NO_COLOR: '1',
  LC_ALL: 'C.UTF-8',
}

/** What lies below `/usr` is in every sandbox. */
export function readOnlyUnlessSystem(path: string) {
  return path === '/usr' || path.startsWith('/usr/') ? [] : [{ from: path, to: path, writable: false }]
}

function failure(
  phase: BuildPhase,
  end: { code: number | null; signal: string | null; oom: boolean },
  output: string,
  plan: PythonPlan,
) {
  if (end.oom || /Cannot allocate memory|MemoryError/.test(output)) {
    return new BuildError(
      phase,
      'The build used more memory than it may have.',
      'Choose packages that come as wheels, or ask the operator for more.',
    )
  }
  if (end.code === null || end.signal !== null) {
    return new BuildError(
      phase,
      `The build was ended by ${end.signal ?? 'a signal'}.`,
      'Restart the Space to try again.',
    )
  }
  const files = [...plan.requirements, { path: "the card's sdk_version", text: plan.sdkRequirements.join('\n') }]
  const { message, remedy } = explainFailure(output, files)
  return new BuildError(phase, message, remedy)
}

const diskFull = [
  'The disk of this machine is full.',
  'Ask the operator to free space, then restart the Space.',
] as const

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

/** Each phase has its own time limit. */
class StepTimer {
  readonly #limits: { resolving: number; installing: number }
  readonly #over = new AbortController()
  readonly #outer: AbortSignal
  readonly signal: AbortSignal
  phase: 'resolving' | 'installing' = 'resolving'
  #timer: NodeJS.Timeout | undefined

  constructor({ resolvingTimeout, installingTimeout }: EnvironmentSettings, outer: AbortSignal) {
    this.#limits = { resolving: resolvingTimeout, installing: installingTimeout }
    this.#outer = outer
    this.signal = AbortSignal.any([outer, this.#over.signal])
  }

  enter(phase: 'resolving' | 'installing') {
    this.stop()
    this.phase = phase
    const seconds = this.#limits[phase]
    const words = phase === 'resolving' ? 'Choosing the packages' : 'Installing the packages'
    this.#timer = setTimeout(() => {
      const remedy =
        phase === 'resolving' ? 'Pin the versions in requirements.txt.' : 'Ask for fewer or smaller packages.'
      this.#over.abort(new BuildError(phase, `${words} took longer than ${seconds} s.`, remedy))
    }, seconds * 1000)
  }

  throwIfOver() {
    this.#outer.throwIfAborted()
    this.#over.signal.throwIfAborted()
  }

  stop() {
    clearTimeout(this.#timer)
  }
}

const keptOutput = 200_000

/** Cuts output into lines. With `holdErrors` an error is shown only when it is final. */
class Output {
  text = ''
  #rest = ''
  #held: string[] | undefined
  readonly #show: (line: string) => void
  readonly #holdErrors: boolean

  constructor(show: (line: string) => void, holdErrors: boolean) {
    this.#show = show
    this.#holdErrors = holdErrors
  }

  write(chunk: string) {
    this.text = (this.text + chunk).slice(-keptOutput)
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = (lines.pop() ?? '').slice(-keptOutput)
    for (const line of lines) this.#line(line)
  }

  end() {
    if (this.#rest !== '') this.#line(this.#rest)
    this.#rest = ''
  }

  release() {
    for (const line of this.#held ?? []) this.#show(line)
    this.#held = undefined
  }

  #line(line: string) {
    if (this.#holdErrors && this.#held === undefined && line.startsWith('error:')) this.#held = []
    if (this.#held === undefined) this.#show(line)
    else this.#held.push(line)
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** `rm` goes down by file descriptors, so paths longer than the system's limit do not stop it. Links are not followed. */
export async function remove(path: string): Promise<void> {
  if (!(await exists(path))) return
  // Folders that are closed against writing must be opened before their owner can empty them.
  if (process.getuid?.() !== 0) await open(path, undefined)
  await runCommandWell(['rm', '-rf', '--', path], { env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, timeout: 300_000 })
}
