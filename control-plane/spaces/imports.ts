/** Repositories on their way here from elsewhere: fetched first, looked at by whoever asked, and then made a Space. */
import { randomBytes } from 'node:crypto'
import { PlazaError } from '../errors.ts'
import { Gate } from '../repositories/gate.ts'
import { importMain, type ImportProgress, type ImportSource } from '../repositories/import.ts'
import type { PushParts } from '../repositories/push.ts'
import { commitInfo, countCommits, type Files, filesAt } from '../repositories/tree.ts'
import type { CardColumn } from '../store/schema.ts'

/** What came, for whoever decides what to make of it. */
export type ImportReport = {
  commits: number
  latest: { sha: string; title: string; author: string; authoredAt: string }
  files: number
  /** Bytes of the files, without their history. */
  bytes: number
  /** By path, the first of them. */
  listing: { path: string; size: number }[]
  /** The card, where it can be read. */
  card?: CardColumn
  /** Why it would not run as it is. */
  problem?: string
  /** Contents of the few files that tell what an app is made with. */
  texts: Record<string, string>
  /** Large files that are only named here, since their contents lie on an LFS server. */
  pointers: number
  submodules: number
}

export type ImportView = { id: string; source: string; branch?: string } & (
  | { state: 'running'; progress: ImportProgress }
  | { state: 'ready'; report: ImportReport }
  | { state: 'failed'; message: string; remedy: string }
)

type Job = {
  ownerId: string
  source: ImportSource
  abort: AbortController
  view: ImportView
  staged: string | undefined
  done: Promise<void>
}

export type ImportsParts = PushParts & {
  allowed: (address: string) => boolean
  certificates: string | undefined
  report: (message: string, error: unknown) => void
}

/** What one person has open; the oldest one makes room. */
const mostOfOne = 3
const atOnce = 4
const patience = 60_000
/** Milliseconds that somebody has to decide. */
const keptFor = 3_600_000
const mostListed = 500
const telling = ['README.md', 'Dockerfile', 'requirements.txt', 'app.py', 'main.py', 'streamlit_app.py', 'package.json']
const mostTextBytes = 100_000

export class Imports implements AsyncDisposable {
  readonly #parts: ImportsParts
  readonly #jobs = new Map<string, Job>()
  readonly #gate = new Gate(atOnce, patience)

  constructor(parts: ImportsParts) {
    this.#parts = parts
  }

  /** Begins to fetch. @returns at once. */
  start(ownerId: string, source: ImportSource): ImportView {
    const own = [...this.#jobs].filter(([, job]) => job.ownerId === ownerId)
    for (const [id] of own.slice(0, Math.max(0, own.length - mostOfOne + 1))) void this.#forget(id)
    const id = randomBytes(12).toString('hex')
    const about = { id, source: source.url, ...(source.branch === undefined ? {} : { branch: source.branch }) }
    const job: Job = {
      ownerId,
      source,
      abort: new AbortController(),
      view: { ...about, state: 'running', progress: { step: 'connecting' } },
      staged: undefined,
      done: Promise.resolve(),
    }
    this.#jobs.set(id, job)
    job.done = this.#run(job, about)
    return job.view
  }

  /** @throws PlazaError not_found where this person has no such import. */
  find(ownerId: string, id: string): ImportView {
    return this.#job(ownerId, id).view
  }

  /** Takes the fetched repository out, to become a Space's. @throws PlazaError conflict where it is not ready. */
  take(ownerId: string, id: string): { staged: string; source: ImportSource; giveBack: () => void } {
    const job = this.#job(ownerId, id)
    if (job.view.state !== 'ready' || job.staged === undefined) {
      throw new PlazaError('conflict', 'The repository is not here yet.', 'Wait until it is.')
    }
    const { staged, source } = job
    job.staged = undefined
    return {
      staged,
      source,
      giveBack: () => {
        job.staged = staged
      },
    }
  }

  async cancel(ownerId: string, id: string): Promise<void> {
    this.#job(ownerId, id)
    await this.#forget(id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#jobs.keys()].map(async (id) => await this.#forget(id)))
  }

  #job(ownerId: string, id: string): Job {
    const job = this.#jobs.get(id)
    if (!job || job.ownerId !== ownerId) {
      throw new PlazaError('not_found', 'This import is not known any more.', 'Begin it again.')
    }
    return job
  }

