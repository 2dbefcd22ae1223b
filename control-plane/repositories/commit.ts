/** Commits made by the API and the page: through git's fast-import, onto a branch that must not have moved meanwhile. */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { PlazaError } from '../errors.ts'
import { GitError, collectWords, end, ended } from './git.ts'
import { checkPath, checkSha } from './names.ts'
import { type Repositories, mainRef } from './repository.ts'
import { type Files, filesAt } from './tree.ts'

export type FileChange =
  | { put: string; content: Buffer | string; executable?: boolean }
  /** A content that is in the repository already (`BlobImport`), by git's id of it. */
  | { put: string; object: string; executable?: boolean }
  /** A file, or a folder with all that is in it. */
  | { delete: string }

export type NewCommit = {
  message: string
  author: { name: string; email: string }
  /** Where main must be, as its author saw it. Absent: wherever it is. */
  parent?: string | undefined
  changes: readonly FileChange[]
}

const maxMessageBytes = 64 * 1024
const timeLimit = 300_000

/**
 * Makes one commit on main, wholly or not at all. Where it changes nothing, main stays and its commit is returned.
 * @returns the hash that main is at. Recording it is `commitAndRecord`'s (push.ts).
 * @throws PlazaError precondition_failed where main has moved, entry_not_found for a file that is not there to delete.
 */
export async function makeCommit(
  repositories: Repositories,
  spaceId: string,
  commit: NewCommit,
  signal?: AbortSignal,
): Promise<string> {
  const parent = await repositories.head(spaceId)
  if (commit.parent !== undefined && checkSha(commit.parent) !== parent) throw moved
  const files = parent === undefined ? undefined : await filesAt(repositories, spaceId, parent)
  checkChanges(commit.changes, files)
  if (Buffer.byteLength(commit.message) > maxMessageBytes || commit.message.includes('\0')) {
    throw new PlazaError('bad_request', `A message has at most ${maxMessageBytes} bytes, none of them zero.`)
  }

  const scratch = `refs/plaza/commit-${randomUUID()}`
  await fastImport(repositories, spaceId, instructions(scratch, parent, commit, files), signal)
  const made = (await repositories.run(spaceId, ['for-each-ref', '--format=%(objectname) %(tree)', '--', scratch]))
    .toString()
    .trim()
  const [sha = '', tree = ''] = made.split(' ')
  const unchanged = parent !== undefined && tree === (await treeOf(repositories, spaceId, parent))
  const update = unchanged ? '' : `update ${mainRef} ${checkSha(sha)} ${parent ?? '0'.repeat(40)}\n`
  try {
    await repositories.run(spaceId, ['update-ref', '--stdin'], {
      input: `start\n${update}delete ${scratch} ${sha}\ncommit\n`,
      environment: identity('COMMITTER', commit.author),
    })
  } catch (error) {
    await repositories.run(spaceId, ['update-ref', '-d', scratch]).catch(() => {})
    if (error instanceof GitError && error.stderr.includes('cannot lock ref')) throw moved
    throw error
  }
  return unchanged ? parent : sha
}

const moved = new PlazaError(
  'precondition_failed',
  'Somebody else has pushed to this Space meanwhile.',
  'Load it again and repeat the change.',
)

function checkChanges(changes: readonly FileChange[], files: Files | undefined): void {
  if (changes.length === 0) throw new PlazaError('bad_request', 'A commit changes at least one file.')
  const seen = new Set<string>()
  const folders = foldersOf(files)
  const deleted = new Set(changes.flatMap((change) => ('delete' in change ? [change.delete] : [])))
  for (const change of changes) {
    const path = checkPath('put' in change ? change.put : change.delete)
    if (seen.has(path)) throw new PlazaError('bad_request', `${path} is changed twice in one commit.`)
    seen.add(path)
    if ('delete' in change && !files?.paths.has(path) && !folders.has(path)) {
      throw new PlazaError('entry_not_found', `There is no ${path} to delete.`)
    }
    if ('put' in change && folders.has(path) && !withAbove(path).some((above) => deleted.has(above))) {
      throw new PlazaError('bad_request', `${path} is a folder.`, 'Delete it in the same commit, or take another name.')
    }
  }
  for (const change of changes) {
    if (!('put' in change)) continue
    for (let at = change.put.indexOf('/'); at !== -1; at = change.put.indexOf('/', at + 1)) {
      const folder = change.put.slice(0, at)
      if (changes.some((other) => 'put' in other && other.put === folder)) {
        throw new PlazaError('bad_request', `${folder} cannot be a file and a folder.`)
      }
    }
  }
}

