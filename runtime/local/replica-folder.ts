/**
 * The folder that says all about a replica, so that the next platform finds it again.
 *
 *   workload.json   what should run (it holds secrets: mode 0600); written last before the start, it is the intention
 *   launch.json     port, mode, boot and time of the start
 *   pid             /proc/PID/stat of the outermost process, written by that process itself before it becomes anything else
 *   status          how the command ended, written by bwrap or by the shell around it
 *   exit.json       the same in words, once the platform has seen it
 *   frozen          there while it should stand still
 *   log, launcher.log   what the app printed, what pasta complained about
 *   app/ home/ tmp/     its own, writable
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { chmod, cp, lchown, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { InstanceState, Workload } from '../runtime.ts'
import { exitCode } from './confinement.ts'
import type { SpaceIdentity } from './space-folder.ts'

/** Written beside the workload when it is started. */
export type LaunchRecord = { port: number; isolated: boolean; boot: string; startedAt: number }

type Exited = Extract<InstanceState, { kind: 'exited' }>

export class ReplicaFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** Where one of the names above lies. */
  at(name: string): string {
    return join(this.path, name)
  }

  exists(): boolean {
    return existsSync(this.path)
  }

  /** Makes it, with the app's files as they are in `source`. */
  async make(workload: Workload, source: string, user: SpaceIdentity['user']): Promise<void> {
    mkdirSync(this.path, { recursive: true })
    // Passable: the Space's user comes to its own files, and sees no name of the others'.
    chmodSync(this.path, 0o711)
    this.#write('workload.json.new', JSON.stringify(workload))
    await cp(source, this.at('app'), {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
    })
    for (const name of ['app', 'home', 'tmp']) {
      mkdirSync(this.at(name), { recursive: true })
      await hand(this.at(name), user)
      await chmod(this.at(name), 0o700)
    }
    for (const name of ['log', 'launcher.log']) {
      const path = this.at(name)
      writeFileSync(path, '', { mode: 0o600 })
      // Its own: programs open /dev/stdout.
      await hand(path, user)
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 3 })
  }

  /** From here on the next platform starts or finds it. */
  intend(): void {
    renameSync(this.at('workload.json.new'), this.at('workload.json'))
  }

  writeLaunch(record: LaunchRecord): void {
    this.#write('launch.json', JSON.stringify(record))
  }

  /** Written by the same version of this file, whole or not at all. */
  readLaunch(): LaunchRecord | undefined {
    return readJson(this.at('launch.json')) as LaunchRecord | undefined
  }

  writeFrozen(frozen: { since: Date; ready: boolean }): void {
    this.#write('frozen', JSON.stringify({ since: frozen.since.getTime(), ready: frozen.ready }))
  }

  readFrozen(): { since: Date; ready: boolean } | undefined {
    const found = readJson(this.at('frozen'))
    if (found === undefined) return undefined
    return { since: new Date(Number(Reflect.get(found, 'since'))), ready: Reflect.get(found, 'ready') === true }
  }

  isFrozen(): boolean {
    return existsSync(this.at('frozen'))
  }

  removeFrozen(): void {
    rmSync(this.at('frozen'), { force: true })
  }

  /** How it ended; a workload that ended before it was intended is so now. */
  writeExit(state: Exited, workload: Workload): void {
    this.#write('exit.json', JSON.stringify(state))
    rmSync(this.at('workload.json.new'), { force: true })
    if (!existsSync(this.at('workload.json'))) this.#write('workload.json', JSON.stringify(workload))
  }

  readExit(): Exited | undefined {
    const found = readJson(this.at('exit.json')) as (Exited & { at: string }) | undefined
    return found === undefined ? undefined : { ...found, at: new Date(found.at) }
  }

  /** The exit code of the command itself; undefined while it runs, and where it never came to run. */
  exitCode(): number | undefined {
    return exitCode(readText(this.at('status')))
  }

  /** What its launcher said. */
  complaints(): string {
    return readText(this.at('launcher.log'))
  }

  clearComplaints(): void {
    writeFileSync(this.at('launcher.log'), '')
  }

  #write(name: string, text: string): void {
    const path = this.at(name)
    writeFileSync(`${path}.part`, text, { mode: 0o600 })
    renameSync(`${path}.part`, path)
  }
}

/** The workload of a folder; undefined when it was never meant to run. */
export function readWorkload(folder: string): Workload | undefined {
  return readJson(join(folder, 'workload.json')) as Workload | undefined
}

/** Gives a tree to a user, writable by it; links themselves, never what they lead to. */
async function hand(path: string, user: SpaceIdentity['user']): Promise<void> {
  const found = await lstat(path)
  if (!found.isSymbolicLink()) await chmod(path, found.mode | (found.isDirectory() ? 0o700 : 0o600))
  if (found.isDirectory()) for (const name of await readdir(path)) await hand(join(path, name), user)
  if (user !== undefined) await lchown(path, user.uid, user.gid)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function readJson(path: string): object | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof found === 'object' && found !== null ? found : undefined
  } catch {
    return undefined
  }
}
