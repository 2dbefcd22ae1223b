/**
 * One file of a commit: `/spaces/OWNER/NAME/resolve/REVISION/PATH`, and the same as `/raw/`. It lies on the platform's
 * own origin and anyone may have written it, so nothing in it is ever run: no scripts, no pages, no guessing of types.
 */
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { type Request, type Response, Router } from 'express'
import { PlazaError } from '../errors.ts'
import { Gate } from '../repositories/gate.ts'
import type { Repositories } from '../repositories/repository.ts'
import { type TreeEntry, entriesAt, streamContent } from '../repositories/tree.ts'
import type { Access } from './access.ts'
import { contentType } from './content-type.ts'
import { commitAt, pathOf } from './revision.ts'

export type ResolveParts = { access: Access; repositories: Repositories }

const idleLimit = 120_000

export function resolveRouter(parts: ResolveParts): Router {
  const { access, repositories } = parts
  const router = Router()
  const gate = new Gate(64, 15_000)
  for (const kind of ['resolve', 'raw'] as const) {
    router.get(`/spaces/:owner/:name/${kind}/:revision/*path`, answer)
  }
  return router

  /** HEAD too: express asks the same route. */
  async function answer(request: Request, response: Response): Promise<void> {
    const { space } = await access.space(request, 'space.see')
    const path = pathOf(request)
    await gate.pass(async () => {
      const commit = await commitAt(repositories, space.id, String(request.params['revision']))
      if (commit === undefined) throw new PlazaError('revision_not_found', 'Nothing was pushed to this Space yet.')
      // With it a client remembers that this commit has no such file.
      response.setHeader('X-Repo-Commit', commit)
      const entry = (await entriesAt(repositories, space.id, commit, [path])).get(path)
      if (!entry || entry.kind === 'folder' || entry.kind === 'submodule') {
        throw new PlazaError('entry_not_found', `There is no file ${path} in this revision.`)
      }
      describe(request, response, entry, space.visibility === 'private')
      await send(request, response, space.id, entry)
    })
  }

  async function send(request: Request, response: Response, spaceId: string, entry: TreeEntry): Promise<void> {
    const range = rangeOf(request, entry)
    if (request.fresh) {
      response.status(304).end()
      return
    }
    if (range === 'unsatisfiable') {
      response.status(416).setHeader('Content-Range', `bytes */${entry.size}`)
      response.end()
      return
    }
    if (range) {
      response.status(206).setHeader('Content-Range', `bytes ${range.start}-${range.end}/${entry.size}`)
    }
    const { start, end } = range ?? { start: 0, end: entry.size - 1 }
    response.setHeader('Content-Length', end - start + 1)
    if (request.method === 'HEAD' || entry.size === 0) {
      response.end()
      return
    }
    response.setTimeout(idleLimit, () => response.destroy())
    await pipeline(
      Readable.from(streamContent(repositories, spaceId, entry.object, { start, end }), { objectMode: false }),
      response,
    ).catch((error: unknown) => {
      // A visitor who has seen enough is no fault.
      if (!response.destroyed || response.writableFinished) throw error
    })
  }
}

function describe(request: Request, response: Response, entry: TreeEntry, isPrivate: boolean): void {
  const query = new URL(request.originalUrl, 'http://localhost').searchParams
  if (query.get('download') === 'true') response.attachment(entry.path.slice(entry.path.lastIndexOf('/') + 1))
  response.setHeader('Content-Type', contentType(entry.path))
  response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'; frame-ancestors 'none'")
  // No other page may show to its visitors what only they may see.
  if (isPrivate) response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  response.setHeader('Cache-Control', 'private, no-cache')
  response.setHeader('Accept-Ranges', 'bytes')
  response.setHeader('ETag', `"${entry.object}"`)
}

/** Several ranges at once, and a range of what it no longer is, get the whole. */
function rangeOf(request: Request, entry: TreeEntry): { start: number; end: number } | 'unsatisfiable' | undefined {
  const condition = request.headers['if-range']
  if (condition !== undefined && condition !== `"${entry.object}"`) return undefined
  const ranges = request.range(entry.size)
  if (ranges === -1) return 'unsatisfiable'
  if (!Array.isArray(ranges) || ranges.type !== 'bytes' || ranges.length !== 1) return undefined
  return ranges[0]
}
