/** Where a run of the tests has its Docker engine, and its end. Whoever needs it first starts it: test-engine.ts. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { cache } from './base-images.ts'
import { type DockerdPlace, stopDockerd } from './dockerd.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** `owner` is the process of the whole run. */
    engineRun: { folder: string; owner: number }
  }
}

export const sharedEngine = (folder: string): DockerdPlace => ({
  folder,
  data: path.join(cache, 'engine'),
  bridge: { name: 'plaza-t0', address: '10.212.0.1/24' },
  keepsContainers: true,
})

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-engine-'))
  project.provide('engineRun', { folder, owner: process.pid })
  return async () => await stopDockerd(sharedEngine(folder))
}
