/** The bare repositories on disk. A folder is named by the Space's id, which never changes: a rename costs nothing. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Git, type GitRun } from './git.ts'

/** What a demo's page and its builds are made from. */
export const mainRef = 'refs/heads/main'

/** Of repositories that belong to no Space yet; what a killed platform has left of them goes at the next start. */
const stagedPrefix = 'import-'

/** A ref's lock is held for milliseconds. One that is older was left by a killed git, and its ref could never move again. */
const lockLeftAfter = 30_000

export class Repositories implements AsyncDisposable {
  readonly git: Git
  readonly #folder: string
  #tidying: Promise<void> = Promise.resolve()
  #laterLocks: NodeJS.Timeout | undefined

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

  /** An empty repository for what is still on its way here. @returns the id that stands in for a Space's. */
  async stage(): Promise<string> {
    const id = `${stagedPrefix}${randomUUID()}`
    await this.create(id)
    return id
  }

  /** Makes what was staged the repository of a Space, which has nothing in its own yet. */
  async adopt(stagedId: string, spaceId: string): Promise<void> {
    if ((await this.head(spaceId)) !== undefined) throw new Error(`${spaceId} has commits already`)
    // Whoever asked for it in between has made an empty one.
    await this.remove(spaceId)
    await rename(this.path(stagedId), this.path(spaceId))
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
    const before = this.#tidying
    const tidied = (async (): Promise<void> => {
      await before
      if (!(await isFolder(this.path(spaceId)))) return
      const limits = { timeLimit: 3_600_000, lowPriority: true }
      await this.run(spaceId, ['-c', 'gc.auto=6700', 'gc', '--auto', '--quiet'], limits)
    })()
    this.#tidying = tidied.catch(() => {})
    return tidied
  }

  /** At start, before anything is served: removes what a killed platform has left. Locks that are too young yet, a minute later. */
  async mend(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (/^(\.new|\.removed|import)-/.test(name)) await rm(join(this.#folder, name), { recursive: true, force: true })
    }
    for (const spaceId of await this.list()) {
      const path = this.path(spaceId)
      await removeAll(path, (name) => name.startsWith('fast_import_crash_'))
      await removeAll(join(path, 'objects'), (name) => name.startsWith('tmp_objdir-'))
    }
    await this.#removeLocks()
    this.#laterLocks = setTimeout(() => void this.#removeLocks().catch(() => {}), 2 * lockLeftAfter).unref()
  }

  async #removeLocks(): Promise<void> {
    for (const spaceId of await this.list()) {
      const path = this.path(spaceId)
      const names = ['HEAD.lock', 'packed-refs.lock', 'config.lock', ...(await locksIn(path, 'refs'))]
      for (const name of names) await removeIfOld(join(path, name))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#laterLocks)
    await this.#tidying
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

async function removeAll(folder: string, unwanted: (name: string) => boolean): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter(unwanted)) await rm(join(folder, name), { recursive: true, force: true })
}

async function locksIn(path: string, folder: string): Promise<string[]> {
  const names = await readdir(join(path, folder), { recursive: true }).catch(() => [])
  return names.filter((name) => name.endsWith('.lock')).map((name) => join(folder, name))
}

async function removeIfOld(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found && Date.now() - found.mtimeMs > lockLeftAfter) await rm(path, { force: true })
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
