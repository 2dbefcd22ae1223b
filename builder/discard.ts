/** Removal of what nobody wants any more, beside builds that may take it up again at any moment. */
import { randomBytes } from 'node:crypto'
import { renameSync } from 'node:fs'
import { readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { remove } from './folders.ts'
import type { Holds } from './holds.ts'

/** `SPACE/COMMIT` below a folder. @returns bytes freed, as all of these do. */
export async function discardCheckouts(folder: string, wanted: ReadonlySet<string>, holds: Holds): Promise<number> {
  let freed = 0
  for (const name of await names(folder)) {
    const space = join(folder, name)
    freed += await discardAll(space, (path) => wanted.has(path) || holds.has(path) || holds.has(space))
    // Fails, as it should, while something is left in it.
    if (!holds.has(space)) await rmdir(space).catch(() => undefined)
  }
  return freed
}

export async function discardAll(folder: string, kept: (path: string) => boolean): Promise<number> {
  let freed = 0
  for (const name of await names(folder)) {
    const path = join(folder, name)
    freed += await discard(path, () => kept(path))
  }
  return freed
}

/** Out of the way first, in one step and in the same turn as the question, so that no build takes up half of it. */
export async function discard(path: string, kept: () => boolean): Promise<number> {
  if (kept()) return 0
  const freed = await size(path)
  const away = `${path}.${randomBytes(6).toString('hex')}.removed`
  if (kept()) return 0
  renameSync(path, away)
  await remove(away)
  return freed
}

export async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

async function size(path: string): Promise<number> {
  const options = { env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, timeout: 60_000 }
  const { stdout } = await runCommand(['du', '-sk', '--', path], options).catch(() => ({ stdout: Buffer.from('') }))
  return Number(/^\d+/.exec(stdout.toString())?.[0] ?? 0) * 1024
}
