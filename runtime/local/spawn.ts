/** Spawns a long-lived launch, which goes on when the platform ends. */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import type { Launch } from './launch.ts'

export type Spawned = {
  launch: Launch
  /** Besides the launch's own. */
  env: Readonly<Record<string, string>>
  /** Files that the app's output and the launcher's own are added to. */
  log: string
  complaints: string
}

/** @throws what kept it from beginning. */
export async function spawnLaunch({ launch, env, ...files }: Spawned): Promise<ChildProcess> {
  // A pipe would die with the platform.
  const log = openSync(files.log, 'a')
  const complaints = launch.gate === undefined ? openSync(files.complaints, 'a') : log
  try {
    const [program = '', ...args] = launch.command
    const child = spawn(program, args, {
      env: { ...launch.env, ...env },
      cwd: launch.cwd,
      stdio: [launch.gate === undefined ? 'ignore' : 'pipe', log, complaints],
      detached: true,
      ...launch.user,
    })
    child.unref()
    const failed = new Promise<never>((_, reject) => child.once('error', reject))
    await Promise.race([failed, new Promise((resolve) => child.once('spawn', resolve))])
    if (launch.gate !== undefined) {
      for (const file of launch.gate.cgroups) writeFileSync(file, String(child.pid))
      child.stdin?.on('error', () => undefined)
      child.stdin?.end('go\n')
    }
    return child
  } finally {
    closeSync(log)
    if (complaints !== log) closeSync(complaints)
  }
}
