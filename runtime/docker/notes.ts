/** What the engine cannot tell the next platform: how a workload ended, in the words that were told, and since when it is frozen. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InstanceState } from '../runtime.ts'

type Exited = Extract<InstanceState, { kind: 'exited' }>
export type Note = { exited?: Exited; frozenSince?: Date }

export class Notes {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  read(workloadId: string): Note {
    try {
      // Written below, whole or not at all.
      const found = JSON.parse(readFileSync(this.#path(workloadId), 'utf8')) as {
        exited?: Omit<Exited, 'at'> & { at: string }
        frozenSince?: string
      }
      return {
        ...(found.exited === undefined ? {} : { exited: { ...found.exited, at: new Date(found.exited.at) } }),
        ...(found.frozenSince === undefined ? {} : { frozenSince: new Date(found.frozenSince) }),
      }
    } catch {
      return {}
    }
  }

  write(workloadId: string, note: Note): void {
    const path = this.#path(workloadId)
    try {
      writeFileSync(`${path}.part`, JSON.stringify(note), { mode: 0o600 })
      renameSync(`${path}.part`, path)
    } catch {
      // The disk is full: the next platform tells it in the engine's words.
    }
  }

  forget(workloadId: string): void {
    rmSync(this.#path(workloadId), { force: true })
  }

  /** Those of workloads whose containers somebody removed meanwhile mean nothing. */
  forgetAllBut(workloadIds: ReadonlySet<string>): void {
    for (const name of readdirSync(this.#folder))
      if (!workloadIds.has(name.replace(/\.json$/, ''))) rmSync(join(this.#folder, name), { force: true })
  }

  #path(workloadId: string): string {
    return join(this.#folder, `${workloadId}.json`)
  }
}
