/** The local driver: a commit's files on disk, and a Python environment made by uv inside the sandbox. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sandbox } from '../../runtime/local/sandbox.ts'
import type { Limits } from '../../runtime/runtime.ts'
import { BuildError, type Builder, type BuildRequest, type Image, type LogSink } from '../builder.ts'
import type { PythonPlan } from '../plan.ts'
import { pythonFor } from '../python-version.ts'
import { compileBytecode } from './bytecode.ts'
import { checkOut } from '../checkout.ts'
import { collect } from './collect.ts'
import { Environments, type EnvironmentRequest } from './environment.ts'
import { makeFolders, pathName, remove } from '../folders.ts'
import { foldersOf, readOnlyUnlessSystem, type BuildUser } from './folders.ts'
import { Holds } from '../holds.ts'
import { packageSources } from '../package-sources.ts'
import { findPythons, type Python } from './pythons.ts'
import { findUv } from './uv.ts'

export type BuildLimits = {
  /** Seconds. */
  cloning: number
  /** Seconds. */
  resolving: number
  /** Seconds. */
  installing: number
  /** Of one build's processes. */
  resources: Limits
  /** Days after which the package cache of an owner who built nothing is removed. */
  cacheDays: number
}

export const defaultBuildLimits: BuildLimits = {
  cloning: 120,
  resolving: 300,
  installing: 1800,
  resources: { cpu: 2, memory: 4 * 1024 ** 3, processes: 512 },
  cacheDays: 30,
}

export type LocalBuilderOptions = {
  /** `PLAZA_DATA`: absolute, and the build's user can pass through it. */
  folder: string
  sandbox: Sandbox
  /** As whom builds run: an unprivileged user that runs nothing else; undefined where the platform is not root. */
  user: BuildUser
  /** Where package tools may read from: index, proxy and certificate variables. Others in it are not passed on. */
  env: Readonly<Record<string, string | undefined>>
  /** The platform's PATH: git, python3 and uv are looked for there. */
  path: string
  /** The platform's home folder, for interpreters of pyenv. */
  home: string | undefined
  limits?: BuildLimits
  /** Milliseconds, as `Date.now`. */
  now?: () => number
  log: { info(message: string): void; warn(message: string): void }
}

export type LocalBuilder = Builder & AsyncDisposable

export function openLocalBuilder(options: LocalBuilderOptions): LocalBuilder {
  return new Driver(options)
}

class Driver implements LocalBuilder {
  readonly kind = 'local'
  readonly containers = false
  readonly #options: LocalBuilderOptions
  readonly #limits: BuildLimits
  readonly #folders
  readonly #packages
  readonly #holds
  readonly #closing = new AbortController()
  readonly #compiling = new Map<string, Promise<void>>()
  #environments: Promise<Environments> | undefined
  #pythons: Promise<readonly Python[]> | undefined

  constructor(options: LocalBuilderOptions) {
    this.#options = options
    this.#limits = options.limits ?? defaultBuildLimits
    this.#holds = new Holds(options.now)
    this.#folders = foldersOf(options.folder)
    this.#packages = packageSources(options.env)
  }

