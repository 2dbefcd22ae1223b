/** Ends containers and leaves nothing of them. */
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { labels } from './container.ts'
import { isConflict, isMissing, isUnchanged, patiently, statusOf } from './failures.ts'
import { gracePeriod } from './replica.ts'

const attempts = 5
/** Milliseconds. */
const retryAfter = 300

/** All of a workload's, or the one with this id. @throws the engine's error when one is still there. */
export async function removeContainers(
  engine: Docker,
  install: string,
  workloadId: string,
  containerId?: string,
): Promise<void> {
  await patiently(async () => {
    const label = [`${labels.install}=${install}`, `${labels.workload}=${workloadId}`]
    const filters = { label, ...(containerId === undefined ? {} : { id: [containerId] }) }
    const found = await engine.listContainers({ all: true, filters })
    await Promise.all(found.map(({ Id, State }) => removeContainer(engine, Id, State)))
  })
}

/** SIGTERM, 5 s, SIGKILL, then the container with the volumes that have no name. */
export async function removeContainer(engine: Docker, id: string, state: string): Promise<void> {
  const container = engine.getContainer(id)
  if (state === 'paused') await container.unpause().catch(() => undefined)
  if (state === 'running' || state === 'paused')
    await container.stop({ t: gracePeriod }).catch((error: unknown) => {
      if (!isUnchanged(error) && !isMissing(error)) throw error
    })
  for (let attempt = 1; ; attempt++) {
    try {
      await container.remove({ force: true, v: true })
      return
    } catch (error) {
      if (isMissing(error)) return
      // Somebody removes it already, or its files are busy for a moment.
      if ((!isConflict(error) && statusOf(error) !== 500) || attempt === attempts) throw error
      await delay(retryAfter * attempt)
    }
  }
}
