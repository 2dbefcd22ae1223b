/** Contents that come one after the other, each put into the repository as it comes, so that none waits in memory. */
import { PlazaError } from '../errors.ts'
import { type GitProcess, GitError, collectWords, end, ended } from './git.ts'
import type { Repositories } from './repository.ts'

/** Milliseconds for all of it. */
const timeLimit = 900_000

export class BlobImport implements AsyncDisposable {
  readonly #child: GitProcess
  readonly #words: () => string
  readonly #gone: Promise<number | null>
  readonly #timer: NodeJS.Timeout
  #answers = ''
  #count = 0

  constructor(repositories: Repositories, spaceId: string) {
    this.#child = repositories.git.start(['fast-import', '--quiet', '--done'], {
      repository: repositories.path(spaceId),
    })
    this.#words = collectWords(this.#child.stderr)
    this.#child.stdout.setEncoding('latin1').on('data', (text: string) => {
      this.#answers += text
    })
    this.#gone = ended(this.#child)
    this.#gone.catch(() => {})
    this.#timer = setTimeout(() => end(this.#child), timeLimit)
  }

  /** @returns which of the ids that `finish` gives is this content's. */
  async add(content: Buffer): Promise<number> {
    const index = this.#count++
    await this.#write(`blob\nmark :${index + 1}\ndata ${content.length}\n`)
    await this.#write(content)
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
    return ids
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
  }
}
