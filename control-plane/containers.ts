/** The container drivers over one engine. Loaded only where an engine answers: it brings a client that nobody else needs. */
import path from 'node:path'
import type Docker from 'dockerode'
import { openDockerBuilder } from '../builder/docker/build.ts'
import { DiskWatch } from '../runtime/docker/disk.ts'
import { engineFindings } from '../runtime/docker/findings.ts'
import { Gpus } from '../runtime/docker/gpus.ts'
import { openGuard } from '../runtime/docker/guard.ts'
import { Networks } from '../runtime/docker/networks.ts'
import { openDockerRuntime } from '../runtime/docker/runtime.ts'
import { Volumes } from '../runtime/docker/volumes.ts'
import type { Config } from './config.ts'
import { installName } from './key.ts'
import type { Surroundings } from './main.ts'

export type ContainerParts = {
  engine: Docker
  config: Config
  surroundings: Surroundings
  disposal: AsyncDisposableStack
  key: Buffer
  /** Addresses that builds may reach although they are private. */
  allow: readonly string[]
}

/** What can be told of the engine, and what opens its drivers. */
export async function openContainers({ engine, config, surroundings, disposal, key, allow }: ContainerParts) {
  const { log } = surroundings
  const { subnets, guardBuilds } = config.bootstrap.containers
  const install = installName(key)
  const extraCa = config.extraCa === undefined ? {} : { extraCa: config.extraCa }
  const guard = disposal.use(await openGuard({ engine, guardBuilds, allow, log }))
  const gpus = await Gpus.find(engine)
  return {
    findings: async () => await engineFindings(engine, { guard, gpus }),
    builder: () =>
      openDockerBuilder({
        engine,
        folder: config.data,
        env: config.packageEnvironment,
        path: surroundings.path,
        ...(surroundings.home === undefined
          ? {}
          : { dockerConfig: path.join(surroundings.home, '.docker', 'config.json') }),
        images: config.bootstrap.images,
        ...extraCa,
        ...(config.registry === undefined ? {} : { registry: config.registry }),
        log,
      }),
    runtime: async () =>
      await openDockerRuntime({
        engine,
        install,
        folder: config.data,
        guard,
        networks: new Networks({ engine, install, subnets: [...subnets], log }),
        volumes: new Volumes({ engine, install }),
        disk: new DiskWatch({ engine, log }),
        gpus,
        ...extraCa,
        log,
      }),
  }
}
