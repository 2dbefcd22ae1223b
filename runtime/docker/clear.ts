/** What is left of an install that no longer runs on this engine. */
import type Docker from 'dockerode'
import { labels } from './container.ts'
import { isMissing } from './failures.ts'
import { removeContainer } from './removal.ts'

/**
 * Ends every container of an install and removes its networks; `/data` of its Spaces stays, should it come back.
 * @returns how many workloads there were. @throws the engine's error.
 */
export async function clearContainers(engine: Docker, install: string): Promise<number> {
  const filters = { label: [`${labels.install}=${install}`] }
  const containers = await engine.listContainers({ all: true, filters })
  await Promise.all(containers.map(async ({ Id, State }) => await removeContainer(engine, Id, State)))
  for (const { Id } of await engine.listNetworks({ filters })) {
    await engine
      .getNetwork(Id)
      .remove()
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error
      })
  }
  return new Set(containers.flatMap(({ Labels }) => Labels[labels.workload] ?? [])).size
}