  async #forget(id: string): Promise<void> {
    const job = this.#jobs.get(id)
    if (!job) return
    this.#jobs.delete(id)
    job.abort.abort(new PlazaError('unavailable', 'The import was stopped.', 'Begin it again.'))
    await job.done
    if (job.staged !== undefined) await this.#parts.repositories.remove(job.staged).catch(() => {})
  }

  async #run(job: Job, about: { id: string; source: string }): Promise<void> {
    const { repositories } = this.#parts
    const { signal } = job.abort
    let staged: string | undefined
    try {
      staged = await repositories.stage()
      await this.#gate.pass(async () => {
        await importMain(repositories, staged ?? '', job.source, {
          allowed: this.#parts.allowed,
          certificates: this.#parts.certificates,
          signal,
          onProgress: (progress) => {
            job.view = { ...about, state: 'running', progress }
          },
        })
      })
      const report = await this.#look(staged)
      signal.throwIfAborted()
      job.view = { ...about, state: 'ready', report }
      job.staged = staged
      setTimeout(() => void this.#forget(about.id), keptFor).unref()
    } catch (error) {
      if (staged !== undefined) await repositories.remove(staged).catch(() => {})
      const known = error instanceof PlazaError ? error : undefined
      if (!known) this.#parts.report('an import failed', error)
      const message = known?.message ?? 'The platform made a mistake.'
      job.view = { ...about, state: 'failed', message, remedy: known?.remedy ?? 'Push it with git.' }
    }
  }

  async #look(staged: string): Promise<ImportReport> {
    const { repositories } = this.#parts
    const sha = (await repositories.head(staged)) ?? ''
    const [info, commits, files] = await Promise.all([
      commitInfo(repositories, staged, sha),
      countCommits(repositories, staged, sha),
      filesAt(repositories, staged, sha),
    ])
    const description = await this.#parts.describe(files).catch((error: unknown) => {
      if (!(error instanceof PlazaError) || error.code === 'unavailable') throw error
      return { card: undefined, problem: { message: [error.message, error.remedy].join(' ') } }
    })
    const entries = [...files.paths]
    const texts = await readTexts(files)
    const attributes = await textOf(files, '.gitattributes')
    const problem = 'problem' in description ? description.problem.message : undefined
    return {
      commits,
      latest: { sha, title: info.title, author: info.author, authoredAt: info.authoredAt.toISOString() },
      files: entries.length,
      bytes: entries.reduce((sum, [, entry]) => sum + entry.size, 0),
      listing: entries.slice(0, mostListed).map(([path, entry]) => ({ path, size: entry.size })),
      ...(description.card === undefined ? {} : { card: description.card }),
      ...(problem === undefined ? {} : { problem }),
      texts,
      // A pointer has about 130 bytes; a file of that size where LFS is used is taken for one.
      pointers: /filter=lfs/.test(attributes)
        ? entries.filter(([path, entry]) => entry.size > 120 && entry.size < 140 && path !== '.gitattributes').length
        : 0,
      submodules: entries.filter(([, entry]) => entry.kind === 'submodule').length,
    }
  }
}

async function readTexts(files: Files): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const path of telling) {
    if (files.paths.has(path)) texts[path] = await textOf(files, path)
  }
  return texts
}

async function textOf(files: Files, path: string): Promise<string> {
  const entry = files.paths.get(path)
  if (!entry || entry.size > mostTextBytes) return ''
  return (await files.text(path)) ?? ''
}
