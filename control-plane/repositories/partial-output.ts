/** Output of git that is read only as far as it is wanted: a long history, a diff without end. */
import { GitError, collectWords, ended } from './git.ts'
import type { Repositories } from './repository.ts'

export type Wanted = {
  /** Bytes; what comes after them is not read. */
  limit: number
  /** Milliseconds; what was read until then is returned. */
  timeLimit: number
  environment?: Readonly<Record<string, string>>
  /** Sees every chunk; true ends git. */
  enough?: (chunk: Buffer) => boolean
}

/** Pathspecs are paths and nothing else: no `*`, no `:(top)`. */
export const literalPaths = { GIT_LITERAL_PATHSPECS: '1' } as const

/** For a git that only reads. @returns `whole`: whether it came to its own end. @throws GitError. */
export async function partialOutput(
  repositories: Repositories,
  spaceId: string,
  args: readonly string[],
  wanted: Wanted,
): Promise<{ output: Buffer; whole: boolean }> {
  const child = repositories.git.start(args, {
    repository: repositories.path(spaceId),
    ...(wanted.environment ? { environment: wanted.environment } : {}),
  })
  let isStopped = false
  const stop = (): void => {
    isStopped = true
    child.kill('SIGKILL')
  }
  const chunks: Buffer[] = []
  let bytes = 0
  child.stdout.on('data', (chunk: Buffer) => {
    if (isStopped) return
    const room = wanted.limit - bytes
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk
    bytes += kept.length
    chunks.push(kept)
    if (kept.length < chunk.length || wanted.enough?.(kept)) stop()
  })
  const words = collectWords(child.stderr)
  const timer = setTimeout(stop, wanted.timeLimit)
  child.stdin.end()
  try {
    const exitCode = await ended(child)
    if (!isStopped && exitCode !== 0) throw new GitError(args[0] ?? '', exitCode, words())
    return { output: Buffer.concat(chunks), whole: !isStopped }
  } finally {
    clearTimeout(timer)
  }
}
