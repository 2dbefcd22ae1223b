/** What an image is named by: a digest of all that determines it. And names that nobody outside can guess. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sha256 } from '../builder.ts'
import { runCommandWell } from '../command.ts'

export function keyOf(determines: unknown): Sha256 {
  return createHash('sha256').update(JSON.stringify(determines)).digest('hex') as Sha256
}

/**
 * Cache mounts are the engine's, one for each id, and an author's Dockerfile may name any id. Whoever could guess
 * another's would put packages of his own into it.
 */
export class HiddenNames {
  readonly #secret: Buffer

  constructor(secret: Buffer) {
    this.#secret = secret
  }

  /** 24 hex digits, the same each time. */
  of(...words: readonly string[]): string {
    return createHmac('sha256', this.#secret).update(JSON.stringify(words)).digest('hex').slice(0, 24)
  }
}

/** @param folder where the secret is kept: an installation has one, for good. */
export async function openHiddenNames(folder: string): Promise<HiddenNames> {
  const path = join(folder, 'cache-names.key')
  const read = () =>
    readFile(path).then(
      (secret) => (secret.length === 32 ? secret : undefined),
      () => undefined,
    )
  const found = await read()
  if (found !== undefined) return new HiddenNames(found)
  const secret = randomBytes(32)
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(unfinished, secret, { mode: 0o600 })
  await rename(unfinished, path)
  return new HiddenNames(secret)
}

/** The git object of a commit's files: equal for all commits that have the same ones. */
export async function treeOf(
  repository: string,
  commit: string,
  options: { path: string; timeout: number; signal: AbortSignal },
): Promise<string> {
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit))
    throw new Error(`Not a full commit hash: ${JSON.stringify(commit)}`)
  const { stdout } = await runCommandWell(
    ['git', '-c', 'safe.directory=*', 'rev-parse', '--verify', `${commit}^{tree}`],
    {
      env: {
        PATH: options.path,
        LC_ALL: 'C.UTF-8',
        GIT_DIR: repository,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_NO_LAZY_FETCH: '1',
      },
      cwd: '/',
      timeout: options.timeout,
      signal: options.signal,
    },
  )
  return stdout.toString().trim()
}
