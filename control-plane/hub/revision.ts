/** What a route's address says of a commit and of a path in it. */
import type { Request } from 'express'
import { z } from 'zod'
import { PlazaError } from '../errors.ts'
import { checkSha } from '../repositories/names.ts'
import type { Repositories } from '../repositories/repository.ts'
import { resolveRevision } from '../repositories/tree.ts'

/** The rest of the path behind the revision: decoded, without slashes at its ends; '' for the root. */
export function pathOf(request: Request): string {
  const { path } = request.params
  return trimSlashes(Array.isArray(path) ? path.join('/') : (path ?? ''))
}

export function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '')
}

/**
 * The commit that a revision stands for; undefined in a Space that nobody has pushed to yet, whose main is there all the same.
 * @throws PlazaError revision_not_found.
 */
export async function commitAt(
  repositories: Repositories,
  spaceId: string,
  revision: string,
): Promise<string | undefined> {
  const isMain = revision === 'main' || revision === 'HEAD' || revision === 'refs/heads/main'
  if (isMain) return await repositories.head(spaceId)
  return await resolveRevision(repositories, spaceId, revision)
}

export type Cursor = { commit: string; skip: number }

const cursorParts = z.tuple([z.string(), z.int().min(0).max(10_000_000)])

/** Pages of a list are of one commit, wherever its branch has gone meanwhile. */
export function encodeCursor({ commit, skip }: Cursor): string {
  return Buffer.from(JSON.stringify([commit, skip])).toString('base64url')
}

export function decodeCursor(cursor: string | null): Cursor | undefined {
  if (!cursor) return undefined
  try {
    const [commit, skip] = cursorParts.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { commit: checkSha(commit), skip }
  } catch {
    throw new PlazaError('bad_request', 'This cursor is not one of ours.', 'Begin again without cursor.')
  }
}
