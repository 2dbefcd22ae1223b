/** Commits by the hub's clients and the page: validate-yaml, preupload, and the commit itself as newline-delimited JSON. */
import type { Readable } from 'node:stream'
import { type Request, Router } from 'express'
import { z } from 'zod'
import type { Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import { BlobImport } from '../repositories/blob-import.ts'
import type { NewCommit } from '../repositories/commit.ts'
import { Gate, Gates } from '../repositories/gate.ts'
import { ignoredPaths } from '../repositories/ignored.ts'
import { type PushParts, commitAndRecord } from '../repositories/push.ts'
import { decoded } from '../repositories/relay.ts'
import { type TreeEntry, entriesAt, readContent } from '../repositories/tree.ts'
import { CardError, parseCard } from '../spaces/card.ts'
import type { Access } from './access.ts'
import type { Addresses } from './addresses.ts'
import { CommitDraft, checkName, tooLarge } from './commit-draft.ts'
import { type CommitLimits, commitLines } from './commit-lines.ts'
import { commitAt } from './revision.ts'

export type CommitParts = {
  access: Access
  addresses: Addresses
  pushes: PushParts
  /** Hears what nobody waits for: a repository that could not be packed. */
  report: (message: string, error: unknown) => void
}

const largestFile = 50 * 1024 * 1024
const limits: CommitLimits = { content: largestFile, line: 1024 * 1024, total: 1024 ** 3 }
const mostFilesAsked = 1000
const mostIgnoreBytes = 1024 * 1024
/** A file waits in memory for its end, since git wants to know its size first: this many at once, and few of one person. */
const commitsAtOnce = 8
const commitsOfOne = 2
const patience = 120_000
const idleLimit = 60_000
/** For commits whose author has named no parent and so cannot be in conflict with anybody. */
const maxRounds = 8

const validation = z.object({ content: z.string(), repoType: z.string().nullish() })
const preupload = z.object({
  files: z.array(z.object({ path: z.string(), size: z.number().min(0), sample: z.string().nullish() })),
  gitIgnore: z.string().nullish(),
})

export function commitRouter(parts: CommitParts): Router {
  const { access, addresses, pushes } = parts
  const { repositories } = pushes
  const router = Router()
  const at = '/api/spaces/:owner/:name'
  const gate = new Gate(commitsAtOnce, patience)
  const ownGates = new Gates(commitsOfOne, patience)

  router.post('/api/validate-yaml', jsonBody(), (request, response) => {
    const { content, repoType } = validation.parse(request.body ?? {})
    const { errors, warnings } = validateCard(content, repoType ?? 'space')
    // 400 is what the clients read errors from.
    response.status(errors.length > 0 ? 400 : 200).json({
      ...(errors[0] ? { error: errors[0].message } : {}),
      errors,
      warnings,
    })
  })

  router.post(`${at}/preupload/:revision`, jsonBody(), async (request, response) => {
    const { space } = await access.space(request, 'space.push')
    const body = preupload.parse(request.body ?? {})
    requireMain(request)
    if (body.files.length > mostFilesAsked) {
      throw new PlazaError('payload_too_large', `At most ${mostFilesAsked} files at once.`, 'Ask in several requests.')
    }
    for (const file of body.files) {
      checkName(file.path)
      if (file.size > largestFile) throw tooLarge(file.path, largestFile)
    }
    const commit = await commitAt(repositories, space.id, 'main')
    const paths = body.files.map((file) => file.path)
    const there =
      commit === undefined ? undefined : await entriesAt(repositories, space.id, commit, [...paths, ignoreFile])
    const rules = body.gitIgnore ?? (await ignoreRules(space.id, there?.get(ignoreFile)))
    if (Buffer.byteLength(rules) > mostIgnoreBytes) {
      throw new PlazaError('payload_too_large', 'The .gitignore is over 1 MiB.', 'Make it shorter.')
    }
    if (paths.length > 0) await repositories.create(space.id)
    const ignored = await ignoredPaths(repositories, space.id, rules, paths)
    response.json({
      files: paths.map((path) => {
        const entry = there?.get(path)
        const isFile = entry?.kind === 'file' || entry?.kind === 'executable'
        return {
          path,
          uploadMode: 'regular',
          shouldIgnore: ignored.has(path),
          ...(isFile ? { oid: entry.object } : {}),
        }
      }),
      ...(commit === undefined ? {} : { commitOid: commit }),
    })
  })

  router.post(`${at}/commit/:revision`, async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.push')
    requireMain(request)
    const take = async () => {
      const body: Readable = decoded(request)
      // Whoever reads it hears of its faults; before and after that they must not end the platform.
      body.on('error', () => {})
      request.once('close', () => {
        if (!request.complete) body.destroy(new PlazaError('bad_request', 'The commit has broken off.'))
      })
      try {
        return await takeCommit(space.id, viewer, body)
      } finally {
        // A client listens for the answer only once it has sent everything.
        body.resume()
      }
    }
    const sha = await ownGates.pass(viewer?.accountId ?? '', async () => await gate.pass(take))
    repositories.tidy(space.id).catch((error: unknown) => parts.report(`could not tidy ${space.id}`, error))
    response.json({
      success: true,
      commitOid: sha,
      commitUrl: `${addresses.page(space)}/commit/${sha}`,
      hookOutput: '',
    })
  })

  return router

  async function takeCommit(spaceId: string, viewer: Viewer, body: Readable): Promise<string> {
    await repositories.create(spaceId)
    const draft = new CommitDraft(largestFile)
    await using blobs = new LazyBlobs(async () => await BlobImport.open(repositories, spaceId))
    for await (const line of commitLines(arriving(body), limits)) {
      const content = draft.read(line)
      if (content) draft.put(content.path, await blobs.add(content.content))
    }
    const commit = draft.finish(await blobs.finish(), authorOf(viewer))
    return await commitOnTop(spaceId, viewer, commit)
  }

  async function commitOnTop(spaceId: string, viewer: Viewer, commit: NewCommit): Promise<string> {
    for (let round = 1; ; round++) {
      try {
        return await commitAndRecord(pushes, spaceId, viewer, commit)
      } catch (error) {
        const hasMoved = error instanceof PlazaError && error.code === 'precondition_failed'
        if (!hasMoved || commit.parent !== undefined || round === maxRounds) throw error
      }
    }
  }

  async function ignoreRules(spaceId: string, entry: TreeEntry | undefined): Promise<string> {
    if (!entry || entry.kind === 'folder' || entry.kind === 'submodule') return ''
    return (await readContent(repositories, spaceId, entry, ignoreFile, mostIgnoreBytes)).toString('utf8')
  }

  function authorOf(viewer: Viewer): NewCommit['author'] {
    return commitAuthor(viewer, addresses.platform.hostname)
  }
}

