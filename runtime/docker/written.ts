/** What a container has written and still keeps: its own layer, its volumes without a name, files without a name. */
import { constants } from 'node:fs'
import { access, opendir, readFile, readlink, stat } from 'node:fs/promises'
import path from 'node:path'
import type Docker from 'dockerode'
import { isMissing } from './failures.ts'
import { bytesIn, filesIn } from './folder-size.ts'
import { volumeSizes } from './volumes.ts'

/** Folders of this machine, and the container's first process; or the engine is somewhere else. */
export type Place = { folders: string[]; pid: number } | 'elsewhere' | 'gone'

/** Bytes that a file counts for at least: an empty one takes a place that the disk has a few millions of. */
const leastOfFile = 4096
/** Open files of one container that are looked at: it can have millions, and what is beyond is not counted. */
const mostOpenFiles = 50_000

export async function findPlace(engine: Docker, id: string): Promise<Place> {
  const found = await engine.getContainer(id).inspect().catch(unlessMissing)
  if (found === undefined) return 'gone'
  const pid = found.State.Pid
  const layer = (found.GraphDriver as { Data?: { UpperDir?: string } | null } | undefined)?.Data?.UpperDir
  const upper = layer ?? (await upperFolder(pid))
  if (upper === undefined) return 'elsewhere'
  const volumes = found.Mounts.flatMap(({ Type, Name, Source }) =>
    Type === 'volume' && isUnnamed(Name) ? [Source] : [],
  )
  const folders = [upper, ...volumes]
  const readable = await Promise.all(folders.map(isReadable))
  return readable.every(Boolean) ? { folders, pid } : 'elsewhere'
}

export async function bytesOf({ folders, pid }: { folders: readonly string[]; pid: number }): Promise<number> {
  const named = Math.max(await bytesIn(folders), (await filesIn(folders)) * leastOfFile)
  return named + (pid > 0 ? await deletedBytes(folders, pid) : 0)
}

/** Without files that are deleted and still open, which the engine does not count. */
export async function askEngine(engine: Docker, id: string): Promise<number | 'gone'> {
  const found = await engine
    .getContainer(id)
    .inspect({ size: true } as object)
    .catch(unlessMissing)
  if (found === undefined) return 'gone'
  const layer = (found as { SizeRw?: number }).SizeRw ?? 0
  const names = found.Mounts.flatMap(({ Type, Name }) => (Type === 'volume' && isUnnamed(Name) ? [Name] : []))
  if (names.length === 0) return layer
  const sizes = await volumeSizes(engine)
  return names.reduce((sum, name) => sum + (sizes.get(name) ?? 0), layer)
}

/** A name that the engine made. */
const isUnnamed = (name: string | undefined): name is string => name !== undefined && /^[0-9a-f]{64}$/.test(name)

/** Engines that keep images in containerd do not tell it; the kernel does. */
async function upperFolder(pid: number): Promise<string | undefined> {
  if (pid <= 0) return undefined
  const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '')
  // id parent device root mount-point …
  const root = mounts.split('\n').find((line) => line.split(' ')[4] === '/')
  return /[ ,]upperdir=([^ ,]+)/.exec(root ?? '')?.[1]
}

async function isReadable(folder: string): Promise<boolean> {
  return await access(folder, constants.R_OK).then(
    () => true,
    () => false,
  )
}

/**
 * Python's `tempfile.TemporaryFile` and whoever wants to hide it: a file without a name takes its place until it is
 * closed. Files in memory (memfd, /dev/shm) are on other devices, and count as memory.
 */
async function deletedBytes(folders: readonly string[], pid: number): Promise<number> {
  const devices = new Set(
    (
      await Promise.all(
        [...folders, `/proc/${pid}/root`].map(async (folder) => await stat(folder).catch(() => undefined)),
      )
    )
      .filter((found) => found !== undefined)
      .map(({ dev }) => dev),
  )
  const seen = new Map<string, number>()
  let looked = 0
  for (const process of await processesOf(pid)) {
    const open = await opendir(`/proc/${process}/fd`).catch(() => [])
    try {
      for await (const { name } of open) {
        if ((looked += 1) > mostOpenFiles) break
        const file = path.join(`/proc/${process}/fd`, name)
        if (!(await readlink(file).catch(() => '')).endsWith(' (deleted)')) continue
        const found = await stat(file).catch(() => undefined)
        if (found?.isFile() === true && found.nlink === 0 && devices.has(found.dev))
          seen.set(`${found.dev}:${found.ino}`, found.blocks * 512)
      }
    } catch {
      // It ended meanwhile.
    }
  }
  return [...seen.values()].reduce((sum, size) => sum + size, 0)
}

/** All that are in the cgroup of a container's first one. */
async function processesOf(pid: number): Promise<number[]> {
  const groups = (await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')).split('\n')
  for (const [controllers, mount] of [
    ['pids', '/sys/fs/cgroup/pids'],
    ['', '/sys/fs/cgroup'],
  ] as const) {
    const group = groups.map((line) => /^\d+:([^:]*):(.*)$/.exec(line)).find((found) => found?.[1] === controllers)?.[2]
    if (group === undefined || group === '/') continue
    const list = await readFile(path.join(mount, group, 'cgroup.procs'), 'utf8').catch(() => '')
    if (list !== '')
      return list
        .split('\n')
        .map(Number)
        .filter((one) => one > 0)
  }
  return [pid]
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}
