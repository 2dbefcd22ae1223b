/** Who wrote each line of a file last. */
import { PlazaError } from '../errors.ts'
import { GitError } from './git.ts'
import { checkSha } from './names.ts'
import type { Repositories } from './repository.ts'
import { entriesAt, maxTitle, timeOf } from './tree.ts'

/** `lines` lines from `start` on, counted from 1. */
export type BlameRange = { start: number; lines: number; sha: string; title: string; author: string; date: Date }

const maxBytes = 1024 * 1024
const maxOutput = 16 * 1024 * 1024
const timeLimit = 10_000

/** @throws PlazaError entry_not_found; payload_too_large over 1 MiB; unavailable where it takes too long. */
export async function blame(
  repositories: Repositories,
  spaceId: string,
  commit: string,
  path: string,
): Promise<BlameRange[]> {
  const entry = (await entriesAt(repositories, spaceId, commit, [path])).get(path)
  if (entry?.kind !== 'file' && entry?.kind !== 'executable') {
    throw new PlazaError('entry_not_found', `There is no file ${path} in this commit.`)
  }
  if (entry.size > maxBytes) {
    throw new PlazaError(
      'payload_too_large',
      `${path} has more than ${maxBytes} bytes.`,
      'Look at its history instead.',
    )
  }
  try {
    const output = await repositories.run(
      spaceId,
      ['blame', '--incremental', '--encoding=UTF-8', checkSha(commit), '--', path],
      { outputLimit: maxOutput, timeLimit },
    )
    return parseBlame(output.toString('utf8'))
  } catch (error) {
    // Asked again it would take as long again.
    if (error instanceof PlazaError && error.code === 'unavailable') {
      throw new PlazaError('unprocessable', `${path} has too long a past to tell.`, 'Look at its history instead.')
    }
    if (!(error instanceof GitError)) throw error
    throw new PlazaError('revision_not_found', 'git cannot tell who wrote this file.', 'Look at its history instead.')
  }
}

/** `git blame --incremental` → ranges in the order of the file, neighbours of one commit joined (pure). */
export function parseBlame(text: string): BlameRange[] {
  const commits = new Map<string, Pick<BlameRange, 'title' | 'author' | 'date'>>()
  const found: { start: number; lines: number; sha: string }[] = []
  let current = ''
  for (const line of text.split('\n')) {
    const header = /^([0-9a-f]{40}) \d+ (\d+) (\d+)$/.exec(line)
    if (header) {
      const [, sha = '', start, lines] = header
      current = sha
      found.push({ sha, start: Number(start), lines: Number(lines) })
      if (!commits.has(sha)) commits.set(sha, { title: '', author: '', date: new Date(0) })
      continue
    }
    const commit = commits.get(current)
    if (!commit) continue
    if (line.startsWith('author ')) commit.author = line.slice('author '.length)
    else if (line.startsWith('author-time ')) commit.date = timeOf(line.slice('author-time '.length))
    else if (line.startsWith('summary ')) commit.title = line.slice('summary '.length, 'summary '.length + maxTitle)
  }
  const ranges: BlameRange[] = []
  for (const { start, lines, sha } of found.toSorted((a, b) => a.start - b.start)) {
    const last = ranges.at(-1)
    if (last?.sha === sha && last.start + last.lines === start) last.lines += lines
    else ranges.push({ start, lines, sha, ...(commits.get(sha) ?? { title: '', author: '', date: new Date(0) }) })
  }
  return ranges
}
