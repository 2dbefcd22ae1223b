/** The Docker driver: a commit becomes a container image, made by the engine's own BuildKit. */
import { randomBytes } from 'node:crypto'
import { access, chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { BuildError, type Builder, type BuildPhase, type BuildRequest, type Image, type LogSink } from '../builder.ts'
import { checkOut } from '../checkout.ts'
import { Holds } from '../holds.ts'
import type { PythonPlan } from '../plan.ts'
import { packageSources } from '../package-sources.ts'
import { pythonImage, pythonsOf, type BaseImages } from './base-images.ts'
import { buildEnvironment } from './build-environment.ts'
import { BytecodeWork, compiledOf, hasSameInstalled, installedOf } from './bytecode.ts'
import { collect } from './collect.ts'
import { readCredentials, type Credentials } from './credentials.ts'
import { baseIsMissing } from './failure.ts'
import { makeFolders, pathName, remove } from '../folders.ts'
import { foldersOf } from './folders.ts'
import { bytecodeLabel, imageLabel, Images, labelsOf, type Oci } from './images.ts'
import { openHiddenNames, treeOf, type HiddenNames } from './keys.ts'
import { Once } from '../once.ts'
import { ownImageRecipe } from './own-image.ts'
import { pythonRecipes } from './python.ts'
import { BytecodeMissing, NeedsBuilding, type Base, type Bytecode, type Kitchen, type Recipe } from './recipe.ts'
import { defaultBuildLimits, runBuild, type BuildLimits } from './run-build.ts'
import { siteRecipe, takeSite, type SitePlan } from './site.ts'
import { toolsImage, type ToolsImage } from './tools-image.ts'

export type DockerBuilderOptions = {
  engine: Docker
  /** `PLAZA_DATA`, absolute. */
  folder: string
  /** Where package tools may read from: index, proxy and certificate variables. Others in it are not passed on. */
  env: Readonly<Record<string, string | undefined>>
  /** The platform's PATH: git, tar, du and python3 are looked for there. */
  path: string
  /** A file of certificates that builds trust too, in PEM. */
  extraCa?: string | undefined
  images: BaseImages
  /** `localhost:5000/plaza`: images are pushed there, and run from there. */
  registry?: string | undefined
  /** `~/.docker/config.json`: passwords of registries. */
  dockerConfig?: string | undefined
  limits?: Partial<BuildLimits>
  /** Days after which what BuildKit keeps for later builds, and none used, is removed. */
  cacheDays?: number
  /** Milliseconds, as `Date.now`. */
  now?: () => number
  log: { info(message: string): void; warn(message: string): void }
}

export type DockerBuilder = Builder & AsyncDisposable

export function openDockerBuilder(options: DockerBuilderOptions): DockerBuilder {
  return new Driver(options)
}

type Opened = { names: HiddenNames; builder: string; credentials: Credentials; images: Images; heredocs: boolean }

class Driver implements DockerBuilder {
  readonly kind = 'docker'
  readonly containers = true
  readonly #options: DockerBuilderOptions
  readonly #limits: BuildLimits
  readonly #folders
  readonly #holds
  readonly #once = new Once<Image>(isForAll)
  readonly #fetching = new Once<void>(isForAll)
  readonly #closing = new AbortController()
  readonly #bytecode: BytecodeWork
  #opened: Promise<Opened> | undefined

  constructor(options: DockerBuilderOptions) {
    this.#options = options
    this.#limits = { ...defaultBuildLimits, ...options.limits }
    this.#holds = new Holds(options.now)
    this.#folders = foldersOf(options.folder)
    this.#bytecode = new BytecodeWork({
      compile: (image, request, signal) => this.#compile(image, request, signal),
      signal: this.#closing.signal,
      warn: (message) => options.log.warn(message),
    })
  }

  async prepare(): Promise<void> {
    const { images } = await this.#open()
    const base = pythonImage(this.#options.images, undefined)
    await Promise.all([
      this.#tools(this.#closing.signal),
      base === undefined ? undefined : this.#base(images, base.reference, () => undefined, this.#closing.signal),
    ])
  }

  async pythons(): Promise<readonly string[]> {
    return pythonsOf(this.#options.images)
  }

  async build(request: BuildRequest, sink: LogSink, outer: AbortSignal): Promise<Image> {
    const log = withPhasesOnce(sink)
    const signal = AbortSignal.any([outer, this.#closing.signal])
    signal.throwIfAborted()
    await this.#open()
    const { plan } = request
    for (const warning of plan.warnings) log.write(`${warning}\n`)
    log.phase('cloning')
    if (plan.kind === 'static' && plan.build === undefined) return this.#checkout(request, log, signal)
    const image = await this.#inJob(request, log, signal, (recipes, making) => this.#make(recipes, making))
    this.#bytecode.remember(image, request)
    return image
  }

  settled(image: Image): void {
    this.#bytecode.started(image)
  }

  async forget(spaceId: string): Promise<void> {
    await remove(join(this.#folders.checkouts, pathName(spaceId)))
  }

  async collect(keep: readonly Image[]): Promise<number> {
    const { engine, cacheDays = 7 } = this.#options
    const { builder } = await this.#open()
    return collect({ engine, builder, folders: this.#folders, keep, holds: this.#holds, cacheHours: cacheDays * 24 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('The platform stops.'))
    await Promise.all([this.#once.ended(), this.#bytecode.ended()])
  }

  /** In a folder of its own, with the commit's files, which is gone when `work` is over. */
  async #inJob<Result>(
    request: BuildRequest,
    log: LogSink,
    signal: AbortSignal,
    work: (recipes: readonly Recipe[], making: Making) => Promise<Result>,
  ): Promise<Result> {
    const opened = await this.#open()
    const job = join(this.#folders.builds, `${pathName(request.id)}-${randomBytes(6).toString('hex')}`)
    using held = new DisposableStack()
    held.use(this.#holds.hold(job))
    try {
      await mkdir(job)
      const kitchen = await this.#kitchen(request, opened, signal)
      const source = join(job, 'app')
      await this.#clone(request, source, log, signal)
      log.phase('resolving')
      const recipes = await this.#recipes(kitchen, opened, source, log, signal)
      for (const { key } of recipes) {
        held.use(this.#holds.hold(key))
        held.use(this.#holds.hold(join(this.#folders.sites, key)))
      }
      return await work(recipes, { opened, kitchen, job, log, signal })
    } finally {
      await remove(job)
    }
  }

  async #checkout(request: BuildRequest, log: LogSink, signal: AbortSignal): Promise<Image> {
    const source = join(this.#folders.checkouts, pathName(request.spaceId), pathName(request.commit))
    using held = new DisposableStack()
    held.use(this.#holds.hold(join(source, '..')))
    held.use(this.#holds.hold(source))
    await mkdir(join(source, '..'), { recursive: true })
    await chmod(join(source, '..'), 0o711)
    await this.#clone(request, source, log, signal)
    return { kind: 'static', root: source }
  }

  async #clone(request: BuildRequest, target: string, log: LogSink, signal: AbortSignal): Promise<void> {
    const options = { path: this.#options.path, timeout: this.#limits.cloning * 1000, signal }
    try {
      const { submodules } = await checkOut(request.repository, request.commit, target, options)
      log.write(`Commit ${request.commit.slice(0, 7)} is here.\n`)
      for (const path of submodules) {
        log.write(`${JSON.stringify(path)} is a git submodule: it is left out. Push its files instead.\n`)
      }
    } catch (error) {
      signal.throwIfAborted()
      throw unreadable(error)
    }
  }

  async #kitchen(
    request: BuildRequest,
    { names, builder, credentials }: Opened,
    signal: AbortSignal,
  ): Promise<Kitchen> {
    const { path, env, extraCa } = this.#options
    const options = { path, timeout: this.#limits.cloning * 1000, signal }
    const tree = await treeOf(request.repository, request.commit, options).catch((error: unknown) => {
      signal.throwIfAborted()
      throw unreadable(error)
    })
    return { request, tree, environment: await buildEnvironment(env, extraCa), credentials, names, builder, path }
  }

  /** In the order in which they are tried. */
  async #recipes(
    kitchen: Kitchen,
    { images, heredocs }: Opened,
    source: string,
    log: LogSink,
    signal: AbortSignal,
  ): Promise<readonly Recipe[]> {
    const { plan } = kitchen.request
    const say = (text: string) => log.write(text)
    switch (plan.kind) {
      case 'python': {
        const { version, reference } = this.#pythonOf(plan)
        const [base, tools] = await Promise.all([this.#base(images, reference, say, signal), this.#tools(signal)])
        return pythonRecipes(kitchen, plan, { ...base, version }, tools)
      }
      case 'dockerfile': {
        const surroundings = { heredocs, reserved: this.#reserved(), id: (name: string) => images.id(name) }
        return [await ownImageRecipe(kitchen, plan.dockerfile, source, surroundings, log)]
      }
      case 'static': {
        const base = await this.#base(images, this.#options.images.node, say, signal)
        return [await siteRecipe(kitchen, plan as SitePlan, base, source)]
      }
    }
  }

  async #make(recipes: readonly Recipe[], build: Making): Promise<Image> {
    const { kitchen, log, signal } = build
    if (!kitchen.request.fresh) {
      for (const recipe of recipes) {
        const found = await this.#find(recipe, build)
        if (found === undefined) continue
        log.write('The same files were built before: nothing to build.\n')
        return found
      }
    }
    for (const recipe of recipes) {
      const waits = () => log.write('Another build makes the same image: waiting for it.\n')
      try {
        return await this.#once.do(
          `${recipe.key}${kitchen.request.fresh ? ' fresh' : ''}`,
          () => this.#build(recipe, build),
          waits,
          signal,
        )
      } catch (error) {
        if (!(error instanceof NeedsBuilding)) throw error
        log.write('Not everything comes as a wheel: building the rest from source.\n')
      }
    }
    throw new Error('The last way to make an image never asks for another.')
  }

  async #find({ key, writable }: Recipe, { opened, kitchen, signal }: Making): Promise<Image | undefined> {
    if (kitchen.request.plan.kind === 'static') {
      const root = join(this.#folders.sites, key)
      return access(root).then(
        () => ({ kind: 'static', root }),
        () => undefined,
      )
    }
    const image = await opened.images.find(key, signal)
    return image === undefined || writable === undefined ? image : { ...image, writable }
  }

  async #build(recipe: Recipe, making: Making): Promise<Image> {
    const { opened, kitchen, signal } = making
    const { request } = kitchen
    // Whoever waited for another build of it finds what that one made.
    const found = request.fresh ? undefined : await this.#find(recipe, making)
    if (found !== undefined) return found
    const id = await this.#run(recipe, making)
    if (request.plan.kind === 'static') return this.#site(recipe, request.plan as SitePlan, id, kitchen.builder, signal)
    const image = await opened.images.keep(recipe.key, id, signal)
    return recipe.writable === undefined ? image : { ...image, writable: recipe.writable }
  }

  /** With bytecode, where BuildKit has it for the packages that it has. */
  async #run({ environment, prepare }: Recipe, { kitchen, job, log, signal }: Making): Promise<string> {
    const { engine } = this.#options
    const run = async (bytecode?: Bytecode) => runBuild(engine, await prepare(job, bytecode), this.#limits, log, signal)
    const isSought = environment !== undefined && !kitchen.request.fresh
    const installed = isSought ? await compiledOf(engine, environment) : undefined
    if (installed === undefined) return run()
    try {
      return await run({ installed, from: 'cached' })
    } catch (error) {
      if (!(error instanceof BytecodeMissing)) throw error
      log.write('The engine has forgotten the bytecode: it is compiled again after the start.\n')
      return run()
    }
  }

  /** Once an image has started: the same with bytecode is what starts under its name from then on. */
  async #compile(image: Oci, request: BuildRequest, signal: AbortSignal): Promise<void> {
    const { images } = await this.#open()
    const plain = await images.about(image.reference)
    if (plain === undefined || plain.labels[bytecodeLabel] !== undefined) return
    await this.#inJob(request, quiet, signal, async (recipes, { job }) => {
      const recipe = recipes.find(({ key }) => key === plain.labels[imageLabel])
      // The base image is another by now.
      if (recipe === undefined) return
      const { engine } = this.#options
      const run = await recipe.prepare(job, { installed: installedOf(plain.layers), from: 'compiled' })
      const compiled = await images.about(await runBuild(engine, run, this.#limits, quiet, signal))
      if (compiled === undefined) return
      if (hasSameInstalled(plain.layers, compiled.layers)) return images.replace(recipe.key, plain.id, compiled.id)
      await engine.getImage(compiled.id).remove()
      throw new Error('the engine had forgotten its layers, and packages may be others by now.')
    })
  }

  async #site({ key }: Recipe, plan: SitePlan, image: string, builder: string, signal: AbortSignal): Promise<Image> {
    const { engine, path } = this.#options
    const root = join(this.#folders.sites, key)
    try {
      await takeSite({ engine, image, appFile: plan.appFile, path, labels: labelsOf(key, builder) }, root, signal)
      return { kind: 'static', root }
    } finally {
      await engine
        .getImage(image)
        .remove()
        .catch(() => undefined)
    }
  }

  #pythonOf(plan: PythonPlan): { version: string; reference: string } {
    const found = pythonImage(this.#options.images, plan.python)
    if (found !== undefined) return found
    throw new BuildError(
      'resolving',
      `There is no image for Python ${plan.python ?? '3'} here.`,
      `Choose one that is there as python_version: ${pythonsOf(this.#options.images).join(', ')}.`,
    )
  }

  /** An image of the operator's, pulled when the engine has it not. */
  async #base(images: Images, reference: string, say: (text: string) => void, signal: AbortSignal): Promise<Base> {
    const there = await images.id(reference)
    if (there !== undefined) return { reference, id: there }
    say(`Fetching the base image ${reference}.\n`)
    this.#options.log.info(`Pulling ${reference}.`)
    try {
      await this.#fetching.do(
        reference,
        () => images.pull(reference, signal),
        () => undefined,
        signal,
      )
    } catch (error) {
      signal.throwIfAborted()
      const words = baseIsMissing(reference, error instanceof Error ? error.message : String(error), 'operator')
      throw new BuildError('resolving', words.message, words.remedy)
    }
    const id = await images.id(reference)
    if (id !== undefined) return { reference, id }
    const words = baseIsMissing(reference, 'the engine has pulled it, and does not have it', 'operator')
    throw new BuildError('resolving', words.message, words.remedy)
  }

  async #tools(signal: AbortSignal): Promise<ToolsImage> {
    const { engine, path, env } = this.#options
    try {
      const search = { engine, folder: this.#folders.tools, path, env: packageSources(env).env }
      return await toolsImage(search, signal)
    } catch (error) {
      signal.throwIfAborted()
      const words = error instanceof Error ? error.message : String(error)
      throw new BuildError('resolving', words, 'Ask the operator to look at it, then restart the Space.')
    }
  }

  /** Names of images that hold other people's Spaces. */
  #reserved(): readonly string[] {
    const { registry } = this.#options
    return ['plaza/', ...(registry === undefined ? [] : [registry.toLowerCase()])]
  }

  async #open(): Promise<Opened> {
    this.#opened ??= this.#openOnce()
    try {
      return await this.#opened
    } catch (error) {
      this.#opened = undefined
      throw error
    }
  }

  async #openOnce(): Promise<Opened> {
    const { engine, registry, dockerConfig } = this.#options
    await makeFolders(this.#folders)
    const credentials = await readCredentials(dockerConfig)
    const { Version } = await engine.version().catch((error: unknown) => {
      const words = error instanceof Error ? error.message : String(error)
      const remedy = 'Ask the operator to start it, then restart the Space.'
      throw new BuildError('resolving', `The container engine does not answer: ${words}`, remedy)
    })
    const names = await openHiddenNames(this.#folders.tools)
    return {
      names,
      builder: names.of('builder'),
      credentials,
      images: new Images({ engine, registry, credentials }),
      // Since BuildKit 0.10.
      heredocs: Number(Version.split('.')[0]) >= 23,
    }
  }
}

function isForAll(error: unknown): boolean {
  return error instanceof BuildError || error instanceof NeedsBuilding
}

type Making = { opened: Opened; kitchen: Kitchen; job: string; log: LogSink; signal: AbortSignal }

const quiet: LogSink = { write: () => undefined, phase: () => undefined, steps: () => undefined }

/** A second try begins in the phase that the first one ended in. */
function withPhasesOnce(log: LogSink): LogSink {
  let current: BuildPhase | undefined
  return {
    write: (text) => log.write(text),
    steps: (steps) => log.steps(steps),
    phase: (phase) => {
      if (phase !== current) log.phase(phase)
      current = phase
    },
  }
}

function unreadable(error: unknown): BuildError {
  const words = error instanceof Error ? error.message : String(error)
  return new BuildError(
    'cloning',
    `The commit's files could not be written out: ${words}`,
    'Push again, or restart the Space to try again.',
  )
}
