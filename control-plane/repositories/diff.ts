/** What a commit changed, file by file, as unified diffs: within limits, since anyone can push a file of a million lines. */
import { PlazaError } from '../errors.ts'
import { GitError } from './git.ts'
import { checkSha } from './names.ts'
import { partialOutput } from './partial-output.ts'
import type { Repositories } from './repository.ts'

export type FileDiff = {
  path: string
  oldPath?: string
  kind: 'added' | 'changed' | 'deleted' | 'renamed'
  additions: number
  deletions: number
  binary: boolean
  /** The hunks, from the first `@@` on; absent for binary files, and where it is too long to show. */
  patch?: string
}

export type Diff = {
  files: FileDiff[]
  /** Whether files or patches are left out. */
  truncated: boolean
}

/** git's name for a tree with nothing in it, which it knows without storing it. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const maxFiles = 1000
const maxPatchBytes = 256 * 1024
const maxDiffBytes = 4 * 1024 * 1024
const maxListBytes = 4 * 1024 * 1024
const timeLimit = 10_000
const comparison = ['diff-tree', '-r', '-M', '-l400', '--no-ext-diff', '--no-textconv', '--no-color']

/** @param before full hash of a commit; undefined: nothing, as before the first one. */
export async function diff(
  repositories: Repositories,
  spaceId: string,
  before: string | undefined,
  after: string,
): Promise<Diff> {
  const ends = ['--end-of-options', before === undefined ? emptyTree : checkSha(before), checkSha(after)]
  const limits = { timeLimit, limit: maxListBytes }
  const [list, patches] = await Promise.all([
    partialOutput(repositories, spaceId, [...comparison, '--raw', '--numstat', '-z', ...ends], limits),
    partialOutput(repositories, spaceId, [...comparison, '-p', ...ends], { timeLimit, limit: maxDiffBytes }),
  ]).catch(noSuchCommit)
  // A list that was cut off tells less than none: its last record may be half a path.
  if (!list.whole) throw new PlazaError('payload_too_large', 'This commit changes too many files to be shown.')
  const files = parseList(list.output.toString('utf8'))
  const sections = splitPatches(patches.output.toString('utf8'), patches.whole)
  let at = 0
  let isCut = files.length > maxFiles || !patches.whole
  const shown = files.slice(0, maxFiles).map(({ isTypeChange, ...file }): FileDiff => {
    // A file that became a symlink is a deletion and an addition to git.
    const own = sections.slice(at, (at += isTypeChange ? 2 : 1))
    const patch = own.join('')
    if (file.binary || patch === '') return file
    if (patch.length > maxPatchBytes) {
      isCut = true
      return file
    }
    return { ...file, patch }
  })
  return { files: shown, truncated: isCut }
}

/** The difference of two commits as `git diff` prints it; cut at 4 MiB, with a line that says so. */
export async function diffText(
  repositories: Repositories,
  spaceId: string,
  before: string,
  after: string,
): Promise<string> {
  const { output, whole } = await partialOutput(
    repositories,
    spaceId,
    [...comparison, '-p', '--end-of-options', checkSha(before), checkSha(after)],
    { timeLimit, limit: maxDiffBytes },
  ).catch(noSuchCommit)
  return output.toString('utf8') + (whole ? '' : '\n[cut here: the difference is longer]\n')
}

/** Where two branches have parted. @throws PlazaError where they have nothing in common. */
export async function mergeBase(repositories: Repositories, spaceId: string, one: string, other: string) {
  try {
    const base = await repositories.run(spaceId, ['merge-base', '--end-of-options', checkSha(one), checkSha(other)], {
      timeLimit,
    })
    return checkSha(base.toString().trim())
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    throw new PlazaError('revision_not_found', 'The two have no commit in common.', 'Compare them with two dots.')
  }
}

function noSuchCommit(error: unknown): never {
  if (!(error instanceof GitError)) throw error
  throw new PlazaError('revision_not_found', 'There is no such commit in this repository.')
}

type ListedFile = Omit<FileDiff, 'patch'> & { isTypeChange: boolean }

/** `--raw --numstat -z`: every file's kind, then every file's counts, in the same order. */
export function parseList(text: string): ListedFile[] {
  const tokens = text.split('\0')
  const files: ListedFile[] = []
  let at = 0
  while (tokens[at]?.startsWith(':')) {
    const status = /^:\d+ \d+ \S+ \S+ ([A-Z])/.exec(tokens[at++] ?? '')?.[1] ?? 'M'
    const isMoved = status === 'R' || status === 'C'
    const oldPath = isMoved ? (tokens[at++] ?? '') : undefined
    const path = tokens[at++] ?? ''
    files.push({
      path,
      ...(oldPath === undefined ? {} : { oldPath }),
      kind: kinds[status] ?? 'changed',
      additions: 0,
      deletions: 0,
      binary: false,
      isTypeChange: status === 'T',
    })
  }
  for (const file of files) {
    const [, added = '0', deleted = '0', path] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(tokens[at++] ?? '') ?? []
    if (path === '') at += 2
    file.binary = added === '-'
    file.additions = Number(added) || 0
    file.deletions = Number(deleted) || 0
  }
  return files
}

const kinds: Record<string, FileDiff['kind']> = { A: 'added', C: 'added', D: 'deleted', R: 'renamed' }

/** One string of hunks a file. Within hunks every line begins with a blank, + , - or \, so no content looks like a header. */
export function splitPatches(text: string, isWhole: boolean): string[] {
  const sections = text.split(/^(?=diff --git )/m).filter((section) => section.startsWith('diff --git '))
  // The last one of an output that was cut off lacks its end.
  if (!isWhole) sections.pop()
  return sections.map((section) => {
    const start = section.search(/^@@ /m)
    return start === -1 ? '' : section.slice(start)
  })
}
