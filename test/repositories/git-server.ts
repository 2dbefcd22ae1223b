/** A real HTTP server in front of real repositories, and a git client as a person has it. Needs: git. Seconds. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { type Viewer, may } from '../../control-plane/accounts/permissions.ts'
import { PlazaError } from '../../control-plane/errors.ts'
import { type Repositories, openRepositories } from '../../control-plane/repositories/repository.ts'
import type { SpaceRef } from '../../control-plane/repositories/access.ts'
import { type GitOptions, gitRouter } from '../../control-plane/repositories/smart-http.ts'

type Person = Exclude<Viewer, undefined>

const person = (name: string, tokenRole: 'read' | 'write'): Person => ({
  accountId: name,
  name,
  role: 'member',
  via: 'token',
  tokenRole,
  tokenName: 'laptop',
})

/** Tokens that are good here; `revoked` is none of them. */
const tokens = new Map<string, Person>([
  ['alice-write', person('alice', 'write')],
  ['alice-read', person('alice', 'read')],
  ['bob-write', person('bob', 'write')],
])

export const spaces: readonly SpaceRef[] = [
  { id: 'space-demo', ownerId: 'alice', visibility: 'public', owner: 'alice', name: 'demo' },
  { id: 'space-hidden', ownerId: 'alice', visibility: 'private', owner: 'alice', name: 'hidden' },
]

export type GitServer = AsyncDisposable & {
  repositories: Repositories
  port: number
  /** Ids in the order in which `pushed` was called. */
  pushes: { spaceId: string; viewer: string | undefined }[]
  reports: string[]
  /** `http://USER:TOKEN@127.0.0.1:PORT/PATH`; without a token, without credentials. */
  url(path: string, token?: string): string
}

/** @param given a folder that stays; without, one that is removed with the server. */
export async function gitServer(options: Partial<GitOptions> = {}, given?: string): Promise<GitServer> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'plaza-git-')))
  const repositories = await openRepositories(join(folder, 'repositories'))
  const pushes: GitServer['pushes'] = []
  const reports: string[] = []
  const app = express()
  app.use(
    gitRouter({
      repositories,
      may,
      find: async (owner, name) => spaces.find((space) => space.owner === owner && space.name === name),
      viewerOfBasic: async (authorization) => {
        if (authorization === undefined) return undefined
        const [, token = ''] = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
          .toString()
          .split(':')
        const viewer = tokens.get(token)
        if (!viewer) throw new PlazaError('unauthenticated', 'Invalid user token.', 'Make a new one.')
        return viewer
      },
      pushed: async (spaceId, viewer) => void pushes.push({ spaceId, viewer: viewer?.name }),
      watchUrl: (space) => `http://plaza.example/spaces/${space.owner}/${space.name}`,
      report: (message) => void reports.push(message),
      ...options,
    }),
  )
  const server = createServer(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    repositories,
    port,
    pushes,
    reports,
    url: (path, token) => `http://${token ? `user:${token}@` : ''}127.0.0.1:${port}/${path}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await repositories[Symbol.asyncDispose]()
      if (given === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

export type Outcome = { code: number | null; said: string }

/** Runs the git client in `folder` and waits for its end; `said` is what it wrote to both outputs. */
export async function git(
  folder: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Outcome> {
  const child = spawn('git', args, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '/bin/false',
      GIT_AUTHOR_NAME: 'Alice A.',
      GIT_AUTHOR_EMAIL: 'alice@example.org',
      GIT_COMMITTER_NAME: 'Alice A.',
      GIT_COMMITTER_EMAIL: 'alice@example.org',
      LC_ALL: 'C',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
    })
  }
  const [code] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, said }
}

/** As `git`, for what must succeed. @returns what it said, trimmed. */
export async function must(
  folder: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const { code, said } = await git(folder, args, environment)
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${said}`)
  return said.trim()
}

/** A scratch folder that is removed when its scope ends. */
export async function scratchFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'plaza-work-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A new working copy with one commit of one README. */
export async function workingCopy(parent: string, name = 'work'): Promise<string> {
  const folder = join(parent, name)
  await mkdir(folder)
  await must(folder, ['init', '--quiet', '--initial-branch=main'])
  await commitFiles(folder, { 'README.md': `---\ntitle: ${name}\nsdk: static\n---\n`, 'index.html': 'hello' }, 'First')
  return folder
}

export async function commitFiles(folder: string, files: Record<string, string>, message: string): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await must(folder, ['add', '--all'])
  await must(folder, ['commit', '--quiet', '--allow-empty', '--message', message])
  return await must(folder, ['rev-parse', 'HEAD'])
}
