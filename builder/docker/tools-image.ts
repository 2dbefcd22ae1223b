/** Gets `uv`, which installs Python packages, as an image of the engine's own: builds mount it, images do not keep it. */
import { randomBytes } from 'node:crypto'
import { access, constants, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { runCommand } from '../command.ts'
import { buildImage } from './buildkit.ts'

const uvVersion = '0.13.9'

export type ToolsSearch = {
  engine: Docker
  /** Where tools are kept, `PLAZA_DATA/tools`. */
  folder: string
  /** The platform's PATH. */
  path: string
  /** Variables for pip: index, proxy, certificates. */
  env: Readonly<Record<string, string>>
}

export type ToolsImage = {
  /** A name that no registry on the network can answer for. */
  reference: string
  uv: string
}

/** Asked before each build: an operator may have cleaned up. @throws Error with the remedy in its message. */
export async function toolsImage(search: ToolsSearch, signal: AbortSignal): Promise<ToolsImage> {
  const { engine, folder, path } = search
  const reference = `localhost/plaza-uv:${uvVersion}`
  const there = await engine
    .getImage(reference)
    .inspect()
    .then(() => true, isMissing)
  if (there) return { reference, uv: uvVersion }
  const program = await findUv(search, architectureOf(await engine.info()))
  const context = join(folder, `uv-image.${randomBytes(6).toString('hex')}`)
  await mkdir(context, { recursive: true })
  try {
    await copyFile(program, join(context, 'uv'), constants.COPYFILE_FICLONE)
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY --chmod=0755 uv /uv\n')
    const labels = { 'plaza.tools': '1' }
    const build = { context, dockerfile: 'Dockerfile', tag: reference, labels, buildArgs: {}, fresh: false, path }
    const nothing = { secrets: new Map<string, Buffer>(), credentials: () => undefined }
    await buildImage(engine, { ...build, ...nothing }, () => undefined, signal)
  } finally {
    await rm(context, { recursive: true, force: true })
  }
  return { reference, uv: uvVersion }
}

function isMissing(error: unknown): false {
  if ((error as { statusCode?: number }).statusCode === 404) return false
  throw error
}

/** As wheels name it. */
function architectureOf(info: { Architecture?: string }): string {
  return info.Architecture === 'arm64' ? 'aarch64' : (info.Architecture ?? 'x86_64')
}

/** The statically linked one: base images have one C library or another. */
async function findUv({ folder, path, env }: ToolsSearch, architecture: string): Promise<string> {
  const target = join(folder, `uv-${uvVersion}-musl-${architecture}`)
  const program = join(target, 'bin', 'uv')
  if (await executable(program)) return program
  const unfinished = `${target}.${randomBytes(6).toString('hex')}`
  await mkdir(folder, { recursive: true })
  const said: string[] = []
  try {
    for (const python of path.split(':').map((place) => join(place, 'python3'))) {
      if (!python.startsWith('/') || !(await executable(python))) continue
      const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir'] as const
      const wanted = ['--platform', `musllinux_1_1_${architecture}`, '--only-binary', ':all:', '--no-deps'] as const
      const result = await runCommand(
        [python, '-m', 'pip', 'install', ...quiet, ...wanted, '--target', unfinished, `uv==${uvVersion}`],
        { env: { ...env, PATH: path, HOME: folder }, timeout: 180_000 },
      ).catch((error: unknown) => ({ code: 1, stderr: String(error) }))
      if (result.code === 0) {
        await rename(unfinished, target).catch(async (error: unknown) => {
          if (!(await executable(program))) throw error
        })
        return program
      }
      said.push(`${python}: ${result.stderr.trim().split('\n').at(-1) ?? ''}`)
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  throw new Error(
    `uv, which installs Python packages, could not be fetched with pip. ` +
      `Install python3 with pip and let it reach the package index. ${said.join(' ')}`,
  )
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