/** A commit is public for ever: it does not tell the address that somebody signed up with. */
export function commitAuthor(viewer: Viewer, host: string): NewCommit['author'] {
  const name = viewer?.name ?? 'Plaza'
  return { name, email: `${name}@users.noreply.${host}` }
}

const ignoreFile = '.gitignore'

/** Starts its git with the first content: a commit that only deletes needs none. */
class LazyBlobs implements AsyncDisposable {
  readonly #open: () => Promise<BlobImport>
  #blobs: BlobImport | undefined

  constructor(open: () => Promise<BlobImport>) {
    this.#open = open
  }

  async add(content: readonly Buffer[]): Promise<number> {
    this.#blobs ??= await this.#open()
    return await this.#blobs.add(content)
  }

  async finish(): Promise<string[]> {
    return (await this.#blobs?.finish()) ?? []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#blobs?.[Symbol.asyncDispose]()
  }
}

/** The chunks of a request. What is left when the reader breaks off stays there, since its connection gets the answer. */
async function* arriving(body: Readable): AsyncGenerator<Buffer> {
  const late = new PlazaError('bad_request', 'No more came of this commit.', 'Try again.')
  const idle = setTimeout(() => body.destroy(late), idleLimit)
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      idle.refresh()
      yield chunk
    }
  } finally {
    clearTimeout(idle)
  }
}

/** Builds are made from main, and so is the page. */
function requireMain(request: Request): void {
  const query = new URL(request.originalUrl, 'http://localhost').searchParams
  if (query.get('create_pr') === '1' || query.get('create_pr') === 'true') {
    throw new PlazaError('bad_request', 'Plaza has no pull requests yet.', 'Commit to main, or push a branch with git.')
  }
  const revision = String(request.params['revision'])
  if (revision === 'main' || revision === 'HEAD' || revision === 'refs/heads/main') return
  throw new PlazaError('bad_request', 'Commits are taken on main only.', 'Push to other branches with git.')
}

type CardFault = { message: string; line?: number }

/** What names a line is wrong; a card that is missing or lacks its sdk may still become one. */
function validateCard(content: string, repoType: string): { errors: CardFault[]; warnings: CardFault[] } {
  if (repoType !== 'space') return { errors: [], warnings: [] }
  try {
    parseCard(content)
    return { errors: [], warnings: [] }
  } catch (error) {
    if (!(error instanceof CardError)) throw error
    const line = /\bline (\d+)\b/.exec(error.message)?.[1]
    if (line === undefined) return { errors: [], warnings: [{ message: error.message }] }
    return { errors: [{ message: error.message, line: Number(line) }], warnings: [] }
  }
}
