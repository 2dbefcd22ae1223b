/** Writes the files that a confined command needs outside, and gives the arguments to spawn. */
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cgroups } from './cgroup.ts'
import {
  bubblewrapOptions,
  confinedArguments,
  outsidePath,
  plainArguments,
  type Confined,
  type Confinement,
} from './confinement.ts'

export type Launch = {
  command: readonly string[]
  /** The environment of the outermost process. */
  env: Readonly<Record<string, string>>
  cwd: string
  /** The identity to spawn it with; a sandboxed command changes its own on the way. */
  user: { uid: number; gid: number } | undefined
  /** Join these, then write a line to its standard input: only then it begins. Undefined: it joins by itself, and has no input. */
  gate: { cgroups: readonly string[] } | undefined
}

export type LaunchOptions = {
  confined: Confined
  /** Undefined: run it plainly. */
  confinement: Confinement | undefined
  cgroups: Cgroups | undefined
  /** An existing folder of this launch alone; takes `pid`, `status`, `options`. */
  folder: string
  /** Where nodes of /dev/net/tun lie, one a user; undefined: every user may open the machine's. */
  tunFolder: string | undefined
}

export function prepareLaunch(options: LaunchOptions): Launch {
  const { confined, confinement, folder } = options
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(confined.name)) throw new Error(`${JSON.stringify(confined.name)} is not a name.`)
  const { user } = confined
  const pid = join(folder, 'pid')
  const status = join(folder, 'status')
  const create = (path: string, text: string, mode: number) => {
    writeFileSync(path, text, { mode })
    chmodSync(path, mode)
    if (user !== undefined) chownSync(path, user.uid, user.gid)
  }
  create(status, '', 0o600)
  const cgroups = options.cgroups?.create(confined.name, confined.limits) ?? []
  if (confinement === undefined) {
    create(pid, '', 0o600)
    return {
      command: plainArguments(confined, { pid, status }),
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, TMPDIR: '/tmp', ...confined.env },
      cwd: outsidePath(confined.cwd, confined.mounts),
      user,
      gate: { cgroups },
    }
  }
  const optionsFile = join(folder, 'options')
  create(optionsFile, bubblewrapOptions(confined, confinement).join('\0') + '\0', 0o400)
  const tun = user === undefined || options.tunFolder === undefined ? undefined : tunNode(options.tunFolder, user)
  return {
    command: confinedArguments(confined, confinement, { pid, status, options: optionsFile, tun, cgroups }),
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    cwd: '/',
    user: undefined,
    gate: undefined,
  }
}

/** A node of the tun device that only this user may open. */
function tunNode(folder: string, user: { uid: number; gid: number }): string {
  const path = join(folder, String(user.uid))
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const fresh = `${path}.new-${process.pid}`
  execFileSync('/bin/mknod', ['-m', '600', '--', fresh, 'c', '10', '200'], { timeout: 5_000 })
  chownSync(fresh, user.uid, user.gid)
  renameSync(fresh, path)
  return path
}
