/** Removes what no Space wants any more: environments, checkouts, leftovers of builds that died, caches unused for long. */
import { readlink, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Image } from '../builder.ts'
import { discard, discardAll, discardCheckouts, names } from '../discard.ts'
import { stagingFolder } from './environment.ts'
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
  freed += await discardCheckouts(folders.checkouts, wanted, holds)
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
