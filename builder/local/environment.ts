/**
 * Python environments: named by what determines them, made once, shared, read-only afterwards.
 *
 * An environment is shared between owners only when no code of a stranger ran while it was made: everything came
 * from the operator's index as wheels, through a cache that only such installations write. Whatever has to be
 * built from source or comes from elsewhere gets an environment and a cache of its owner's own.
 */
import { createHash, randomBytes } from 'node:crypto'
import { chown, mkdir, readlink, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { BuildError, type LogSink, type Sha256 } from '../builder.ts'
import type { PythonPlan } from '../plan.ts'
import { runCommandWell } from '../command.ts'
import { exists, pathName, remove } from '../folders.ts'
import { Once } from '../once.ts'
import { open, seal, type Folders } from './folders.ts'
import type { Holds } from '../holds.ts'
import {
  installPackages,
  installSteps,
  NeedsBuilding,
  uvEnvironment,
  type Installation,
  type InstallSettings,
  type Mode,
} from './install.ts'
import type { Python } from './pythons.ts'
import { changedPackages } from '../uv-output.ts'

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

export type EnvironmentSettings = InstallSettings & { folders: Folders; holds: Holds }

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

export class Environments {
  readonly #settings: EnvironmentSettings
  readonly #making = new Once<Environment>((error) => error instanceof BuildError || error instanceof NeedsBuilding)

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
        return await this.#making.do(
          key,
          () => this.#makeUnlessThere(key, mode, request, log, signal),
          () => log.write('Another build installs the same requirements: waiting for it.\n'),
          signal,
        )
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

  async #makeUnlessThere(key: Sha256, mode: Mode, request: EnvironmentRequest, log: LogSink, signal: AbortSignal) {
    const found = request.fresh ? undefined : await this.#current(key)
    return found ?? this.#install(key, mode, request, log, signal)
  }

  async #install(key: Sha256, mode: Mode, request: EnvironmentRequest, log: LogSink, signal: AbortSignal) {
    const { folders, holds, sandbox, uv, user } = this.#settings
    const name = `${key}-${randomBytes(6).toString('hex')}`
    const path = join(folders.environments, name)
    const job = join(folders.builds, `${pathName(request.id)}-${randomBytes(6).toString('hex')}`)
    const place = placeOf(
      path,
      join(folders.caches, pathName(request.cacheScope), mode),
      mode === 'wheels' && sandbox.isolated,
    )
    using held = new DisposableStack()
    for (const folder of [job, place.environment]) held.use(holds.hold(folder))
    try {
      let output = ''
      await this.#createEmpty(place, request.python)
      if (installSteps(request.plan).length > 0) {
        await this.#openCache(place, request.cacheScope)
        output = await installPackages(this.#settings, { ...request, ...place, mode, job }, log, signal)
      }
      await seal(place.environment, place.linked ? undefined : user)
      if (place.environment !== path) await rename(place.environment, path)
      const made = { key, python: request.python, uv: uv.version, mode, madeAt: new Date(), ...changedPackages(output) }
      await writeFile(`${path}.json`, JSON.stringify(made, null, 2))
      await this.#switchTo(key, path)
      return { key, path }
    } catch (error) {
      for (const folder of new Set([place.environment, path])) await remove(folder)
      throw isDiskFull(error) ? new BuildError('installing', ...diskFull) : error
    } finally {
      await remove(job)
    }
  }

  /**
   * Runs as the platform: nothing but uv and the machine's interpreter take part. Relocatable, since it may be moved,
   * and its path is longer than the kernel allows an interpreter in a script's first line to be (127 bytes).
   */
  async #createEmpty({ environment }: Place, python: Python): Promise<void> {
    const { folders, uv, user } = this.#settings
    await mkdir(dirname(environment), { recursive: true })
    const command = ['venv', '--quiet', '--no-project', '--relocatable', '--python', python.path, environment] as const
    await runCommandWell([uv.path, ...command], {
      env: { ...uvEnvironment, PATH: '/usr/bin:/bin', HOME: folders.tools, UV_CACHE_DIR: join(folders.tools, 'cache') },
      timeout: 60_000,
    })
    await open(environment, user)
  }

  async #openCache({ cache, writable }: Place, scope: string): Promise<void> {
    const { folders, user } = this.#settings
    await mkdir(cache, { recursive: true })
    // Cleaning up looks at when a scope was last used.
    await utimes(join(folders.caches, scope), new Date(), new Date())
    if (user !== undefined) for (const folder of [cache, ...writable]) await chown(folder, user.uid, user.gid)
  }

  /** The old one stays for those who run in it. */
  async #switchTo(key: Sha256, path: string): Promise<void> {
    const link = join(this.#settings.folders.environments, key)
    await symlink(basename(path), `${path}.link`)
    await rename(`${path}.link`, link)
  }
}

type Place = Pick<Installation, 'environment' | 'cache' | 'writable' | 'linked'>

/**
 * Hard links to the cache save most of the time that installing takes (gradio: 0.4 s instead of 3 s on a busy disk).
 * They need one mount that holds both, so the environment is made beside the cache and moved; and nobody may write
 * to that cache but uv itself, or an environment could be changed through it: so only for wheels, and only where
 * the sandbox keeps every other build away from it.
 */
function placeOf(path: string, folder: string, linked: boolean): Place {
  const cache = join(folder, 'cache')
  if (!linked) return { environment: path, cache, writable: [path, cache], linked }
  return { environment: join(folder, stagingFolder, basename(path)), cache, writable: [folder], linked }
}

/** Beside a cache: environments that are being made. */
export const stagingFolder = 'staging'

const diskFull = [
  'The disk of this machine is full.',
  'Ask the operator to free space, then restart the Space.',
] as const

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
