/** What a repository holds, as the hub's clients read it: tree, paths-info, refs, commits, compare. */
import express, { type Request, Router } from 'express'
import { z } from 'zod'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import { diffText, mergeBase } from '../repositories/diff.ts'
import { Gate } from '../repositories/gate.ts'
import { type LastCommit, lastCommits } from '../repositories/last-commits.ts'
import { listRefs } from '../repositories/refs.ts'
import type { Repositories } from '../repositories/repository.ts'
import {
  type CommitInfo,
  type TreeEntry,
  countCommits,
  entriesAt,
  history,
  listFolder,
  resolveRevision,
} from '../repositories/tree.ts'
import type { Access } from './access.ts'
import type { Addresses } from './addresses.ts'
import { commitAt, decodeCursor, encodeCursor, pathOf, trimSlashes } from './revision.ts'

export type TreeParts = { access: Access; addresses: Addresses; repositories: Repositories }

type PresentedEntry = {
  type: 'file' | 'directory'
  path: string
  oid: string
  size: number
  lastCommit?: { id: string; title: string; date: string }
}

const pageSize = 1000
const expandedPageSize = 100
const mostPaths = 1000
const mostCommits = 100

const flag = z.union([z.boolean(), z.string().transform((text) => text.toLowerCase() === 'true')]).optional()
const pathsAsked = z.object({
  paths: z.union([z.array(z.string()), z.string().transform((path) => [path])]),
  expand: flag,
})

