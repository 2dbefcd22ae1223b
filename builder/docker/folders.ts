/** Where the builder of images keeps things below `PLAZA_DATA`. */
import { chmod, mkdir, open, realpath, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { runCommandWell } from '../command.ts'

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

export async function makeFolders(folders: Folders): Promise<void> {
  for (const folder of Object.values(folders)) {
    await mkdir(folder, { recursive: true })
    await chmod(folder, 0o711)
  }
}

/** One name in a path: ids of Spaces, scopes and builds come from the caller, and still never lead elsewhere. */
export function pathName(name: string): string {
  if (/^[A-Za-z0-9_-][\w.-]{0,127}$/.test(name)) return name
  throw new Error(`Not usable as a folder's name: ${JSON.stringify(name)}`)
}

export async function remove(path: string): Promise<void> {
  // Folders of a stranger's files may be closed to their owner, too.
  if (process.getuid?.() !== 0) {
    const options = { env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, timeout: 120_000 }
    await runCommandWell(['chmod', '-R', 'u+rwX', '--', path], options).catch(() => undefined)
  }
  await rm(path, { recursive: true, force: true })
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
