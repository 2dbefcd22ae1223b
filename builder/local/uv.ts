/** Gets `uv`, which installs Python packages: the machine's own, or a pinned one through pip. */
import { randomBytes } from 'node:crypto'
import { access, constants, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runCommand } from '../command.ts'

const uvVersion = '0.13.9'

export type Uv = {
  /** Absolute path of the program. */
  path: string
  version: string
}

export type UvSearch = {
  /** Where tools are kept, `PLAZA_DATA/tools`. */
  folder: string
  /** The platform's PATH. */
  path: string
  /** Variables for pip: index, proxy, certificates. */
  env: Readonly<Record<string, string>>
  /** Starts a program as builds are started; undefined when it fails. */
  probe: (command: readonly string[], folder: string) => Promise<string | undefined>
}

/** @throws Error with the remedy in its message when there is no way to get uv. */
export async function findUv(search: UvSearch): Promise<Uv> {
  const pinned = join(search.folder, `uv-${uvVersion}`, 'bin', 'uv')
  const installed = search.path
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, 'uv'))
  for (const path of [pinned, ...installed]) {
    if (!(await executable(path))) continue
    const version = /^uv (\S+)/.exec((await search.probe([path, '--version'], dirname(path))) ?? '')?.[1]
    if (version !== undefined && (path === pinned || recent(version))) return { path, version }
  }
  await install(search)
  if ((await search.probe([pinned, '--version'], dirname(pinned))) === undefined) {
    throw new Error(
      `uv was installed to ${pinned}, but builds cannot start it there. Set PLAZA_DATA to a folder that every user can reach.`,
    )
  }
  return { path: pinned, version: uvVersion }
}

/** The words and options that the builder relies on; older ones differ. */
function recent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 0 || minor >= 13
}

async function install({ folder, path, env }: UvSearch): Promise<void> {
  const target = join(folder, `uv-${uvVersion}`)
  const unfinished = `${target}.${randomBytes(6).toString('hex')}`
  await mkdir(folder, { recursive: true })
  try {
    const said: string[] = []
    for (const python of await pythonsWithPip(path)) {
      const wanted = ['--target', unfinished, '--only-binary', ':all:', '--no-deps', `uv==${uvVersion}`] as const
      const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir'] as const
      const result = await runCommand([python, '-m', 'pip', 'install', ...quiet, ...wanted], {
        env: { ...env, PATH: path, HOME: folder },
        timeout: 180_000,
      }).catch((error: unknown) => ({ code: 1, stderr: String(error) }))
      if (result.code === 0) {
        await rename(unfinished, target).catch(async (error: unknown) => {
          if (!(await executable(join(target, 'bin', 'uv')))) throw error
        })
        return
      }
      said.push(`${python}: ${result.stderr.trim().split('\n').at(-1) ?? ''}`)
    }
    throw new Error(
      `uv, which installs Python packages, is not on this machine and could not be installed with pip. ` +
        `Install uv (or pip for python3), then start again. ${said.join(' ')}`,
    )
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

async function pythonsWithPip(path: string): Promise<readonly string[]> {
  const folders = path.split(':').filter((folder) => folder.startsWith('/'))
  const found: string[] = []
  for (const folder of folders) {
    const python = join(folder, 'python3')
    if (await executable(python)) found.push(python)
  }
  return found
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
