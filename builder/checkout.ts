/** Writes a commit's files out, once for all builds and runs of it. */
import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runCommandWell } from './command.ts'
import { exists } from './folders.ts'

/** git is looked for in `path`; `timeout` in milliseconds. */
type GitOptions = { path: string; timeout: number; signal?: AbortSignal | undefined }

/**
 * Writes a commit's files to `target`, whole or not at all; returns at once when they are there.
 * Nothing that the repository says is run: no hooks, no filters. Submodules stay empty folders; returns their paths.
 */
export async function checkOut(
  repository: string,
  commit: string,
  target: string,
  options: GitOptions,
): Promise<{ submodules: readonly string[] }> {
  checkCommit(commit)
  if (await exists(target)) return { submodules: [] }
  const unfinished = join(dirname(target), `.${commit}.${randomBytes(6).toString('hex')}`)
  const index = `${unfinished}.index`
  await mkdir(unfinished, { recursive: true, mode: 0o755 })
  try {
    const tree = { ...options, index, workTree: unfinished }
    await git(repository, ['read-tree', commit], tree)
    await git(repository, ['checkout-index', '--all', '--force'], tree)
    const staged = (await git(repository, ['ls-files', '--stage', '-z'], tree)).toString('utf8').split('\0')
    await rename(unfinished, target).catch(async (error: unknown) => {
      // Another build of the same commit was first.
      if (!(await exists(target))) throw error
    })
    return { submodules: staged.flatMap((line) => /^160000 \w+ \d\t(.*)$/s.exec(line)?.[1] ?? []) }
  } finally {
    await rm(index, { force: true })
    await rm(unfinished, { recursive: true, force: true })
  }
}

type WorkTree = { index: string; workTree: string }

/** Filters and attributes of the machine's own git configuration (git-lfs, for one) would run programs on a stranger's files. */
const withoutPrograms = [
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'core.fsmonitor=false',
  'core.symlinks=true',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'protocol.allow=never',
  'safe.directory=*',
].flatMap((setting) => ['-c', setting])

async function git(repository: string, args: readonly string[], options: GitOptions & Partial<WorkTree>) {
  const { stdout } = await runCommandWell(['git', ...withoutPrograms, ...args], {
    env: {
      PATH: options.path,
      LC_ALL: 'C.UTF-8',
      GIT_DIR: repository,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_LAZY_FETCH: '1',
      ...(options.index === undefined ? {} : { GIT_INDEX_FILE: options.index }),
      ...(options.workTree === undefined ? {} : { GIT_WORK_TREE: options.workTree }),
    },
    cwd: options.workTree ?? repository,
    timeout: options.timeout,
    signal: options.signal,
  })
  return stdout
}

function checkCommit(commit: string) {
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit))
    throw new Error(`Not a full commit hash: ${JSON.stringify(commit)}`)
}
