/** Runs one of the machine's own programs (iptables, du, nvidia-smi) to its end. Arguments are arrays, never a shell's text. */
import { spawn } from 'node:child_process'

export type Ran = { code: number | null; stdout: string; stderr: string }

/** Milliseconds. */
const usualPatience = 20_000

/** @throws Error in words when it is not there, or was ended because it took longer than `patience` (milliseconds). */
export function runProgram(
  program: string,
  args: readonly string[],
  { input = '', patience = usualPatience }: { input?: string; patience?: number } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      // A service's own path often lacks the folders of administrators.
      env: { PATH: '/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin:/usr/local/bin', LC_ALL: 'C' },
      cwd: '/',
      timeout: patience,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`There is no ${program} on this machine.`) : error),
    )
    child.on('close', (code, signal) => {
      if (signal === null) resolve({ code, stdout, stderr })
      else reject(new Error(`${program} was ended by ${signal} after ${patience / 1_000} s.`))
    })
    // It may end without reading.
    child.stdin.on('error', () => undefined).end(input)
  })
}
