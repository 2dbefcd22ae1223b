/** Pictures on disk, named by their content: the same picture is there once, and a name always means the same bytes. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

/** Milliseconds. A picture is written before its row: a younger one may belong to a row that is about to come. */
const young = 10 * 60_000

export class PictureFiles {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** @returns its sha256, hex. It survives a loss of power from then on. */
  async put(bytes: Buffer): Promise<string> {
    const digest = createHash('sha256').update(bytes).digest('hex')
    const place = this.#place(digest)
    await mkdir(path.dirname(place), { recursive: true, mode: 0o700 })
    const fresh = `${place}.${randomBytes(6).toString('hex')}`
    const file = await open(fresh, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, place)
    return digest
  }

  async get(digest: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#place(digest))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** Removes what nobody shows any more. */
  async keepOnly(digests: ReadonlySet<string>, now: number): Promise<void> {
    for (const folder of await list(this.#folder)) {
      for (const name of await list(path.join(this.#folder, folder))) {
        const place = path.join(this.#folder, folder, name)
        if (digests.has(name)) continue
        const found = await stat(place).catch(() => undefined)
        if (found && now - found.mtimeMs > young) await rm(place, { force: true })
      }
    }
  }

  #place(digest: string): string {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new Error(`${JSON.stringify(digest)} is not a sha256.`)
    return path.join(this.#folder, digest.slice(0, 2), digest)
  }
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