function foldersOf(files: Files | undefined): ReadonlySet<string> {
  const folders = new Set<string>()
  for (const path of files?.paths.keys() ?? []) {
    for (const above of withAbove(path).slice(1)) {
      if (folders.has(above)) break
      folders.add(above)
    }
  }
  return folders
}

/** A path, then the folders that it is in, the nearest first. */
function withAbove(path: string): string[] {
  const all = [path]
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) all.push(path.slice(0, at))
  return all
}

/** The stream of gitformat fast-import. Deletions come first, so that a folder can become a file. */
function* instructions(
  ref: string,
  parent: string | undefined,
  commit: NewCommit,
  files: Files | undefined,
): Generator<Buffer | string> {
  const who = `${plain(commit.author.name) || 'Plaza'} <${plain(commit.author.email)}> ${Math.floor(Date.now() / 1000)} +0000`
  yield `feature done\ncommit ${ref}\nauthor ${who}\ncommitter ${who}\n`
  yield* exactly(commit.message)
  if (parent !== undefined) yield `from ${parent}\n`
  const moved = executablesMoved(commit.changes, files)
  for (const change of commit.changes) if ('delete' in change) yield `D ${pathToken(change.delete)}\n`
  for (const change of commit.changes) {
    if (!('put' in change)) continue
    const from = 'object' in change ? checkSha(change.object) : 'inline'
    const before = files?.paths.get(change.put)?.kind
    const executable = change.executable ?? (before === undefined ? moved.has(from) : before === 'executable')
    yield `M ${executable ? '100755' : '100644'} ${from} ${pathToken(change.put)}\n`
    if ('content' in change) yield* exactly(change.content)
  }
  yield 'done\n'
}

/** The contents of executables that this commit takes away: one that comes back under another path was renamed. */
function executablesMoved(changes: readonly FileChange[], files: Files | undefined): ReadonlySet<string> {
  const gone = changes.flatMap((change) => {
    const entry = 'delete' in change ? files?.paths.get(change.delete) : undefined
    return entry?.kind === 'executable' ? [entry.object] : []
  })
  return new Set(gone)
}

function* exactly(content: Buffer | string): Generator<Buffer | string> {
  yield `data ${Buffer.byteLength(content)}\n`
  yield content
  yield '\n'
}

/** In quotes, so that no file's name is read as anything else. `checkPath` has refused control characters. */
function pathToken(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** What a line of author holds: no brackets, no line ends. */
function plain(words: string): string {
  return words.replace(/[\p{Cc}<>]/gu, '').trim()
}

function identity(role: 'COMMITTER', author: NewCommit['author']): Record<string, string> {
  return {
    [`GIT_${role}_NAME`]: plain(author.name) || 'Plaza',
    [`GIT_${role}_EMAIL`]: plain(author.email) || 'plaza@localhost',
  }
}

async function fastImport(
  repositories: Repositories,
  spaceId: string,
  stream: Iterable<Buffer | string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  const child = repositories.git.start(['fast-import', '--quiet', '--done', '--date-format=raw-permissive'], {
    repository: repositories.path(spaceId),
  })
  const words = collectWords(child.stderr)
  child.stdout.resume()
  const limits = AbortSignal.any([AbortSignal.timeout(timeLimit), ...(signal ? [signal] : [])])
  const stop = (): void => end(child)
  limits.addEventListener('abort', stop)
  const gone = ended(child)
  try {
    const input = Readable.from(stream)
    input.pipe(child.stdin)
    const exitCode = await gone
    limits.throwIfAborted()
    if (exitCode !== 0) throw new GitError('fast-import', exitCode, words())
  } finally {
    limits.removeEventListener('abort', stop)
  }
}

async function treeOf(repositories: Repositories, spaceId: string, commit: string): Promise<string> {
  const tree = await repositories.run(spaceId, [
    'log',
    '--max-count=1',
    '--format=%T',
    '--end-of-options',
    commit,
    '--',
  ])
  return tree.toString().trim()
}