  async prepare(): Promise<void> {
    await makeFolders(this.#folders)
    await Promise.all([this.#open(), this.#findPythons()])
  }

  async pythons(): Promise<readonly string[]> {
    return (await this.#findPythons()).map(({ version }) => version)
  }

  async build(request: BuildRequest, log: LogSink, signal: AbortSignal): Promise<Image> {
    signal.throwIfAborted()
    await makeFolders(this.#folders)
    const source = join(this.#folders.checkouts, pathName(request.spaceId), pathName(request.commit))
    using held = new DisposableStack()
    held.use(this.#holds.hold(join(source, '..')))
    held.use(this.#holds.hold(source))
    const { plan } = request
    if (plan.kind === 'dockerfile' || (plan.kind === 'static' && plan.build !== undefined)) {
      throw new BuildError(
        'cloning',
        'This version needs a container engine, and this Plaza has none.',
        'Ask the operator for one.',
      )
    }
    for (const warning of plan.warnings) log.write(`${warning}\n`)
    await this.#clone(request, source, log, signal)
    if (plan.kind === 'static') return { kind: 'static', root: source }
    return this.#buildPython(request, plan, source, log, signal)
  }

  settled(image: Image): void {
    if (image.kind !== 'environment' || this.#compiling.has(image.path)) return
    const { sandbox, user, log } = this.#options
    const hold = this.#holds.hold(image.key)
    const work = (async () => {
      // A build may have changed the link: only an interpreter that was found on this machine is started.
      const target = await realpath(image.python)
      const python = (await this.#findPythons()).find(({ path }) => path === target)
      if (python === undefined) throw new Error(`${target} is no interpreter of this machine.`)
      const limits = this.#limits.resources
      await compileBytecode({ environment: image.path, python, sandbox, user, limits }, this.#closing.signal)
    })()
    this.#compiling.set(
      image.path,
      work
        .catch((error: unknown) => log.warn(`Bytecode of ${image.path} was not compiled: ${String(error)}`))
        .finally(() => {
          hold[Symbol.dispose]()
          this.#compiling.delete(image.path)
        }),
    )
  }

  async forget(spaceId: string): Promise<void> {
    await remove(join(this.#folders.checkouts, pathName(spaceId)))
  }

  async collect(keep: readonly Image[]): Promise<number> {
    const cachesUnusedSince = new Date(Date.now() - this.#limits.cacheDays * 86_400_000)
    return collect({ folders: this.#folders, keep, holds: this.#holds, cachesUnusedSince })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('The platform stops.'))
    await Promise.all(this.#compiling.values())
  }

  async #clone(request: BuildRequest, source: string, log: LogSink, signal: AbortSignal): Promise<void> {
    log.phase('cloning')
    try {
      await mkdir(join(source, '..'), { recursive: true })
      await chmod(join(source, '..'), 0o711)
      const timeout = this.#limits.cloning * 1000
      const { submodules } = await checkOut(request.repository, request.commit, source, {
        path: this.#options.path,
        timeout,
        signal,
      })
      log.write(`Commit ${request.commit.slice(0, 7)} is here.\n`)
      for (const path of submodules) {
        log.write(`${JSON.stringify(path)} is a git submodule: it is left out. Push its files instead.\n`)
      }
    } catch (error) {
      signal.throwIfAborted()
      const words = error instanceof Error ? error.message : String(error)
      throw new BuildError(
        'cloning',
        `The commit's files could not be written out: ${words}`,
        'Push again, or restart the Space to try again.',
      )
    }
  }

  async #buildPython(
    request: BuildRequest,
    plan: PythonPlan,
    source: string,
    log: LogSink,
    signal: AbortSignal,
  ): Promise<Image> {
    const { cacheScope, fresh, id } = request
    const python = await this.#pythonOf(plan)
    const environments = await this.#open()
    const wanted: EnvironmentRequest = { id, plan, python, source, cacheScope, fresh }
    using held = new DisposableStack()
    for (const { key } of environments.keys(wanted)) held.use(this.#holds.hold(key))
    held.use(this.#holds.hold(join(this.#folders.caches, pathName(cacheScope))))
    const { key, path } = await environments.make(wanted, log, signal)
    return { kind: 'environment', key, path, python: join(path, 'bin', 'python'), source }
  }

  async #pythonOf(plan: PythonPlan): Promise<Python> {
    const pythons = await this.#findPythons()
    const version = pythonFor(
      plan.python,
      pythons.map(({ version }) => version),
    )
    const found = pythons.find((python) => python.version === version)
    if (found !== undefined) return found
    const available = pythons.map(({ version }) => version).join(', ')
    throw new BuildError(
      'resolving',
      plan.python === undefined
        ? 'There is no Python on this machine.'
        : `Python ${plan.python} is not on this machine.`,
      available === ''
        ? 'Ask the operator to install Python 3.'
        : `Choose one that is there as python_version: ${available}.`,
    )
  }

  async #findPythons(): Promise<readonly Python[]> {
    const { path, home } = this.#options
    this.#pythons ??= findPythons({ path, home, probe: (command, prefix) => this.#probe(command, prefix) })
    const found = await this.#pythons
    // Someone may install one while the platform runs.
    if (found.length === 0) this.#pythons = undefined
    return found
  }

  async #open(): Promise<Environments> {
    this.#environments ??= this.#prepare()
    try {
      return await this.#environments
    } catch (error) {
      this.#environments = undefined
      const words = error instanceof Error ? error.message : String(error)
      throw new BuildError('resolving', words, 'Ask the operator to look at it, then restart the Space.')
    }
  }

  async #prepare(): Promise<Environments> {
    const { path, sandbox, user } = this.#options
    const uv = await findUv({
      folder: this.#folders.tools,
      path,
      env: this.#packages.env,
      probe: (command, folder) => this.#probe(command, folder),
    })
    return new Environments({
      folders: this.#folders,
      holds: this.#holds,
      uv,
      sandbox,
      user,
      packages: this.#packages,
      limits: this.#limits.resources,
      resolvingTimeout: this.#limits.resolving,
      installingTimeout: this.#limits.installing,
    })
  }

  /** What a program prints when it is started where builds run; undefined when it cannot be. */
  async #probe(command: readonly string[], folder: string): Promise<string | undefined> {
    let printed = ''
    const { sandbox, user } = this.#options
    const end = await sandbox
      .run(
        {
          name: `probe-${randomBytes(4).toString('hex')}`,
          command,
          env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
          cwd: '/',
          mounts: readOnlyUnlessSystem(folder).map((path) => ({ from: path, to: path, writable: false })),
          network: {},
          user,
        },
        (text) => (printed += text),
        AbortSignal.any([AbortSignal.timeout(10_000), this.#closing.signal]),
      )
      .catch(() => undefined)
    return end?.code === 0 ? printed : undefined
  }
}
