/** The demos of `examples/`, published on a new install like anyone's: created over the API, pushed by git. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { createAccount, findAccountByName } from './accounts/account.ts'
import { createToken, revokeToken } from './accounts/token.ts'
import type { Logger } from './log.ts'
import type { Store } from './store/database.ts'

const run = promisify(execFile)

/** Who the demos belong to. */
const exampleOwner = 'plaza'
const pushLimit = 120_000
/** `templates/` is for new Spaces. */
const notDemos = /\.|^templates$/

export type ExamplesParts = {
  store: Store
  /** Where the platform answers now: the demos are pushed to it over HTTP. */
  url: URL
  log: Logger
  folder: string
  /** Remembers what was published once, so that a deleted demo does not come back. */
  record: string
  /** The platform's PATH: git is looked for there. */
  path: string
  signal: AbortSignal
}

export async function publishExamples(parts: ExamplesParts): Promise<void> {
  const done = new Set(await readNames(parts.record))
  const names = (await readdir(parts.folder)).filter((name) => !done.has(name) && !notDemos.test(name))
  if (names.length === 0) return
  const token = await parts.store.transaction(async (tx) => {
    const owner =
      (await findAccountByName(tx.db, exampleOwner)) ??
      (await createAccount(tx, { name: exampleOwner, fullname: 'Plaza’s own examples' }))
    return { ...(await createToken(tx, owner.id, { name: `examples ${randomUUID()}`, role: 'write' })), owner }
  })
  try {
    for (const name of names) {
      if (parts.signal.aborted) return
      try {
        await publish(parts, name, token.token)
        done.add(name)
        await writeFile(parts.record, [...done].join('\n'), { mode: 0o600 })
      } catch (error) {
        parts.log.warn({ err: error, example: name }, 'an example could not be published; the next start tries again')
      }
    }
  } finally {
    await parts.store.transaction(async (tx) => await revokeToken(tx, token.owner.id, token.id))
  }
}

async function publish(parts: ExamplesParts, name: string, token: string): Promise<void> {
  const created = await fetch(new URL('/api/repos/create', parts.url), {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ type: 'space', name }),
    signal: AbortSignal.any([parts.signal, AbortSignal.timeout(pushLimit)]),
  })
  if (!created.ok && created.status !== 409) throw new Error(`repos/create answered ${created.status}`)
  const work = await mkdtemp(path.join(tmpdir(), 'plaza-example-'))
  try {
    await cp(path.join(parts.folder, name), work, { recursive: true })
    const git = async (...args: string[]) =>
      await run('git', args, {
        cwd: work,
        timeout: pushLimit,
        signal: parts.signal,
        env: {
          PATH: parts.path,
          HOME: work,
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_TERMINAL_PROMPT: '0',
          GIT_AUTHOR_NAME: 'Plaza',
          GIT_AUTHOR_EMAIL: 'plaza@localhost',
          GIT_COMMITTER_NAME: 'Plaza',
          GIT_COMMITTER_EMAIL: 'plaza@localhost',
          // The token stays out of arguments, which every user of the machine can read.
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'http.extraHeader',
          GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`${exampleOwner}:${token}`).toString('base64')}`,
        },
      })
    await git('init', '--quiet', '--initial-branch=main')
    await git('add', '--all')
    await git('commit', '--quiet', '--message', `Add ${name}`)
    await git('push', '--quiet', new URL(`/spaces/${exampleOwner}/${name}`, parts.url).href, 'main')
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function readNames(file: string): Promise<string[]> {
  return await readFile(file, 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  )
}
