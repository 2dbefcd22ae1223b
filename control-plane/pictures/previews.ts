/**
 * Pictures that stand beside links to Spaces elsewhere, drawn when somebody first asks (or ahead, once a Space has been
 * photographed) and kept until the Space looks different.
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { PlazaError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/database.ts'
import type { Camera } from './camera.ts'
import { servePage } from './one-page.ts'
import type { PictureFiles } from './picture-files.ts'
import { previewKey, previewPage, previewPolicy, previewSize, type PreviewSubject } from './preview-page.ts'

/** Whoever asks for one more while so many are being drawn is asked to come again: crawlers do. */
const mostWaiting = 16
/** Milliseconds, the wait for the browser included; no crawler waits longer. */
const patience = 30_000

export type PreviewParts = {
  store: Store
  /** Undefined: the operator wants no pictures. */
  camera: Camera | undefined
  files: PictureFiles
  log: Logger
}

export class Previews implements AsyncDisposable {
  readonly #parts: PreviewParts
  readonly #stop = new AbortController()
  /** By key: who asks for the same at the same moment gets the same. */
  readonly #drawing = new Map<string, Promise<Buffer>>()

  constructor(parts: PreviewParts) {
    this.#parts = parts
  }

  /** Whether there is a browser to draw them. */
  get areDrawn(): boolean {
    const { camera } = this.#parts
    return camera !== undefined && camera.problem === undefined
  }

  /**
   * @param picture the bytes of the subject's picture, asked for only if it must be drawn; undefined: the card is drawn.
   * @returns a JPEG of 1200×630. @throws PlazaError not_found where none are drawn; unavailable: too many at once.
   */
  async get(spaceId: string, subject: PreviewSubject, picture: () => Promise<Buffer | undefined>): Promise<Buffer> {
    if (!this.areDrawn) throw new PlazaError('not_found', 'There is no such picture.')
    const key = previewKey(subject)
    const { store, files } = this.#parts
    const row = await store.read
      .selectFrom('previews')
      .select(['key', 'digest'])
      .where('space_id', '=', spaceId)
      .executeTakeFirst()
    const kept = row?.key === key ? await files.get(row.digest) : undefined
    if (kept) return kept
    // Two Spaces never share a name, so neither a key.
    const running = this.#drawing.get(key)
    if (running) return await running
    if (this.#drawing.size >= mostWaiting) {
      throw new PlazaError('unavailable', 'Too many pictures are being drawn.', 'Try again in a minute.')
    }
    const drawn = this.#draw(spaceId, subject, picture).finally(() => this.#drawing.delete(key))
    this.#drawing.set(key, drawn)
    return await drawn
  }

  async #draw(spaceId: string, subject: PreviewSubject, picture: () => Promise<Buffer | undefined>): Promise<Buffer> {
    const { store, camera, files, log } = this.#parts
    if (!camera) throw new Error('Without a camera nothing is drawn.')
    let bytes: Buffer
    try {
      const shown = await picture()
      const parts: Readonly<Record<string, Buffer | undefined>> = {
        '/': Buffer.from(previewPage(subject, shown !== undefined)),
        '/picture': shown,
        '/text.woff2': await font(
          '@fontsource-variable/instrument-sans/files/instrument-sans-latin-standard-normal.woff2',
        ),
        '/mono.woff2': await font('@fontsource-variable/geist-mono/files/geist-mono-latin-wght-normal.woff2'),
      }
      await using page = await servePage((request, response) => {
        const part = parts[request.url ?? '']
        if (!part) return void response.writeHead(404).end()
        if (request.url === '/') {
          response.setHeader('Content-Type', 'text/html; charset=utf-8')
          response.setHeader('Content-Security-Policy', previewPolicy)
        }
        response.end(part)
      })
      const limit = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(patience)])
      bytes = await camera.print(page.url, previewSize, limit)
    } catch (error) {
      if (!this.#stop.signal.aborted) log.warn({ err: error, space: spaceId }, 'a preview could not be drawn')
      throw new PlazaError('unavailable', 'The picture could not be drawn now.', 'Try again in a minute.')
    }
    const row = { key: previewKey(subject), digest: await files.put(bytes) }
    await store.transaction(async (tx) => {
      const isThere = await tx.db.selectFrom('spaces').select('id').where('id', '=', spaceId).executeTakeFirst()
      if (!isThere) return
      await tx.db
        .insertInto('previews')
        .values({ space_id: spaceId, ...row })
        .onConflict((on) => on.column('space_id').doUpdateSet(row))
        .execute()
    })
    return bytes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled(this.#drawing.values())
  }
}

/** The page's own; without it the machine's fonts do. */
async function font(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(fileURLToPath(import.meta.resolve(file)))
  } catch {
    return undefined
  }
}
