/** The Hub's own Python clients, installed once a machine, and scripts that use them against a Plaza. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { TestPlaza } from '../plaza.ts'

const run = promisify(execFile)
const packages = ['huggingface_hub==2.4.0', 'gradio_client==2.7.2']
const installLimit = 180_000
const scriptLimit = 90_000

export type PythonClients = {
  /** Why they are not there, for the names of the tests that are left out. */
  problem: string | undefined
  /**
   * Runs a script as whoever the token speaks for. `report(value)` in it gives a value back.
   * @throws Error with what the script wrote.
   */
  script<T>(plaza: TestPlaza, token: string | undefined, code: string): Promise<T>
  /** Runs `hf`. The result has both streams, and the exit code. */
  hf(plaza: TestPlaza, token: string | undefined, ...args: string[]): Promise<CommandResult>
}

export type CommandResult = { code: number; out: string; err: string }

export async function installPythonClients(): Promise<PythonClients> {
  const folder = path.join(tmpdir(), `plaza-test-${userInfo().uid}-${packages.join('-').replaceAll('==', '-')}`)
  const problem = await install(folder).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error)),
  )
  const python = async (plaza: TestPlaza, token: string | undefined, args: string[]): Promise<CommandResult> => {
    const home = await mkdtemp(path.join(tmpdir(), 'plaza-hf-home-'))
    try {
      return await run('python3', args, { timeout: scriptLimit, env: environment(plaza, token, folder, home) }).then(
        ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
        (error: { code?: number; stdout?: string; stderr?: string; message: string }) => ({
          code: typeof error.code === 'number' ? error.code : 1,
          out: error.stdout ?? '',
          err: error.stderr || error.message,
        }),
      )
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  }
  return {
    problem,
    async script<T>(plaza: TestPlaza, token: string | undefined, code: string): Promise<T> {
      const preamble = 'import json\ndef report(value): print("\\nREPORT " + json.dumps(value, default=str))\n'
      const { out, err } = await python(plaza, token, ['-c', preamble + code])
      const report = out.split('\n').findLast((line) => line.startsWith('REPORT '))
      if (report === undefined) throw new Error(`The script reported nothing.\n${out}\n${err}`)
      return JSON.parse(report.slice('REPORT '.length)) as T
    },
    hf: async (plaza, token, ...args) => await python(plaza, token, [path.join(folder, 'bin', 'hf'), ...args]),
  }
}

function environment(
  plaza: TestPlaza,
  token: string | undefined,
  folder: string,
  home: string,
): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: home,
    HF_HOME: home,
    HF_ENDPOINT: plaza.url.origin,
    HF_HUB_DISABLE_TELEMETRY: '1',
    PYTHONPATH: folder,
    ...(token === undefined ? {} : { HF_TOKEN: token }),
  }
}

/** Whole or not at all, also when two test files do it at once. */
async function install(folder: string): Promise<void> {
  if (await there(folder)) return
  const unfinished = `${folder}-${randomBytes(6).toString('hex')}`
  await mkdir(unfinished)
  try {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', unfinished, ...packages], {
      timeout: installLimit,
    })
    await rename(unfinished, folder).catch(async (error: unknown) => {
      if (!(await there(folder))) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

async function there(folder: string): Promise<boolean> {
  return await access(path.join(folder, 'bin', 'hf')).then(
    () => true,
    () => false,
  )
}
