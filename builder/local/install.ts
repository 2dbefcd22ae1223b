/** Runs uv in the sandbox to put packages into an environment, and tells in words why it could not. */
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Confined, Sandbox } from '../../runtime/local/sandbox.ts'
import type { Limits } from '../../runtime/runtime.ts'
import { BuildError, type BuildPhase, type LogSink } from '../builder.ts'
import type { PythonPlan } from '../plan.ts'
import { open, readOnlyUnlessSystem, type BuildUser } from './folders.ts'
import type { PackageSources } from '../package-sources.ts'
import type { Python } from './pythons.ts'
import type { Uv } from './uv.ts'
import { explainFailure, isResolved, logLine, needsBuilding } from '../uv-output.ts'

export type InstallSettings = {
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
export type Mode = 'wheels' | 'sources'

export type Installation = {
  /** The build's id. */
  id: string
  plan: PythonPlan
  python: Python
  /** The commit's files. */
  source: string
  fresh: boolean
  mode: Mode
  /** The environment, empty yet. */
  environment: string
  /** uv's cache. */
  cache: string
  /** Shown to the build to write to: what holds the environment and the cache. */
  writable: readonly string[]
  /** Scratch, deleted afterwards. */
  job: string
  /** Packages may be hard links to the cache. */
  linked: boolean
}

/** Wheels alone did not do. */
export class NeedsBuilding extends Error {}

/** Returns what uv printed. @throws BuildError, NeedsBuilding; the signal's reason when aborted. */
export async function installPackages(
  settings: InstallSettings,
  installation: Installation,
  log: LogSink,
  signal: AbortSignal,
): Promise<string> {
  const { job, plan } = installation
  await mkdir(join(job, 'tmp'), { recursive: true })
  // A build writes into the folder that it builds, so it gets a copy; the commit's files stay as they are.
  const copied = plan.includes.some(({ kind }) => kind === 'folder')
  const source = copied ? join(job, 'source') : installation.source
  if (copied) await cp(installation.source, source, { recursive: true, verbatimSymlinks: true })
  await writeFile(join(job, sdkFile), plan.sdkRequirements.map((line) => `${line}\n`).join(''))
  const translated = plan.requirements.find((file) => file.translated)
  if (translated !== undefined) await writeFile(join(job, translatedFile), translated.text)
  await open(job, settings.user)
  let output = ''
  for (const [index, files] of installSteps(plan).entries()) {
    output += await runUv(settings, { ...installation, source }, files, index > 0, log, signal)
  }
  return output
}

/** These lie in the scratch folder; no requirement file of a plan has such a name. */
const sdkFile = '@sdk-requirements.txt'
const translatedFile = '@translated-requirements.txt'

/** `pre-requirements.txt` is installed by itself, everything else is resolved together, as Hugging Face does it. */
export function installSteps(plan: PythonPlan): readonly (readonly string[])[] {
  const paths = plan.requirements.map(({ path, translated }) => (translated ? translatedFile : path))
  const before = paths.filter((path) => path === 'pre-requirements.txt')
  const last = paths.filter((path) => path !== 'pre-requirements.txt')
  if (plan.sdkRequirements.length > 0) last.push(sdkFile)
  return [before, last].filter((files) => files.length > 0)
}

async function runUv(
  settings: InstallSettings,
  installation: Installation,
  files: readonly string[],
  isContinued: boolean,
  log: LogSink,
  signal: AbortSignal,
): Promise<string> {
  const { mode, python, plan } = installation
  const timer = new StepTimer(settings, signal)
  const output = new Output((line) => {
    if (isResolved(line) && timer.phase === 'resolving') {
      timer.enter('installing')
      if (!isContinued) log.phase('installing')
    }
    const shown = logLine(line, python.version)
    if (shown !== undefined) log.write(`${shown}\n`)
  }, mode === 'wheels')
  if (!isContinued) log.phase('resolving')
  timer.enter('resolving')
  try {
    timer.signal.throwIfAborted()
    const confined = uvCommand(settings, installation, files)
    const end = await settings.sandbox.run(confined, (text) => output.write(text), timer.signal)
    timer.throwIfOver()
    output.end()
    if (end.code === 0) return output.text
    if (mode === 'wheels' && needsBuilding(output.text)) throw new NeedsBuilding()
    output.release()
    throw failure(timer.phase, end, output.text, plan)
  } catch (error) {
    timer.throwIfOver()
    throw error
  } finally {
    timer.stop()
  }
}

function uvCommand(settings: InstallSettings, installation: Installation, files: readonly string[]): Confined {
  const { uv, packages, limits, user } = settings
  const { id, job, mode, source, fresh, python, environment, cache, writable, linked } = installation
  const shown = [...packages.files, ...[python.prefix, uv.path].flatMap(readOnlyUnlessSystem)]
  // A copy lies in the scratch folder.
  if (!source.startsWith(`${job}/`)) shown.push(source)
  return {
    name: `build-${id}`,
    command: [
      uv.path,
      'pip',
      'install',
      '--no-editable',
      `--python=${join(environment, 'bin', 'python')}`,
      ...(mode === 'wheels' ? ['--no-build'] : []),
      // What was looked up minutes ago may have a newer version by now.
      ...(fresh ? ['--refresh'] : []),
      ...files.flatMap((file) => ['-r', file === sdkFile || file === translatedFile ? join(job, file) : file]),
    ],
    env: {
      ...packages.env,
      ...uvEnvironment,
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: job,
      TMPDIR: join(job, 'tmp'),
      UV_CACHE_DIR: cache,
      UV_LINK_MODE: linked ? 'hardlink' : 'copy',
    },
    cwd: source,
    mounts: [
      ...shown.map((path) => ({ from: path, to: path, writable: false })),
      ...[job, ...writable].map((path) => ({ from: path, to: path, writable: true })),
    ],
    network: {},
    limits,
    user,
  }
}

/** Which Pythons there are is the operator's choice; configuration comes from the platform alone. */
export const uvEnvironment = {
  UV_PYTHON_DOWNLOADS: 'never',
  UV_NO_CONFIG: '1',
  UV_NO_PROGRESS: '1',
  NO_COLOR: '1',
  LC_ALL: 'C.UTF-8',
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

/** Each phase has its own time limit. */
class StepTimer {
  readonly #limits: { resolving: number; installing: number }
  readonly #over = new AbortController()
  readonly #outer: AbortSignal
  readonly signal: AbortSignal
  phase: 'resolving' | 'installing' = 'resolving'
  #timer: NodeJS.Timeout | undefined

  constructor({ resolvingTimeout, installingTimeout }: InstallSettings, outer: AbortSignal) {
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
