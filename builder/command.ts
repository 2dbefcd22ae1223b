/** Runs one of the machine's own programs (git, chown, pip, uv) to its end. Never with a shell. */
import { spawn } from 'node:child_process'

export type CommandResult = { code: number | null; stdout: Buffer; stderr: string }

export type CommandOptions = {
  /** The whole environment of the program: nothing is added. */
  env: Readonly<Record<string, string>>
  cwd?: string
  /** Milliseconds. */
  timeout: number
  signal?: AbortSignal | undefined
}

/** Beyond it a program is ended: what the builder reads of its own programs is small. */
const longestOutput = 256 * 1024 * 1024

/** @throws Error when the program cannot be started, runs past `timeout` or prints too much; the signal's reason when aborted. */
export function runCommand(command: readonly [string, ...string[]], options: CommandOptions): Promise<CommandResult> {
  const [program, ...args] = command
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(options.timeout)
    const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal])
    const child = spawn(program, args, {
      env: options.env,
      cwd: options.cwd ?? '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let size = 0
    const keep = (into: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length
      if (size > longestOutput) child.kill('SIGKILL')
      else into.push(chunk)
    }
    child.stdout.on('data', keep(stdout))
    child.stderr.on('data', keep(stderr))
    child.on('error', (error) => {
      if (options.signal?.aborted === true) reject(options.signal.reason)
      else if (limit.aborted) reject(new Error(`${program} did not end within ${options.timeout / 1000} s.`))
      else reject(error)
    })
    child.on('close', (code) => {
      if (size > longestOutput) reject(new Error(`${program} printed more than ${longestOutput} bytes.`))
      else resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() })
    })
  })
}

/** As `runCommand`. @throws Error also when the program's exit status is not 0, with what it said. */
export async function runCommandWell(
  command: readonly [string, ...string[]],
  options: CommandOptions,
): Promise<CommandResult> {
  const result = await runCommand(command, options)
  if (result.code === 0) return result
  const words = result.stderr.trim().split('\n').slice(-3).join(' ')
  throw new Error(`${command[0]} ended with ${result.code ?? 'a signal'}: ${words}`)
}
