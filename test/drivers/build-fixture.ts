/** A builder over a scratch folder, with commits made by the real git. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { BuildPhase, BuildRequest, BuildStep } from '../../builder/builder.ts'
import { defaultBuildLimits, openLocalBuilder, type BuildLimits } from '../../builder/local/build.ts'
import type { CommitEntry, CommitFiles } from '../../builder/commit-files.ts'
import { planBuild, type PlanCard } from '../../builder/plan.ts'
import type { Sandbox } from '../../runtime/local/sandbox.ts'

const path = process.env['PATH'] ?? ''

/** Builds as root run as a user that nothing else here runs as. */
export const buildUser = process.getuid?.() === 0 ? { uid: 61_500, gid: 61_500 } : undefined

export async function scratchFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'plaza-builder-'))
  // The user that builds passes through it.
  await chmod(folder, 0o711)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

export type Files = Record<string, string | { link: string } | { submodule: string }>

export class Workshop {
  readonly folder: string
  readonly builder
  #count = 0

  constructor(folder: string, sandbox: Sandbox, limits: Partial<BuildLimits> = {}, now: () => number = Date.now) {
    this.folder = folder
    this.builder = openLocalBuilder({
      folder: join(folder, 'plaza'),
      sandbox,
      user: buildUser,
      env: process.env,
      path,
      home: process.env['HOME'],
      limits: { ...defaultBuildLimits, ...limits },
      now,
      log: { info: () => undefined, warn: (message) => console.warn(message) },
    })
  }

  /** A bare repository with one commit. */
  async commit(files: Files): Promise<{ repository: string; commit: string }> {
    const work = join(this.folder, `work-${randomBytes(4).toString('hex')}`)
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
        cwd: work,
        encoding: 'utf8',
      }).trim()
    await mkdir(work)
    git('init', '-q')
    for (const [file, content] of Object.entries(files)) {
      const target = join(work, file)
      await mkdir(dirname(target), { recursive: true })
      if (typeof content === 'string') await writeFile(target, content)
      else if ('link' in content) await symlink(content.link, target)
    }
    git('add', '-A', '--force')
    for (const [file, content] of Object.entries(files)) {
      if (typeof content === 'object' && 'submodule' in content) {
        git('update-index', '--add', '--cacheinfo', `160000,${content.submodule},${file}`)
      }
    }
    git('commit', '-q', '--allow-empty', '-m', 'first')
    const repository = `${work}.git`
    execFileSync('git', ['clone', '-q', '--bare', '--', work, repository])
    return { repository, commit: git('rev-parse', 'HEAD') }
  }

  async request(card: PlanCard, files: Files, wanted: Partial<BuildRequest> = {}): Promise<BuildRequest> {
    const { repository, commit } = await this.commit(files)
    const listed = listCommit(repository, commit)
    const plan = await planBuild(card, listed, {
      pythons: await this.builder.pythons(),
      containers: this.builder.containers,
    })
    this.#count += 1
    const id = `b${this.#count}`
    const settings = { variables: {}, secrets: {} }
    return {
      id,
      spaceId: `space-${id}`,
      cacheScope: 'ann',
      repository,
      commit,
      plan,
      ...settings,
      fresh: false,
      ...wanted,
    }
  }

  /** Builds, and keeps what the log said. */
  async build(request: BuildRequest, signal = AbortSignal.timeout(240_000)) {
    const log = keptLog()
    const image = await this.builder.build(request, log, signal)
    return { image, log }
  }
}

function listCommit(repository: string, commit: string): CommitFiles {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, encoding: 'utf8' })
  const kinds: Record<string, CommitEntry['kind']> = { '040000': 'folder', '120000': 'symlink', '160000': 'submodule' }
  const root = git('rev-parse', `${commit}^{tree}`).trim()
  const files = new Map<string, CommitEntry>([['', { kind: 'folder', object: root, text: async () => '' }]])
  for (const line of git('ls-tree', '-r', '-t', '-z', commit).split('\0')) {
    const [, mode = '', object = '', file] = /^(\d+) \w+ (\w+)\t(.*)$/s.exec(line) ?? []
    if (file === undefined) continue
    files.set(file, { kind: kinds[mode] ?? 'file', object, text: async () => git('cat-file', 'blob', object) })
  }
  return files
}

/** A log that keeps what it is told; `heard` gets every text and the name of every phase. */
export function keptLog(heard: (said: string) => unknown = () => undefined) {
  const log = {
    text: '',
    phases: [] as BuildPhase[],
    lastSteps: [] as readonly BuildStep[],
    write(text: string) {
      log.text += text
      heard(text)
    },
    phase(phase: BuildPhase) {
      log.phases.push(phase)
      heard(phase)
    },
    steps(steps: readonly BuildStep[]) {
      log.lastSteps = steps
    },
  }
  return log
}
