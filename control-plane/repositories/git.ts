/**
 * Runs the real git, the only way that this platform does: an argument array, an environment of its own, limits.
 * What a user named is checked by names.ts and goes in after `--` or on standard input, never where an option could be.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { PlazaError } from '../errors.ts'
import { writeHooks } from './hooks.ts'

export type GitProcess = ChildProcessByStdio<Writable, Readable, Readable>

export type GitRun = {
  /** Absolute path of the bare repository; git never searches for one. */
  repository?: string
  input?: Buffer | string
  environment?: Readonly<Record<string, string>>
  signal?: AbortSignal
  /** Milliseconds until it is ended. Default: one minute. */
  timeLimit?: number
  /** Bytes of standard output that are accepted. Default: 64 MiB. */
  outputLimit?: number
  /** Only when nobody waits for it. */
  lowPriority?: boolean
}

/** git ended with an error: `stderr` is what it said, cut to its last 4,000 characters. */
export class GitError extends Error {
  readonly exitCode: number | null
  readonly stderr: string
  constructor(command: string, exitCode: number | null, stderr: string) {
    super(`git ${command} ended with ${exitCode ?? 'a signal'}: ${stderr.trim()}`)
    this.name = 'GitError'
    this.exitCode = exitCode
    this.stderr = stderr
  }
}

const standardPath = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin'
const killAfter = 5000

export class Git {
  readonly #home: string
  readonly #path: string

  private constructor(home: string, path: string) {
    this.#home = home
    this.#path = path
  }

  /**
   * @param home a folder of ours: git's HOME, with our settings and hooks and nobody else's. Written anew.
   * @param path where the git program is searched for, as in PATH.
   */
  static async open(home: string, path: string = standardPath): Promise<Git> {
    await mkdir(join(home, 'template'), { recursive: true })
    await chmod(home, 0o700)
    await writeHooks(join(home, 'hooks'))
    await writeFile(join(home, '.gitconfig'), settings(join(home, 'hooks'), join(home, 'template')))
    return new Git(home, path)
  }

  /** Starts git for streams. The caller consumes stdout and stderr, and ends it with `end`. */
  start(args: readonly string[], run: Pick<GitRun, 'repository' | 'environment' | 'lowPriority'> = {}): GitProcess {
    const child = spawn('git', args, {
      cwd: this.#home,
      env: {
        PATH: this.#path,
        HOME: this.#home,
        LC_ALL: 'C',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_ATTR_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        ...(run.repository === undefined ? {} : { GIT_DIR: run.repository }),
        ...run.environment,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // A git that ends before it has read everything is told by its exit code, not by EPIPE.
    child.stdin.on('error', () => {})
    if (run.lowPriority && child.pid !== undefined) {
      try {
        setPriority(child.pid, constants.priority.PRIORITY_LOW)
      } catch {
        // It has already ended.
      }
    }
    return child
  }

  /** Runs git to its end. @returns its standard output. @throws GitError; the signal's reason when aborted. */
  async output(args: readonly string[], run: GitRun = {}): Promise<Buffer> {
    const { input = '', signal, timeLimit = 60_000, outputLimit = 64 * 1024 * 1024 } = run
    signal?.throwIfAborted()
    const child = this.start(args, run)
    const command = args[0] ?? ''
    const chunks: Buffer[] = []
    let bytes = 0
    let stopped: Error | undefined
    const stop = (error: Error): void => {
      stopped ??= error
      end(child)
    }
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > outputLimit) stop(new PlazaError('payload_too_large', `git ${command} gives more than ${outputLimit} bytes.`))
      else chunks.push(chunk)
    })
    const stderr = collectWords(child.stderr)
    const timer = setTimeout(() => stop(new PlazaError('unavailable', `git ${command} took too long.`, 'Try again.')), timeLimit)
    const abort = (): void => stop(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal?.addEventListener('abort', abort)
    try {
      child.stdin.end(input)
      const exitCode = await ended(child)
      if (stopped) throw stopped
      if (exitCode !== 0) throw new GitError(command, exitCode, stderr())
      return Buffer.concat(chunks)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }
}

/** Resolves with the exit code (null: by a signal) once the process is gone and its output is read. */
export function ended(child: GitProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new Error(`git could not be started (${error.message}). Install git 2.28 or newer.`, { cause: error })),
    )
    child.once('close', (code) => resolve(code))
  })
}

/** Ends git so that it removes its temporary files; by force when it does not listen. */
export function end(child: GitProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfter)
  child.once('close', () => clearTimeout(timer))
}

/** Reads a stream of words for people and keeps its end. */
export function collectWords(stream: Readable): () => string {
  let words = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    words = (words + chunk).slice(-4000)
  })
  return () => words
}

/** git's settings for every repository here. Read from HOME, so that any git version takes `safe.directory` from it. */
function settings(hooks: string, template: string): string {
  return `# Written by Plaza at every start.
[core]
	hooksPath = ${quoted(hooks)}
	# A push that was acknowledged survives a power cut.
	fsync = objects,derived-metadata,reference
	# Where main has been is kept, so that a roll back finds its commit after a forced push.
	logAllRefUpdates = true
	bigFileThreshold = 16m
[init]
	defaultBranch = main
	templateDir = ${quoted(template)}
[user]
	name = Plaza
	email = plaza@localhost
[safe]
	directory = *
[protocol]
	allow = never
[transfer]
	fsckObjects = true
	# One pack a push: two files to make durable instead of one an object.
	unpackLimit = 1
	hideRefs = refs/plaza
[receive]
	autogc = false
	denyDeleteCurrent = refuse
	denyNonFastForwards = false
	keepAlive = 5
# Old and harmless faults that repositories in the wild carry; GitHub takes them too.
[receive "fsck"]
	badTimezone = ignore
	missingEmail = ignore
	missingNameBeforeEmail = ignore
	missingSpaceBeforeDate = ignore
	missingSpaceBeforeEmail = ignore
	zeroPaddedDate = ignore
	zeroPaddedFilemode = ignore
	hasDot = error
	hasDotdot = error
	hasDotgit = error
[uploadpack]
	allowFilter = true
	keepAlive = 5
[pack]
	threads = 2
	windowMemory = 128m
[gc]
	auto = 0
	autoDetach = false
	autoPackLimit = 50
	cruftPacks = true
	pruneExpire = never
	reflogExpire = never
	reflogExpireUnreachable = never
[maintenance]
	auto = false
`
}

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
