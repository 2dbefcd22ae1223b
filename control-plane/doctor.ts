/** What this machine can do, tried and not guessed; what is missing, and the remedy. */
import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Finding } from '../runtime/runtime.ts'
import type { Config } from './config.ts'
import type { MachineReport } from './machine.ts'

const run = promisify(execFile)
const limit = 10_000
/** A current Gradio takes 0.4 GB installed, its download as much again. */
const smallestDisk = 5 * 1024 ** 3

export type DoctorParts = MachineReport & { config: Config; searchPath: string }

export async function examine(parts: DoctorParts): Promise<Finding[]> {
  const { config, builder, camera, searchPath } = parts
  const pythons = await builder.pythons()
  return [
    { what: 'Node', ok: true, detail: process.version },
    await program('git', ['--version'], searchPath, 'Install git: nothing can be pushed without it.'),
    pythons.length > 0
      ? { what: 'Python', ok: true, detail: `Spaces can use ${pythons.join(', ')}.` }
      : {
          what: 'Python',
          ok: false,
          detail: 'No Python that Spaces may run was found.',
          remedy: 'Install python3 (3.9 or newer) where every user can execute it, such as /usr/bin.',
        },
    { what: 'driver', ok: true, detail: parts.chosen },
    await disk(config.data),
    ...(await parts.findings()),
    ...(await camera.findings()),
  ]
}

async function program(name: string, args: string[], searchPath: string, remedy: string): Promise<Finding> {
  try {
    const { stdout } = await run(name, args, { timeout: limit, env: { PATH: searchPath } })
    return { what: name, ok: true, detail: stdout.trim() }
  } catch (error) {
    return { what: name, ok: false, detail: error instanceof Error ? error.message : String(error), remedy }
  }
}

async function disk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  return {
    what: 'disk',
    ok: free > smallestDisk,
    detail: `${(free / 1024 ** 3).toFixed(1)} GiB are free in ${folder}.`,
    ...(free > smallestDisk ? {} : { remedy: 'Free some space, or set PLAZA_DATA to a larger disk.' }),
  }
}
