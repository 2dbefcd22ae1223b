/**
 * Contents that come one after the other, each put into the repository as it comes, so that none waits in memory. Until
 * `finish` they lie in a folder of their own, so that what is broken off leaves nothing.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PlazaError } from '../errors.ts'
import { type Git, type GitProcess, GitError, collectWords, end, ended } from './git.ts'
import type { Repositories } from './repository.ts'

/** Milliseconds for all of it. */
const timeLimit = 900_000

export class BlobImport implements AsyncDisposable {
  readonly #repository: string
  readonly #quarantine: string
  readonly #child: GitProcess
  readonly #words: () => string
  readonly #gone: Promise<number | null>
  readonly #timer: NodeJS.Timeout
  #answers = ''
  #count = 0

  private constructor(git: Git, repository: string, quarantine: string) {
    this.#repository = repository
    this.#quarantine = quarantine
    this.#child = git.start(['fast-import', '--quiet', '--done'], {
      repository,
      environment: {
        GIT_OBJECT_DIRECTORY: quarantine,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: join(repository, 'objects'),
      },
    })
    this.#words = collectWords(this.#child.stderr)
    this.#child.stdout.setEncoding('latin1').on('data', (text: string) => {
      this.#answers += text
    })
    this.#gone = ended(this.#child)
    this.#gone.catch(() => {})
    this.#timer = setTimeout(() => end(this.#child), timeLimit)
  }

  static async open(repositories: Repositories, spaceId: string): Promise<BlobImport> {
    const repository = repositories.path(spaceId)
    // As git names its own: one that a killed platform leaves is removed at start.
    const quarantine = join(repository, 'objects', `tmp_objdir-${randomUUID()}`)
    await mkdir(join(quarantine, 'pack'), { recursive: true })
    try {
      return new BlobImport(repositories.git, repository, quarantine)
    } catch (error) {
      await rm(quarantine, { recursive: true, force: true })
      throw error
    }
  }

  /** @param content one content, in pieces. @returns which of the ids that `finish` gives is this content's. */
  async add(content: readonly Buffer[]): Promise<number> {
    const index = this.#count++
    const size = content.reduce((sum, piece) => sum + piece.length, 0)
    await this.#write(`blob\nmark :${index + 1}\ndata ${size}\n`)
    for (const piece of content) await this.#write(piece)
    await this.#write(`\nget-mark :${index + 1}\n`)
    return index
  }

  /** @returns git's id of each content, in the order of `add`. They are in the repository now, with nothing that names them. */
  async finish(): Promise<string[]> {
    this.#child.stdin.end('done\n')
    const exitCode = await this.#gone
    if (exitCode !== 0) throw new GitError('fast-import', exitCode, this.#words())
    const ids = this.#answers.split('\n').filter(Boolean)
    if (ids.length !== this.#count) throw new Error(`git took ${ids.length} of ${this.#count} contents`)
    await this.#release()
    return ids
  }

  /** Into the repository; a pack's index last, since it is what makes the pack seen. */
  async #release(): Promise<void> {
    const found = await readdir(this.#quarantine, { recursive: true, withFileTypes: true })
    const files = found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#quarantine.length + 1))
      .toSorted((a, b) => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx')))
    for (const file of files) {
      const place = join(this.#repository, 'objects', file)
      await mkdir(dirname(place), { recursive: true })
      await rename(join(this.#quarantine, file), place)
    }
  }

  async #write(piece: string | Buffer): Promise<void> {
    const { stdin } = this.#child
    if (stdin.destroyed) throw new PlazaError('unavailable', 'git has stopped taking files.', 'Try again.')
    if (stdin.write(piece)) return
    await Promise.race([
      new Promise<void>((resolve) => {
        stdin.once('drain', resolve)
        stdin.once('close', resolve)
      }),
      this.#gone,
    ])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#child.exitCode === null && this.#child.signalCode === null) end(this.#child)
    await this.#gone.catch(() => {})
    await rm(this.#quarantine, { recursive: true, force: true })
    await rm(join(this.#repository, `fast_import_crash_${this.#child.pid}`), { force: true })
  }
}
