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
import { settings } from './settings.ts'

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

/** `init --initial-branch` came with 2.28. */
const oldestMinor = 28
const standardPath = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin'
/** Milliseconds after `end`. */
const termAfter = 1000
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
   * @throws where there is no git, or an old one, with the remedy.
   */
  static async open(home: string, path: string = standardPath): Promise<Git> {
    await mkdir(join(home, 'template'), { recursive: true })
    await chmod(home, 0o700)
    await writeHooks(join(home, 'hooks'))
    await writeFile(join(home, '.gitconfig'), settings(join(home, 'hooks'), join(home, 'template')))
    const git = new Git(home, path)
    const version = (await git.output(['version'])).toString().trim()
    const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? []
    if (Number(major) < 2 || (Number(major) === 2 && Number(minor) < oldestMinor)) {
      throw new Error(`${version} is too old. Install git 2.${oldestMinor} or newer.`)
    }
    return git
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
      // A group of its own, so that `end` reaches its children. When the platform dies, its input ends.
      detached: true,
    })
    child.on('error', () => {})
    // Out of file descriptors or processes there are no streams at all.
    if (!child.stdin) throw new PlazaError('unavailable', 'The machine is too busy to start git.', 'Try again.')
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
      if (bytes > outputLimit)
        stop(new PlazaError('payload_too_large', `git ${command} gives more than ${outputLimit} bytes.`))
      else chunks.push(chunk)
    })
    const stderr = collectWords(child.stderr)
    const timer = setTimeout(
      () => stop(new PlazaError('unavailable', `git ${command} took too long.`, 'Try again.')),
      timeLimit,
    )
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
      reject(
        new Error(`git could not be started (${error.message}). Install git 2.${oldestMinor} or newer.`, {
          cause: error,
        }),
      ),
    )
    child.once('close', (code) => resolve(code))
  })
}

/**
 * Ends git. First by the end of its input, after which it removes its temporary files itself; then by a signal to it
 * and its children (`index-pack` would go on alone), at last by force.
 */
export function end(child: GitProcess): void {
  child.stdin.destroy()
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const signal = (name: 'SIGTERM' | 'SIGKILL') => (): void => {
    try {
      process.kill(-pid, name)
    } catch {
      // The whole group is gone.
    }
  }
  const timers = [setTimeout(signal('SIGTERM'), termAfter), setTimeout(signal('SIGKILL'), killAfter)]
  child.once('close', () => timers.forEach(clearTimeout))
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
