/** A workload of an environment image → the confined command that runs it. */
import { existsSync, openSync, readFileSync, readSync, closeSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Image } from '../../builder/builder.ts'
import type { Workload } from '../runtime.ts'
import type { Confined, Mount } from './confinement.ts'

type Environment = Extract<Image, { kind: 'environment' }>

type AppFolders = { app: string; home: string; tmp: string; data: string }

export type AppCommand = {
  workload: Workload
  image: Environment
  folders: AppFolders
  user: Confined['user']
  isolated: boolean
  /** The port on the host's loopback; without a sandbox the app itself listens on it. */
  port: number
}

export function appCommand({ workload, image, folders, user, isolated, port }: AppCommand): Confined {
  const inside = isolated ? workload.port : port
  // In a network of its own an app may listen everywhere; as a plain process only where the proxy comes from.
  const places: Record<string, string> = { '{port}': String(inside), '{host}': isolated ? '0.0.0.0' : '127.0.0.1' }
  const placed = (text: string) => text.replaceAll(/\{(?:port|host)\}/g, (place) => places[place] ?? place)
  // A variable may hold JSON or a template of the app's own: only a value that is nothing else is meant.
  const env = Object.entries(workload.env).map(([name, value]) => [name, places[value] ?? value])
  const paths = isolated ? { home: '/home/space', tmp: '/tmp' } : { home: folders.home, tmp: folders.tmp }
  return {
    name: cgroupName(workload.id),
    command: programOf(workload.command, image).map(placed),
    env: {
      HOME: paths.home,
      TMPDIR: paths.tmp,
      PYTHONUNBUFFERED: '1',
      VIRTUAL_ENV: image.path,
      ...Object.fromEntries(env),
      PATH: [join(image.path, 'bin'), workload.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(':'),
    },
    cwd: '/app',
    mounts: [
      ...environmentMounts(image),
      { from: folders.app, to: '/app', writable: true },
      { from: folders.data, to: '/data', writable: true },
      { from: folders.home, to: '/home/space', writable: true },
      // On disk, not a tmpfs: uploads lie here, and memory is limited.
      { from: folders.tmp, to: '/tmp', writable: true },
    ],
    network: { forward: { host: '127.0.0.1', outside: port, inside: workload.port } },
    limits: workload.limits,
    user,
  }
}

export const cgroupName = (workloadId: string): string => `instance-${workloadId}`

/** `python` is the image's; scripts of the image are run by it, whatever their first line says. */
function programOf(command: readonly string[], image: Environment): string[] {
  const [name = '', ...args] = command
  if (name === 'python' || name === 'python3') return [image.python, ...args]
  if (!/^[\w.+][\w.+-]*$/.test(name) || name === '..')
    throw new Error(`${JSON.stringify(name)} is not the name of a program.`)
  const script = join(image.path, 'bin', name)
  if (!existsSync(script)) return ['/usr/bin/env', '--', name, ...args]
  return isScript(script) ? [image.python, script, ...args] : [script, ...args]
}

function isScript(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(2)
    readSync(file, head, 0, 2, 0)
    return head.toString('latin1') === '#!'
  } finally {
    closeSync(file)
  }
}

/** The environment, and the Python that it was made from, at their own paths. What is below /usr is there anyway. */
function environmentMounts(image: Environment): Mount[] {
  const bases = [dirname(dirname(realpathSync(image.python))), ...pythonHome(join(image.path, 'pyvenv.cfg'))]
  const folders = [...new Set([image.path, ...bases])].filter((path) => path !== '/usr' && !path.startsWith('/usr/'))
  return folders.map((path) => ({ from: path, to: path, writable: false }))
}

/** `home = /opt/python/bin` of a virtual environment. */
function pythonHome(config: string): string[] {
  if (!existsSync(config)) return []
  const home = /^home\s*=\s*(.+)$/m.exec(readFileSync(config, 'utf8'))?.[1]?.trim()
  return home === undefined ? [] : [dirname(home)]
}
