/** Which commit changed each entry of a folder last: one walk through history for all of them. */
import { PlazaError } from '../errors.ts'
import { checkSha } from './names.ts'
import { literalPaths, partialOutput } from './partial-output.ts'
import type { Repositories } from './repository.ts'
import { maxTitle, timeOf } from './tree.ts'

export type LastCommit = { sha: string; title: string; date: Date }

const maxCommits = 50_000
const maxLogBytes = 64 * 1024 * 1024
const timeLimit = 5000

/**
 * @param paths files and folders of `commit`.
 * @returns what was found within the limits: an entry that nobody has touched for 50,000 commits may be missing.
 */
export async function lastCommits(
  repositories: Repositories,
  spaceId: string,
  commit: string,
  paths: readonly string[],
): Promise<Map<string, LastCommit>> {
  const found = new Map<string, LastCommit>()
  const missing = new Set(paths)
  if (missing.size === 0) return found
  const reader = new LogReader((path, last) => {
    for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) {
      const entry = path.slice(0, at)
      if (missing.delete(entry)) found.set(entry, last)
    }
  })
  const format = '--format=%x01%H%x00%at%x00%s'
  // -c: of a merge only what differs from all of its parents; the rest is found in the commits that it merges.
  const args = ['log', '-z', '-c', '--name-only', '--no-renames', format, `--max-count=${maxCommits}`]
  await partialOutput(
    repositories,
    spaceId,
    [...args, '--encoding=UTF-8', '--end-of-options', checkSha(commit), '--', ...pathspecs(paths)],
    {
      limit: maxLogBytes,
      timeLimit,
      environment: literalPaths,
      enough: (chunk) => {
        reader.read(chunk)
        return missing.size === 0
      },
    },
  ).catch((error: unknown) => {
    if (error instanceof PlazaError) throw error
    throw new PlazaError('revision_not_found', `There is no commit ${commit} in this repository.`)
  })
  return found
}

/** The folder that holds them all where they are many of one, so that git compares with one path and not with each. */
function pathspecs(paths: readonly string[]): readonly string[] {
  const folders = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/') + 1)))
  const [only] = folders
  if (folders.size === 1 && only !== undefined) return only === '' ? [] : [only]
  return paths
}

/** Reads `git log -z --name-only` in pieces as they come: for each commit hash, time, title, then the paths. */
class LogReader {
  readonly #onPath: (path: string, commit: LastCommit) => void
  #rest: Buffer = Buffer.alloc(0)
  #commit: LastCommit | undefined
  #field: 'date' | 'title' | 'first path' | 'path' = 'path'

  constructor(onPath: (path: string, commit: LastCommit) => void) {
    this.#onPath = onPath
  }

  read(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    let from = 0
    for (let end = bytes.indexOf(0, from); end !== -1; end = bytes.indexOf(0, from)) {
      this.#token(bytes.toString('utf8', from, end))
      from = end + 1
    }
    this.#rest = bytes.subarray(from)
  }

  #token(token: string): void {
    if (token.startsWith('\u0001') && /^[0-9a-f]{40}$/.test(token.slice(1))) {
      this.#commit = { sha: token.slice(1), title: '', date: new Date(0) }
      this.#field = 'date'
    } else if (this.#commit && this.#field === 'date') {
      this.#commit.date = timeOf(token)
      this.#field = 'title'
    } else if (this.#commit && this.#field === 'title') {
      this.#commit.title = token.slice(0, maxTitle)
      this.#field = 'first path'
    } else if (this.#commit && token !== '') {
      this.#onPath(this.#field === 'first path' ? token.replace(/^\n/, '') : token, this.#commit)
      this.#field = 'path'
    }
  }
}
