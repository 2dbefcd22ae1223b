/** A whole Plaza on one driver, as every part of the suite gets it. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { processesOf } from '../../faults/processes.ts'
import type { TestPlaza } from '../../plaza.ts'
import { inventory } from '../inventory.ts'
import type { TestEngine } from '../test-engine.ts'

export type Driven = {
  plaza: TestPlaza
  /** Everything on this machine that is there for this Plaza's Spaces, a sorted line each, with their ids or workloads' in it. */
  held(): Promise<string[]>
}

/** @param engine undefined: the local driver. */
export function driven(plaza: TestPlaza, engine: TestEngine | undefined): Driven {
  return {
    plaza,
    async held() {
      const folders = ['spaces', 'instances', 'logs', 'repositories'].map(async (folder) => {
        const names = await readdir(path.join(plaza.data, folder)).catch(() => [])
        return names.map((name) => `${folder}/${name}`)
      })
      const running = engine
        ? await inventory(engine.engine, await plaza.install())
        : processesOf(plaza).flatMap(({ group }) => (group?.startsWith('instance-') ? [`process of ${group}`] : []))
      return [...(await Promise.all(folders)).flat(), ...new Set(running)].sort()
    },
  }
}
