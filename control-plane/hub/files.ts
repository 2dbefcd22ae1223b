/** What Plaza's own page reads of a repository: the history of a file, what a commit changed, who wrote each line. */
import { Router } from 'express'
import { PlazaError } from '../errors.ts'
import { blame } from '../repositories/blame.ts'
import { type FileDiff, diff } from '../repositories/diff.ts'
import { Gate } from '../repositories/gate.ts'
import type { Repositories } from '../repositories/repository.ts'
import { type CommitInfo, commitInfo, history } from '../repositories/tree.ts'
import type { Access } from './access.ts'
import type { Addresses } from './addresses.ts'
import { commitAt, decodeCursor, encodeCursor, trimSlashes } from './revision.ts'
import { bodyOf } from './tree.ts'

export type CommitSummary = {
  sha: string
  title: string
  /** What follows the title; often empty. */
  message: string
  author: string
  date: string
}

export type CommitPage = { commits: CommitSummary[]; next?: string }

export type CommitDiff = CommitSummary & {
  parents: string[]
  files: FileDiff[]
  /** Whether files or patches are left out, since there is too much to show. */
  truncated: boolean
}

/** `lines` lines from `start` on, counted from 1. */
export type BlameRanges = {
  ranges: { start: number; lines: number; sha: string; title: string; author: string; date: string }[]
}

export type FilesParts = { access: Access; addresses: Addresses; repositories: Repositories }

const pageSize = 50

export function filesRouter(parts: FilesParts): Router {
  const { access, addresses, repositories } = parts
  const router = Router()
  const at = '/api/plaza/spaces/:owner/:name'
  const gate = new Gate(6, 15_000)

  router.get(`${at}/history`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const query = new URL(request.originalUrl, addresses.platform).searchParams
    const cursor = decodeCursor(query.get('cursor'))
    const path = readPath(query.get('path'))
    await gate.pass(async () => {
      const commit = cursor?.commit ?? (await commitAt(repositories, space.id, query.get('rev') ?? 'main'))
      if (commit === undefined) {
        response.json({ commits: [] } satisfies CommitPage)
        return
      }
      const skip = cursor?.skip ?? 0
      const found = await history(repositories, space.id, commit, {
        skip,
        limit: pageSize + 1,
        ...(path === '' ? {} : { path }),
      })
      const page: CommitPage = {
        commits: found.slice(0, pageSize).map(presentSummary),
        ...(found.length > pageSize ? { next: encodeCursor({ commit, skip: skip + pageSize }) } : {}),
      }
      response.json(page)
    })
  })

  router.get(`${at}/commits/:sha/diff`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    await gate.pass(async () => {
      const commit = await commitInfo(repositories, space.id, request.params['sha'])
      // Of a merge: what it brought to the branch that it was made on.
      const changes = await diff(repositories, space.id, commit.parents[0], commit.sha)
      response.json({ ...presentSummary(commit), parents: commit.parents, ...changes } satisfies CommitDiff)
    })
  })

  router.get(`${at}/blame`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const query = new URL(request.originalUrl, addresses.platform).searchParams
    const path = readPath(query.get('path'))
    await gate.pass(async () => {
      const commit = await commitAt(repositories, space.id, query.get('rev') ?? 'main')
      if (commit === undefined) throw new PlazaError('entry_not_found', 'Nothing was pushed to this Space yet.')
      const ranges = await blame(repositories, space.id, commit, path)
      response.json({
        ranges: ranges.map((range) => ({ ...range, date: range.date.toISOString() })),
      } satisfies BlameRanges)
    })
  })

  return router
}

/** No option and no pathspec comes of it, whatever it is; a zero byte alone cannot be handed to git. */
function readPath(path: string | null): string {
  const trimmed = trimSlashes(path ?? '')
  if (trimmed.includes('\0')) throw new PlazaError('bad_request', 'A path has no zero bytes.')
  return trimmed
}

function presentSummary(commit: CommitInfo): CommitSummary {
  return {
    sha: commit.sha,
    title: commit.title,
    message: bodyOf(commit),
    author: commit.author,
    date: commit.authoredAt.toISOString(),
  }
}
