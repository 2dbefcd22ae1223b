/** This install's own secret: made at the first start, never a default. Everything signed or sealed derives from it. */
import { hkdfSync, randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

const length = 32

/** Reads `PLAZA_DATA/key`, or makes it; two processes that start at once get the same one. */
export async function readKey(data: string): Promise<Buffer> {
  const file = path.join(data, 'key')
  const existing = await read(file)
  if (existing) return existing
  await mkdir(data, { recursive: true })
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, randomBytes(length).toString('hex'), { mode: 0o600, flush: true })
  // A link never replaces: whoever comes second reads the first one's.
  await link(temporary, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(temporary, { force: true })
  const made = await read(file)
  if (!made) throw new Error(`${file} could not be written.`)
  return made
}

/** A key for one purpose: what signs access cookies cannot open secrets. */
export function subkey(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `plaza ${purpose}`, length))
}

/** What this install's things are labelled with on an engine that others may use too. */
export function installName(key: Buffer): string {
  return subkey(key, 'install').toString('hex').slice(0, 12)
}

async function read(file: string): Promise<Buffer | undefined> {
  try {
    const text = (await readFile(file, 'utf8')).trim()
    if (!/^[0-9a-f]{64}$/.test(text))
      throw new Error(`${file} does not hold 64 hex digits. Restore it from your backup.`)
    return Buffer.from(text, 'hex')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
