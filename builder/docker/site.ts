/** A static Space whose files are made by a command: built in an image, then taken out of it. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chmod, lstat, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type Docker from 'dockerode'
import { BuildError } from '../builder.ts'
import { home, siteDockerfile } from '../dockerfile.ts'
import { failureOf } from './failure.ts'
import { remove } from '../folders.ts'
import { labelsOf } from './images.ts'
import { keyOf } from './keys.ts'
import { runOf } from './python.ts'
import type { Base, Kitchen, Recipe } from './recipe.ts'

export type SitePlan = { appFile: string; build: { command: string } }

/** @param source the commit's files. */
export async function siteRecipe(kitchen: Kitchen, plan: SitePlan, base: Base, source: string): Promise<Recipe> {
  const { request, tree, names, builder } = kitchen
  const owner = names.of('site', request.cacheScope)
  const dockerfile = siteDockerfile({
    base: base.reference,
    cache: names.of('npm', request.cacheScope),
    layer: owner,
    command: plan.build.command,
    npm: await npmOf(source),
  })
  const key = keyOf({ format: 1, builder, dockerfile: dockerfile.text, base: base.id, tree, plan })
  return {
    key,
    writable: undefined,
    prepare: async (folder) => {
      await mkdir(join(folder, 'build'))
      await writeFile(join(folder, 'build', 'command'), `${plan.build.command}\n`)
      await writeFile(join(folder, 'Dockerfile'), dockerfile.text)
      return {
        ...runOf(kitchen, folder, labelsOf(key, kitchen.builder)),
        ...dockerfile,
        python: '',
        holdErrors: false,
        failure: (failed) => failureOf({ ...failed, files: [], base: 'operator' }),
      }
    },
  }
}

async function npmOf(source: string): Promise<'ci' | 'install' | undefined> {
  if (await there(join(source, 'package-lock.json'))) return 'ci'
  return (await there(join(source, 'package.json'))) ? 'install' : undefined
}

/** Bytes. */
const largestSite = 2 * 1024 ** 3

export type Taking = { engine: Docker; image: string; appFile: string; path: string; labels: Record<string, string> }

/** Takes the folder that holds `appFile` out of an image, to `target`: whole or not at all. @throws BuildError */
export async function takeSite(taking: Taking, target: string, signal: AbortSignal): Promise<void> {
  const { engine, image, appFile, labels } = taking
  const folder = dirname(appFile)
  const unfinished = `${target}.${randomBytes(6).toString('hex')}`
  const container = await engine.createContainer({ Image: image, Cmd: ['true'], Labels: labels, NetworkDisabled: true })
  try {
    await mkdir(unfinished, { mode: 0o755 })
    const archive = await container.getArchive({ path: `${home}/app/${folder}/.` }).catch((error: unknown) => {
      if ((error as { statusCode?: number }).statusCode === 404) return undefined
      throw error
    })
    if (archive === undefined) throw nothingMade(folder)
    await unpack(archive, unfinished, taking.path, signal)
    await makeHarmless(unfinished)
    await showBelow(unfinished, folder)
    if (!(await there(join(unfinished, appFile)))) throw nothingMade(appFile)
    await chmod(unfinished, 0o755)
    // Visitors may be reading an older one.
    const old = `${unfinished}.removed`
    await rename(target, old).catch(() => undefined)
    await rename(unfinished, target)
    await remove(old)
  } finally {
    await container.remove({ force: true }).catch(() => undefined)
    await remove(unfinished)
  }
}

function nothingMade(path: string): BuildError {
  return new BuildError(
    'installing',
    `The build command has ended, but there is no ${path}.`,
    'Let the command write it, or name what it writes as app_file in the card.',
  )
}

/** GNU tar itself writes nothing outside of its folder, not through links either. */
function unpack(archive: NodeJS.ReadableStream, target: string, path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const tar = spawn('tar', ['--extract', '--no-same-owner', '--no-same-permissions', '--delay-directory-restore'], {
      cwd: target,
      env: { PATH: path, LC_ALL: 'C.UTF-8' },
      stdio: ['pipe', 'ignore', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    })
    let size = 0
    let said = ''
    tar.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)))
    tar.stdin.on('error', () => undefined)
    archive.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > largestSite) tar.kill('SIGKILL')
    })
    archive.on('error', (error) => {
      tar.kill('SIGKILL')
      reject(error)
    })
    archive.pipe(tar.stdin)
    tar.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error))
    tar.on('close', (code) => {
      if (code === 0) resolve()
      else if (size > largestSite) {
        reject(new BuildError('installing', 'The site is larger than 2 GB.', 'Let the build command write less.'))
      } else reject(new Error(`The site could not be unpacked: ${said.trim()}`))
    })
  })
}

/** Only folders, files, and links that stay inside are kept; everybody may read them. */
async function makeHarmless(root: string): Promise<void> {
  const visit = async (folder: string): Promise<void> => {
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      const found = await lstat(path)
      if (found.isDirectory()) {
        await chmod(path, 0o755)
        await visit(path)
      } else if (found.isFile()) await chmod(path, 0o644)
      else if (!found.isSymbolicLink() || isOutside(root, resolve(folder, await readlink(path)))) await rm(path)
    }
  }
  await visit(root)
}

function isOutside(root: string, path: string): boolean {
  return /^\.\.(\/|$)/.test(relative(root, path))
}

/** The card names files with the folder in front, pages name them without: both lead to the same. */
async function showBelow(root: string, folder: string): Promise<void> {
  const place = join(root, folder)
  if (folder === '.' || (await there(place))) return
  await mkdir(dirname(place), { recursive: true })
  await symlink(relative(dirname(place), root) || '.', place)
}

async function there(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
