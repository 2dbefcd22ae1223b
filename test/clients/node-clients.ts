/** The Hub's own npm clients, installed once a machine beside the project and not into it, and scripts that use them. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const packages = ['@huggingface/hub@2.17.5', '@gradio/client@2.7.0']
const installLimit = 180_000
const scriptLimit = 60_000

export type NodeClients = {
  /** Why they are not there, for the names of the tests that are left out. */
  problem: string | undefined
  /**
   * Runs an ES module that may import the clients. `report(value)` in it gives a value back.
   * @throws Error with what the script wrote.
   */
  script<T>(code: string, environment: Readonly<Record<string, string>>): Promise<T>
}

export async function installNodeClients(): Promise<NodeClients> {
  const folder = path.join(tmpdir(), `plaza-test-${userInfo().uid}-hub-2.17.5-gradio-client-2.7.0`)
  const problem = await install(folder).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error)),
  )
  return {
    problem,
    async script<T>(code: string, environment: Readonly<Record<string, string>>): Promise<T> {
      const place = path.join(folder, `script-${randomBytes(6).toString('hex')}.mjs`)
      await writeFile(place, `const report = (value) => console.log('\\nREPORT ' + JSON.stringify(value))\n${code}`)
      try {
        const { stdout, stderr } = await run(process.execPath, [place], {
          timeout: scriptLimit,
          env: { PATH: process.env['PATH'], ...environment },
        })
        const report = stdout.split('\n').findLast((line) => line.startsWith('REPORT '))
        if (report === undefined) throw new Error(`The script reported nothing.\n${stdout}\n${stderr}`)
        return JSON.parse(report.slice('REPORT '.length)) as T
      } finally {
        await rm(place, { force: true })
      }
    },
  }
}

/** Whole or not at all, also when two test files do it at once. */
async function install(folder: string): Promise<void> {
  if (await there(folder)) return
  const unfinished = `${folder}-${randomBytes(6).toString('hex')}`
  await mkdir(unfinished)
  try {
    const options = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
    await run('npm', ['install', ...options, '--prefix', unfinished, '--', ...packages], { timeout: installLimit })
    await rename(unfinished, folder).catch(async (error: unknown) => {
      if (!(await there(folder))) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

async function there(folder: string): Promise<boolean> {
  return await access(path.join(folder, 'node_modules', '@gradio', 'client')).then(
    () => true,
    () => false,
  )
}
