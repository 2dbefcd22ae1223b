/**
 * Which driver an install uses: what the operator says, else the one that it has used so far, else what there is. It never
 * changes by itself: a change builds every Space anew, and `/data` stays with the driver that it was written under.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'

export type DriverName = Exclude<Config['runtime'], 'auto'>

/** `missing`: it is containers that it needs, and no engine answers (pure). */
export function driverOf(
  wish: Config['runtime'],
  before: DriverName | undefined,
  engineAnswers: boolean,
): DriverName | 'missing' {
  const wanted = wish === 'auto' ? (before ?? (engineAnswers ? 'docker' : 'local')) : wish
  return wanted === 'docker' && !engineAnswers ? 'missing' : wanted
}

const file = 'driver'

/** @param data `PLAZA_DATA`. Undefined: nothing has run yet. */
export async function driverBefore(data: string): Promise<DriverName | undefined> {
  const noted = (await readFile(path.join(data, file), 'utf8').catch(() => '')).trim()
  if (noted === 'local' || noted === 'docker') return noted
  // An install from before there was a choice.
  const spaces = await readdir(path.join(data, 'spaces')).catch(() => [])
  return spaces.length > 0 ? 'local' : undefined
}

export async function rememberDriver(data: string, driver: DriverName): Promise<void> {
  await writeFile(path.join(data, file), `${driver}\n`)
}

/** Milliseconds. A machine that has just been started may bring its engine up behind Plaza. */
const engineComesWithin = 60_000
const lookEvery = 1_000

/** Looks until it is there, or for a minute. */
export async function waitForEngine<Found extends { engine?: unknown }>(look: () => Promise<Found>): Promise<Found> {
  const deadline = Date.now() + engineComesWithin
  for (;;) {
    const found = await look()
    if (found.engine !== undefined || Date.now() >= deadline) return found
    await sleep(lookEvery)
  }
}
