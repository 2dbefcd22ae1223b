/** Where the local builder keeps things below `PLAZA_DATA`, and who may write there. */
import { join } from 'node:path'
import { runCommandWell } from '../command.ts'

/** The user that builds run as; undefined: the platform's own (it is not root, so it cannot choose). */
export type BuildUser = { uid: number; gid: number } | undefined

export type Folders = {
  /** `KEY-RANDOM` an environment, `KEY-RANDOM.json` written when it was complete, `KEY` a link to the current one. */
  environments: string
  /** `SPACE/COMMIT`. */
  checkouts: string
  /** `SCOPE/wheels` and `SCOPE/sources`. */
  caches: string
  /** Scratch of builds that run now. */
  builds: string
  tools: string
}

export function foldersOf(root: string): Folders {
  return {
    environments: join(root, 'environments'),
    checkouts: join(root, 'checkouts'),
    caches: join(root, 'caches'),
    builds: join(root, 'builds'),
    tools: join(root, 'tools'),
  }
}

const options = { env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, timeout: 120_000 }

/** Gives a tree to the user that builds. Links are never followed. */
export async function open(folder: string, user: BuildUser): Promise<void> {
  await runCommandWell(['chmod', '-R', 'u+rwX', '--', folder], options)
  if (user !== undefined) {
    await runCommandWell(['chown', '-R', '-h', '-P', `${user.uid}:${user.gid}`, '--', folder], options)
  }
}

/**
 * Takes a tree back: it belongs to the platform, whatever modes a build left behind. Only when no process of the build
 * lives any more. `chmod -R` does not follow links that it meets. A platform that is not root keeps its own right to
 * write, or `rm -r` of its folder would fail: there the sandbox's read-only mount is what protects.
 */
export async function seal(folder: string, user: BuildUser): Promise<void> {
  if (user !== undefined) await runCommandWell(['chown', '-R', '-h', '-P', '0:0', '--', folder], options)
  const closed = process.getuid?.() === 0 ? 'a-w' : 'go-w'
  await runCommandWell(['chmod', '-R', `${closed},u-s,g-s,a+rX`, '--', folder], options)
}

/** What a sandbox must show of a path for it to be there inside: below `/usr` everything is. */
export function readOnlyUnlessSystem(path: string): readonly string[] {
  return path === '/usr' || path.startsWith('/usr/') ? [] : [path]
}
