/** Removes what no Space wants any more: environments, checkouts, leftovers of builds that died, caches unused for long. */
import { randomBytes } from 'node:crypto'
import { renameSync } from 'node:fs'
import { readdir, readlink, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Image } from '../builder.ts'
import { runCommand } from '../command.ts'
import { remove, stagingFolder } from './environment.ts'
import type { Folders } from './folders.ts'
import type { Holds } from '../holds.ts'

export type Collection = {
  folders: Folders
  /** Images that are used or wanted. */
  keep: readonly Image[]
  /** Environments (by key), checkouts and scratch (by path) of builds that run now. */
  holds: Holds
  /** Caches of scopes that no build used since then are removed. */
  cachesUnusedSince: Date
}

/** Bytes freed. */
export async function collect({ folders, keep, holds, cachesUnusedSince }: Collection): Promise<number> {
  const wanted = new Set(keep.flatMap(pathsOf))
  let freed = 0
  freed += await collectEnvironments(folders, wanted, holds)
  for (const space of await names(folders.checkouts)) {
    const folder = join(folders.checkouts, space)
    freed += await discardAll(folder, (path) => wanted.has(path) || holds.has(path) || holds.has(folder))
    // Fails, as it should, while something is left in it.
    if (!holds.has(folder)) await rmdir(folder).catch(() => undefined)
  }
  freed += await discardAll(folders.builds, (path) => holds.has(path))
  for (const scope of await names(folders.caches)) {
    const path = join(folders.caches, scope)
    freed += await discardAll(join(path, 'wheels', stagingFolder), (unfinished) => holds.has(unfinished))
    const used = await stat(path).catch(() => undefined)
    freed += await discard(path, () => used === undefined || used.mtime >= cachesUnusedSince || holds.has(path))
  }
  return freed
}

function pathsOf(image: Image): readonly string[] {
  switch (image.kind) {
    case 'environment':
      return [image.path, image.source]
    case 'static':
      return [image.root]
    case 'oci':
      return []
  }
}

/** `KEY` is a link, the rest belongs to `KEY-RANDOM`. */
async function collectEnvironments(
  { environments }: Folders,
  wanted: ReadonlySet<string>,
  holds: Holds,
): Promise<number> {
  let freed = 0
  const kept = (name: string) =>
    holds.has(name.slice(0, keyLength)) || wanted.has(join(environments, name.slice(0, nameLength)))
  for (const name of await names(environments)) {
    if (name.length !== keyLength) freed += await discard(join(environments, name), () => kept(name))
  }
  for (const name of await names(environments)) {
    const path = join(environments, name)
    const target = name.length === keyLength ? await readlink(path).catch(() => undefined) : undefined
    if (target !== undefined && !kept(target)) await rm(path, { force: true })
  }
  return freed
}

const keyLength = 64
const nameLength = keyLength + '-'.length + 12

async function discardAll(folder: string, kept: (path: string) => boolean): Promise<number> {
  let freed = 0
  for (const name of await names(folder)) {
    const path = join(folder, name)
    freed += await discard(path, () => kept(path))
  }
  return freed
}

/** Out of the way first, in one step and in the same turn as the question, so that no build takes up half of it. */
async function discard(path: string, kept: () => boolean): Promise<number> {
  if (kept()) return 0
  const freed = await size(path)
  const away = `${path}.${randomBytes(6).toString('hex')}.removed`
  if (kept()) return 0
  renameSync(path, away)
  await remove(away)
  return freed
}

async function size(path: string): Promise<number> {
  const options = { env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, timeout: 60_000 }
  const { stdout } = await runCommand(['du', '-sk', '--', path], options).catch(() => ({ stdout: Buffer.from('') }))
  return Number(/^\d+/.exec(stdout.toString())?.[0] ?? 0) * 1024
}

async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}