export function treeRouter(parts: TreeParts): Router {
  const { access, addresses, repositories } = parts
  const router = Router()
  const at = '/api/spaces/:owner/:name'
  // Each of these is a git or two; a crowd of them must not take the machine from the Spaces.
  const gate = new Gate(12, 15_000)

  router.get(`${at}/tree/:revision{/*path}`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const query = queryOf(request)
    const cursor = decodeCursor(query.get('cursor'))
    const folder = pathOf(request)
    const expand = query.get('expand') === 'true'
    const size = expand ? expandedPageSize : pageSize
    await gate.pass(async () => {
      const commit = cursor?.commit ?? (await commitAt(repositories, space.id, request.params['revision']))
      if (commit === undefined) {
        if (folder !== '')
          throw new PlazaError('entry_not_found', `There is no folder ${folder}: nothing was pushed yet.`)
        response.json([])
        return
      }
      response.setHeader('X-Repo-Commit', commit)
      const entries = await listFolder(repositories, space.id, commit, folder, query.get('recursive') === 'true')
      const skip = cursor?.skip ?? 0
      const page = entries.slice(skip, skip + size)
      if (skip + size < entries.length) linkNext(request, { commit, skip: skip + size })
      response.json(await present(space.id, commit, page, expand))
    })
  })

  router.post(
    `${at}/paths-info/:revision`,
    jsonBody(),
    express.urlencoded({ extended: false, limit: '2mb', parameterLimit: mostPaths + 10 }),
    async (request, response) => {
      const { space } = await access.space(request, 'space.see')
      const body = pathsAsked.parse(request.body ?? {})
      if (body.paths.length > mostPaths) {
        throw new PlazaError('payload_too_large', `At most ${mostPaths} paths at once.`, 'Ask in several requests.')
      }
      await gate.pass(async () => {
        const commit = await commitAt(repositories, space.id, String(request.params['revision']))
        if (commit === undefined) {
          response.json([])
          return
        }
        response.setHeader('X-Repo-Commit', commit)
        const found = await entriesAt(repositories, space.id, commit, body.paths.map(trimSlashes))
        response.json(await present(space.id, commit, [...found.values()], body.expand ?? false))
      })
    },
  )

  router.get(`${at}/refs`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const isEmpty = (await repositories.head(space.id)) === undefined
    const refs = isEmpty ? [] : await gate.pass(async () => await listRefs(repositories, space.id))
    const of = (kind: 'branch' | 'tag') =>
      refs.filter((one) => one.kind === kind).map(({ name, ref, commit }) => ({ name, ref, targetCommit: commit }))
    response.json({
      branches: of('branch'),
      tags: of('tag'),
      converts: [],
      ...(queryOf(request).has('include_prs') ? { pullRequests: [] } : {}),
    })
  })

  router.get(`${at}/commits/:revision`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const query = queryOf(request)
    const cursor = decodeCursor(query.get('cursor'))
    const asked = Math.trunc(Number(query.get('limit') ?? mostCommits)) || mostCommits
    const limit = Math.min(Math.max(asked, 1), mostCommits)
    const isFormatted = [...query.getAll('expand'), ...query.getAll('expand[]')].includes('formatted')
    await gate.pass(async () => {
      const commit = cursor?.commit ?? (await commitAt(repositories, space.id, request.params['revision']))
      if (commit === undefined) {
        response.setHeader('X-Total-Count', 0)
        response.json([])
        return
      }
      const skip = cursor?.skip ?? 0
      const [list, total] = await Promise.all([
        history(repositories, space.id, commit, { skip, limit }),
        countCommits(repositories, space.id, commit),
      ])
      response.setHeader('X-Total-Count', total)
      if (skip + limit < total) linkNext(request, { commit, skip: skip + limit })
      response.json(list.map((one) => presentCommit(one, isFormatted)))
    })
  })

  router.get(`${at}/compare/:range`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const found = /^(.+?)(\.{2,3})(.+)$/.exec(request.params['range'])
    if (!found) throw new PlazaError('bad_request', 'Two revisions are compared.', 'Ask for compare/ONE..OTHER.')
    const [, one = '', dots, other = ''] = found
    await gate.pass(async () => {
      const [before, after] = await Promise.all([
        resolveRevision(repositories, space.id, one),
        resolveRevision(repositories, space.id, other),
      ])
      const base = dots === '...' ? await mergeBase(repositories, space.id, before, after) : before
      response.type('text/plain').send(await diffText(repositories, space.id, base, after))
    })
  })

  return router

  function queryOf(request: Request): URLSearchParams {
    return new URL(request.originalUrl, addresses.platform).searchParams
  }

  /** Absolute, since the clients read no other. */
  function linkNext(request: Request, cursor: { commit: string; skip: number }): void {
    const url = new URL(request.originalUrl, addresses.platform)
    url.searchParams.set('cursor', encodeCursor(cursor))
    request.res?.setHeader('Link', `<${addresses.platform.origin}${url.pathname}${url.search}>; rel="next"`)
  }

  async function present(
    spaceId: string,
    commit: string,
    entries: readonly TreeEntry[],
    expand: boolean,
  ): Promise<PresentedEntry[]> {
    // A submodule has no content here that a client could load.
    const own = entries.filter((entry) => entry.kind !== 'submodule')
    const paths = own.map((entry) => entry.path)
    const last = expand ? await lastCommits(repositories, spaceId, commit, paths) : new Map<string, LastCommit>()
    return own.map((entry) => presentEntry(entry, last.get(entry.path)))
  }
}

function presentEntry(entry: TreeEntry, last: LastCommit | undefined): PresentedEntry {
  return {
    type: entry.kind === 'folder' ? 'directory' : 'file',
    path: entry.path,
    oid: entry.object,
    size: entry.size,
    ...(last ? { lastCommit: { id: last.sha, title: last.title, date: last.date.toISOString() } } : {}),
  }
}

function presentCommit(commit: CommitInfo, isFormatted: boolean) {
  const message = bodyOf(commit)
  return {
    id: commit.sha,
    title: commit.title,
    message,
    date: commit.authoredAt.toISOString(),
    authors: [{ user: commit.author }],
    ...(isFormatted ? { formatted: { title: asHtml(commit.title), message: asHtml(message) } } : {}),
  }
}

/** The message below its first paragraph, which is the title. */
export function bodyOf(commit: Pick<CommitInfo, 'message'>): string {
  const end = commit.message.trimStart().search(/\n\s*\n/)
  return end === -1 ? '' : commit.message.trimStart().slice(end).trim()
}

function asHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
