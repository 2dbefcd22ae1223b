/** Where the builder of images keeps things below `PLAZA_DATA`. */
import { open, realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'

export type Folders = {
  /** `SPACE/COMMIT`, of static Spaces. */
  checkouts: string
  /** `KEY`: what the command of a static Space made. */
  sites: string
  /** Scratch of builds that run now. */
  builds: string
  tools: string
}

export function foldersOf(root: string): Folders {
  return {
    checkouts: join(root, 'checkouts'),
    sites: join(root, 'sites'),
    builds: join(root, 'builds'),
    tools: join(root, 'tools'),
  }
}

/** A file of a stranger's, wherever its links lead inside `root`; undefined when it is none, or leads out. Bytes. */
export async function readInside(root: string, path: string, longest: number): Promise<string | undefined> {
  const real = await realpath(join(root, path)).catch(() => undefined)
  if (real === undefined || /^\.\.(\/|$)/.test(relative(await realpath(root), real))) return undefined
  await using file = await open(real, 'r')
  const { size } = await file.stat()
  if (!(await file.stat()).isFile() || size > longest) return undefined
  return file.readFile('utf8')
}
