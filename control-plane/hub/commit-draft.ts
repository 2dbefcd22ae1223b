/** The lines of a commit request → the commit that they ask for (pure). The last thing said of a path counts. */
import { z } from 'zod'
import { PlazaError } from '../errors.ts'
import type { FileChange, NewCommit } from '../repositories/commit.ts'
import { checkPath } from '../repositories/names.ts'
import { type CommitLine, decodeBase64 } from './commit-lines.ts'
import { trimSlashes } from './revision.ts'

const sha = z.string().regex(/^[0-9a-f]{40}$/, 'is not a full commit hash')
const place = z.object({ path: z.string() })
const lineSchema = z.discriminatedUnion('key', [
  z.object({
    key: z.literal('header'),
    value: z.object({
      summary: z.string().max(1000),
      description: z.string().nullish(),
      parentCommit: sha.nullish(),
    }),
  }),
  z.object({
    key: z.literal('file'),
    value: place.extend({ content: z.string(), encoding: z.enum(['base64', 'utf-8']).default('utf-8') }),
  }),
  z.object({ key: z.literal('deletedFile'), value: place }),
  z.object({ key: z.literal('deletedFolder'), value: place }),
  z.object({ key: z.literal('lfsFile'), value: place }),
])

const mostChanges = 25_000
const keys = 'header, file, deletedFile, deletedFolder or lfsFile'

export class CommitDraft {
  readonly #largestFile: number
  readonly #changes = new Map<string, { put: number } | 'delete'>()
  #header: { message: string; parent: string | undefined } | undefined

  /** @param largestFile bytes. */
  constructor(largestFile: number) {
    this.#largestFile = largestFile
  }

  /** @returns what must be stored before the next line is read: `put` is told where it is. @throws PlazaError. */
  read(line: CommitLine): { path: string; content: Buffer[] } | undefined {
    const parsed = lineSchema.safeParse(line.value)
    if (!parsed.success) throw notALine(line.value, parsed.error)
    const { key, value } = parsed.data
    if (key === 'header') {
      if (this.#header) throw new PlazaError('bad_request', 'A commit has one header.', 'Send it first, and once.')
      const message = [value.summary.trim() || 'Change files', value.description?.trim()].filter(Boolean).join('\n\n')
      this.#header = { message, parent: value.parentCommit ?? undefined }
      return undefined
    }
    if (!this.#header) throw new PlazaError('bad_request', 'The header of the commit is missing.', 'Send it first.')
    const path = key === 'deletedFolder' ? trimSlashes(value.path) : value.path
    checkName(path)
    if (!this.#changes.has(path) && this.#changes.size >= mostChanges) {
      throw new PlazaError('payload_too_large', `A commit has at most ${mostChanges} changes.`, 'Make several commits.')
    }
    switch (key) {
      case 'file':
        return { path, content: line.content ? taken(path, line.content, value) : [this.#decode(path, value)] }
      case 'deletedFile':
        this.#changes.set(path, 'delete')
        return undefined
      case 'deletedFolder':
        for (const other of this.#changes.keys()) if (other.startsWith(`${path}/`)) this.#changes.delete(other)
        this.#changes.set(path, 'delete')
        return undefined
      case 'lfsFile':
        throw new PlazaError(
          'unprocessable',
          `${path} is sent as a large file (LFS), which is not taken here yet.`,
          'Send it as a regular file, or push it with git.',
        )
    }
  }

  /** @param blob index of the content in `finish`'s list. */
  put(path: string, blob: number): void {
    this.#changes.set(path, { put: blob })
  }

  /** @param objects git's ids of the contents. */
  finish(objects: readonly string[], author: NewCommit['author']): NewCommit {
    if (!this.#header) throw new PlazaError('bad_request', 'The header of the commit is missing.', 'Send it first.')
    const changes = [...this.#changes].map(([path, change]): FileChange =>
      change === 'delete' ? { delete: path } : { put: path, object: objects[change.put] ?? '' },
    )
    return { ...this.#header, author, changes }
  }

  #decode(path: string, { content, encoding }: Content): Buffer {
    const bytes = encoding === 'base64' ? decodeBase64(content) : Buffer.from(content)
    if (!bytes) throw new PlazaError('unprocessable', `The content of ${path} is not base64.`)
    if (bytes.length > this.#largestFile) throw tooLarge(path, this.#largestFile)
    return bytes
  }
}

type Content = { content: string; encoding: 'base64' | 'utf-8' }

/** A content that was decoded before its line was known. */
function taken(path: string, content: Buffer[], { encoding }: Content): Buffer[] {
  if (encoding === 'base64') return content
  throw new PlazaError('unprocessable', `${path} is long, and sent as text.`, 'Send it as base64.')
}

function notALine(line: unknown, error: z.ZodError): PlazaError {
  const key = typeof line === 'object' && line !== null && 'key' in line ? String(line.key) : undefined
  const known = lineSchema.options.some((option) => option.shape.key.value === key)
  if (!known) return new PlazaError('bad_request', `A line of a commit is no "${key ?? ''}".`, `Use ${keys}.`)
  const issue = error.issues[0]
  return new PlazaError('bad_request', `${key}: ${issue?.path.slice(1).join('.') ?? ''} ${issue?.message ?? ''}`)
}

/** The clients know invalid paths by 422. @throws PlazaError. */
export function checkName(path: string): void {
  try {
    checkPath(path)
  } catch (error) {
    if (!(error instanceof PlazaError)) throw error
    throw new PlazaError('unprocessable', error.message, error.remedy)
  }
}

export function tooLarge(path: string, limit: number): PlazaError {
  return new PlazaError(
    'payload_too_large',
    `${path} is larger than ${limit / 1024 / 1024} MB, the most that can be uploaded here.`,
    'Push it with git, or load it when the app starts.',
  )
}
