/** Images that an install's builder has made: they outlive the install, as an engine's users expect, and a test's must not. */
import path from 'node:path'
import type Docker from 'dockerode'
import { builderLabel } from '../../builder/docker/images.ts'
import { openHiddenNames } from '../../builder/docker/keys.ts'

/** @param data the install's folder, while it is there. @returns what removes its images, once no container is made of them. */
export async function builtImages(engine: Docker, data: string): Promise<() => Promise<void>> {
  const builder = (await openHiddenNames(path.join(data, 'tools'))).of('builder')
  return async () => {
    for (const { Id } of await engine.listImages({ filters: { label: [`${builderLabel}=${builder}`] } })) {
      await engine
        .getImage(Id)
        .remove({ force: true })
        .catch(() => undefined)
    }
  }
}
