/** Which paths a .gitignore leaves out, by git's own reading of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GitError } from './git.ts'
import type { Repositories } from './repository.ts'

/** @param rules the text of the .gitignore at the root. @param paths without zero bytes. */
export async function ignoredPaths(
  repositories: Repositories,
  spaceId: string,
  rules: string,
  paths: readonly string[],
): Promise<Set<string>> {
  if (rules.trim() === '' || paths.length === 0) return new Set()
  const folder = await mkdtemp(join(tmpdir(), 'plaza-ignore-'))
  try {
    const file = join(folder, 'rules')
    await writeFile(file, rules)
    const work = await mkdtemp(join(folder, 'work-'))
    // Below a work tree of nothing: the only rules that git finds are these.
    const answer = await repositories.run(
      spaceId,
      ['-c', `core.excludesFile=${file}`, 'check-ignore', '--no-index', '-z', '--stdin'],
      {
        input: paths.map((path) => `${path}\0`).join(''),
        environment: { GIT_WORK_TREE: work },
        timeLimit: 10_000,
      },
    )
    return new Set(answer.toString('utf8').split('\0').filter(Boolean))
  } catch (error) {
    // Its way to say that none is ignored.
    if (error instanceof GitError && error.exitCode === 1) return new Set()
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
