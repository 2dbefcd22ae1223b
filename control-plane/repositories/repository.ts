/** The bare repositories on disk. A folder is named by the Space's id, which never changes: a rename costs nothing. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Git, type GitRun } from './git.ts'

/** What a demo's page and its builds are made from. */
export const mainRef = 'refs/heads/main'

/** A lock that is older was left by a git that was killed; its ref could never move again. Milliseconds. */
const lockLeftAfter = 60_000

export class Repositories {
  readonly git: Git
  readonly #folder: string
  #tidying: Promise<void> = Promise.resolve()

  constructor(git: Git, folder: string) {
    this.git = git
    this.#folder = folder
  }

  /** Absolute path of a Space's bare repository, whether it is there or not. */
  path(spaceId: string): string {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(spaceId)) throw new Error(`not the id of a Space: ${spaceId}`)
    return join(this.#folder, `${spaceId}.git`)
  }

  /** Makes an empty repository, whole or not at all; one that is there stays as it is. */
  async create(spaceId: string): Promise<void> {
    const path = this.path(spaceId)
    if (await isFolder(path)) return
    const fresh = join(this.#folder, `.new-${randomUUID()}`)
    await this.git.output(['init', '--quiet', '--bare', '--initial-branch=main', '--', fresh])
    try {
      await rename(fresh, path)
    } catch (error) {
      await rm(fresh, { recursive: true, force: true })
      if (!(await isFolder(path))) throw error
    }
  }

  async remove(spaceId: string): Promise<void> {
    const gone = join(this.#folder, `.removed-${randomUUID()}`)
    try {
      await rename(this.path(spaceId), gone)
    } catch (error) {
      if (isMissing(error)) return
      throw error
    }
    await rm(gone, { recursive: true, force: true })
  }

  /** Ids of the Spaces that have a repository here. */
  async list(): Promise<string[]> {
    const names = await readdir(this.#folder)
    return names.filter((name) => /^[A-Za-z0-9_-]+\.git$/.test(name)).map((name) => name.slice(0, -'.git'.length))
  }

  /** The commit that main is at; undefined in an empty repository or where there is none. */
  async head(spaceId: string): Promise<string | undefined> {
    const path = this.path(spaceId)
    // At start every Space is asked: reading git's own file first saves a process each.
    const loose = await readFile(join(path, mainRef), 'latin1').catch(() => '')
    if (/^[0-9a-f]{40}\n$/.test(loose)) return loose.trim()
    if (!(await isFolder(path))) return undefined
    const refs = await this.git.output(['for-each-ref', '--format=%(objectname)', '--', mainRef], { repository: path })
    return refs.toString().trim() || undefined
  }

  /** Runs git in a Space's repository. */
  async run(spaceId: string, args: readonly string[], run: Omit<GitRun, 'repository'> = {}): Promise<Buffer> {
    return await this.git.output(args, { ...run, repository: this.path(spaceId) })
  }

  /** Packs what has become scattered, if it has; one repository at a time, at low priority. Nothing is ever thrown away. */
  tidy(spaceId: string): Promise<void> {
    const tidied = this.#tidying.then(async () => {
      if (!(await isFolder(this.path(spaceId)))) return
      await this.run(spaceId, ['-c', 'gc.auto=6700', 'gc', '--auto', '--quiet'], {
        timeLimit: 3_600_000,
        lowPriority: true,
      })
    })
    this.#tidying = tidied.catch(() => {})
    return tidied
  }

  /** Removes what a killed git or platform has left: half-made folders, locks, packs that were never taken. */
  async mend(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (/^\.(new|removed)-/.test(name)) await rm(join(this.#folder, name), { recursive: true, force: true })
    }
    for (const spaceId of await this.list()) {
      const path = this.path(spaceId)
      await removeLocks(path, ['HEAD.lock', 'packed-refs.lock', 'config.lock', 'gc.pid'])
      await removeLocks(join(path, 'refs'))
      const objects = await readdir(join(path, 'objects')).catch(() => [])
      for (const name of objects.filter((name) => name.startsWith('tmp_objdir-'))) {
        await removeIfOld(join(path, 'objects', name))
      }
    }
  }
}

/**
 * @param folder made if it is not there; its `.git-home` holds git's settings and hooks.
 * @param options.searchPath where git is searched for, as in PATH.
 */
export async function openRepositories(folder: string, options: { searchPath?: string } = {}): Promise<Repositories> {
  const absolute = resolve(folder)
  await mkdir(absolute, { recursive: true, mode: 0o700 })
  const git = await Git.open(join(absolute, '.git-home'), options.searchPath)
  const repositories = new Repositories(git, absolute)
  await repositories.mend()
  return repositories
}

/** @param names only these; without: every lock below `folder`. */
async function removeLocks(folder: string, names?: readonly string[]): Promise<void> {
  const found = names ?? (await readdir(folder, { recursive: true }).catch(() => []))
  for (const name of found) {
    if (names || name.endsWith('.lock')) await removeIfOld(join(folder, name))
  }
}

async function removeIfOld(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found && Date.now() - found.mtimeMs > lockLeftAfter) await rm(path, { recursive: true, force: true })
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
