/** What a commit holds: its files, their text, the commits before it. Read from git's objects; nothing is checked out. */
import { PlazaError } from '../errors.ts'
import { GitError } from './git.ts'
import { checkRef, checkSha } from './names.ts'
import { literalPaths } from './partial-output.ts'
import { type Repositories, mainRef } from './repository.ts'

export type FileEntry = {
  /** A symlink is an entry whose content is its target; nothing here follows it. */
  kind: 'file' | 'executable' | 'symlink' | 'submodule'
  /** git's id of the content, 40 hex digits. */
  object: string
  /** Bytes; 0 for a submodule. */
  size: number
}

/** An entry with its path from the repository's root. */
export type TreeEntry = (FileEntry | { kind: 'folder'; object: string; size: 0 }) & { path: string }

/** The files of one commit, by path from the repository's root. */
export type Files = {
  commit: string
  paths: ReadonlyMap<string, FileEntry>
  /** A file as text; undefined where no regular file is. @throws PlazaError payload_too_large over 1 MiB. */
  text(path: string): Promise<string | undefined>
}

export type CommitInfo = {
  sha: string
  parents: string[]
  author: string
  email: string
  authoredAt: Date
  /** First line of the message, at most 500 characters. */
  title: string
  /** All of the message. */
  message: string
}

const maxListBytes = 64 * 1024 * 1024
const maxTextBytes = 1024 * 1024
const maxFileBytes = 1024 * 1024 * 1024
export const maxTitle = 500

/** @param commit full hash. @throws PlazaError payload_too_large where the list alone is over 64 MiB. */
export async function filesAt(repositories: Repositories, spaceId: string, commit: string): Promise<Files> {
  const listing = await repositories
    .run(spaceId, ['ls-tree', '-r', '-z', '-l', '--full-tree', checkSha(commit)], { outputLimit: maxListBytes })
    .catch((error: unknown) => {
      if (!(error instanceof PlazaError && error.code === 'payload_too_large')) throw error
      throw new PlazaError('payload_too_large', 'This commit has too many files.', 'Keep fewer in the repository.')
    })
  const paths = new Map<string, FileEntry>()
  for (const line of listing.toString('utf8').split('\0')) {
    const found = /^(\d{6}) \w+ ([0-9a-f]{40}) +(\d+|-)\t(.+)$/s.exec(line)
    if (!found) continue
    const [, mode = '', object = '', size = '', path = ''] = found
    paths.set(path, { kind: kindOf(mode), object, size: size === '-' ? 0 : Number(size) })
  }
  return {
    commit,
    paths,
    async text(path) {
      const entry = paths.get(path)
      if (!entry || (entry.kind !== 'file' && entry.kind !== 'executable')) return undefined
      return (await readContent(repositories, spaceId, entry, path, maxTextBytes)).toString('utf8')
    },
  }
}

/**
 * What is in a folder, in git's order. @param folder '' for the root. @param recursive with all below it, folders too.
 * @throws PlazaError entry_not_found where no folder is.
 */
export async function listFolder(
  repositories: Repositories,
  spaceId: string,
  commit: string,
  folder: string,
  recursive: boolean,
): Promise<TreeEntry[]> {
  let tree = checkSha(commit)
  if (folder !== '') {
    const entry = (await entriesAt(repositories, spaceId, commit, [folder])).get(folder)
    if (entry?.kind !== 'folder')
      throw new PlazaError('entry_not_found', `There is no folder ${folder} in this commit.`)
    tree = entry.object
  }
  const listing = await repositories.run(
    spaceId,
    ['ls-tree', '-z', '-l', ...(recursive ? ['-r', '-t'] : []), '--full-tree', tree],
    { outputLimit: maxListBytes, timeLimit: 10_000 },
  )
  return parseEntries(listing, folder === '' ? '' : `${folder}/`)
}

/** The files and folders at these paths, as far as they are there; any text may be asked for. One git for all of them. */
export async function entriesAt(
  repositories: Repositories,
  spaceId: string,
  commit: string,
  paths: readonly string[],
): Promise<Map<string, TreeEntry>> {
  const asked = new Set(paths.filter(canBePath))
  if (asked.size === 0) return new Map()
  const listing = await repositories.run(
    spaceId,
    ['ls-tree', '-z', '-l', '-t', '--full-tree', checkSha(commit), '--', ...asked],
    { outputLimit: maxListBytes, timeLimit: 10_000, environment: literalPaths },
  )
  // With -t the folders above come too.
  return new Map(
    parseEntries(listing, '')
      .filter((entry) => asked.has(entry.path))
      .map((entry) => [entry.path, entry]),
  )
}

/** Wider than `checkPath`, since a push may bring what the API does not take. */
function canBePath(path: string): boolean {
  return (
    path.length <= 4096 &&
    !path.includes('\0') &&
    path.isWellFormed() &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  )
}

function parseEntries(listing: Buffer, prefix: string): TreeEntry[] {
  return listing
    .toString('utf8')
    .split('\0')
    .flatMap((line): TreeEntry[] => {
      const found = /^(\d{6}) (\w+) ([0-9a-f]{40}) +(\d+|-)\t(.+)$/s.exec(line)
      if (!found) return []
      const [, mode = '', type = '', object = '', size = '', name = ''] = found
      const path = prefix + name
      if (type === 'tree') return [{ kind: 'folder', object, size: 0, path }]
      return [{ kind: kindOf(mode), object, size: size === '-' ? 0 : Number(size), path }]
    })
}

/** A content as it comes out of git, or a part of it (`end` is its last byte). The caller reads it to its end or breaks off. */
export async function* streamContent(
  repositories: Repositories,
  spaceId: string,
  object: string,
  range: { start: number; end: number },
): AsyncGenerator<Buffer> {
  const child = repositories.git.start(['cat-file', 'blob', checkSha(object)], {
    repository: repositories.path(spaceId),
  })
  child.stderr.resume()
  child.stdin.end()
  try {
    let at = 0
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      const from = Math.max(range.start - at, 0)
      const piece = chunk.subarray(from, range.end + 1 - at)
      at += chunk.length
      if (piece.length > 0) yield piece
      if (at > range.end) return
    }
    throw new Error(`git ended in the middle of ${object}`)
  } finally {
    child.kill('SIGKILL')
  }
}

function kindOf(mode: string): FileEntry['kind'] {
  if (mode === '160000') return 'submodule'
  if (mode === '120000') return 'symlink'
  return mode === '100755' ? 'executable' : 'file'
}

/** The bytes of an entry of `filesAt`, at most `limit`. */
export async function readContent(
  repositories: Repositories,
  spaceId: string,
  entry: FileEntry,
  path: string,
  limit: number = maxFileBytes,
): Promise<Buffer> {
  if (entry.size > limit) {
    throw new PlazaError(
      'payload_too_large',
      `${path} has ${entry.size} bytes, more than ${limit}.`,
      'Make it smaller.',
    )
  }
  return await repositories.run(spaceId, ['cat-file', 'blob', checkSha(entry.object)], { outputLimit: limit })
}

/**
 * The commit that a branch, a tag, `HEAD` or a full hash stands for now.
 * @throws PlazaError revision_not_found; bad_request for a name that cannot be one.
 */
export async function resolveRevision(repositories: Repositories, spaceId: string, revision: string): Promise<string> {
  const candidates = candidatesOf(revision)
  // On standard input, where nothing is an option. An empty repository answers `missing` like any other.
  const input = candidates.map((candidate) => `${candidate}^{commit}\n`).join('')
  const answer = await repositories.run(spaceId, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], { input })
  for (const line of answer.toString().split('\n')) {
    const found = /^([0-9a-f]{40}) commit$/.exec(line)
    if (found?.[1]) return found[1]
  }
  throw new PlazaError('revision_not_found', `There is no revision "${revision}" in this repository.`, 'Try main.')
}

function candidatesOf(revision: string): string[] {
  if (revision === 'HEAD') return [mainRef]
  if (/^[0-9a-f]{40}$/.test(revision)) return [revision]
  const name = checkRef(revision.replace(/^refs\/(heads|tags)\//, ''))
  if (revision.startsWith('refs/')) return [revision]
  return [`refs/heads/${name}`, `refs/tags/${name}`]
}

/** The commits that lead to `commit`, newest first, itself included. @param page.path only those that changed it. */
export async function history(
  repositories: Repositories,
  spaceId: string,
  commit: string,
  page: { skip?: number; limit?: number; path?: string } = {},
): Promise<CommitInfo[]> {
  const { skip = 0, limit = 50, path } = page
  const fields = ['%H', '%P', '%an', '%ae', '%at', '%s', '%B'].join('%x00')
  const log = await repositories.run(
    spaceId,
    [
      'log',
      `--format=${fields}%x00%x00`,
      '--encoding=UTF-8',
      `--skip=${Math.trunc(skip)}`,
      `--max-count=${Math.trunc(limit)}`,
      '--end-of-options',
      checkSha(commit),
      '--',
      ...(path === undefined ? [] : [path]),
    ],
    { environment: literalPaths, timeLimit: 20_000 },
  )
  return log
    .toString('utf8')
    .split('\0\0\n')
    .filter(Boolean)
    .map((record) => {
      const [sha = '', parents = '', author = '', email = '', at = '', title = '', message = ''] = record.split('\0')
      return {
        sha,
        parents: parents.split(' ').filter(Boolean),
        author,
        email,
        authoredAt: timeOf(at),
        title: title.slice(0, maxTitle),
        message: message.trimEnd(),
      }
    })
}

/** @throws PlazaError revision_not_found where it is no commit of this repository. */
export async function commitInfo(repositories: Repositories, spaceId: string, commit: string): Promise<CommitInfo> {
  const missing = new PlazaError('revision_not_found', `There is no commit ${commit} in this repository.`)
  try {
    const [info] = await history(repositories, spaceId, commit, { limit: 1 })
    if (info) return info
  } catch (error) {
    if (error instanceof GitError) throw missing
    throw error
  }
  throw missing
}

/** How many commits lead to `commit`, itself included. */
export async function countCommits(repositories: Repositories, spaceId: string, commit: string): Promise<number> {
  const count = await repositories.run(spaceId, ['rev-list', '--count', '--end-of-options', checkSha(commit), '--'], {
    timeLimit: 10_000,
  })
  return Number(count.toString())
}

/** Anyone can write any number into a commit: what no calendar holds becomes the epoch. */
export function timeOf(seconds: string): Date {
  const time = Number(seconds) * 1000
  return new Date(time >= 0 && time < Date.UTC(9999, 0) ? time : 0)
}
