/** What an engine holds, to compare before and after: sorted lines such as `container plaza-x (running)`. */
import type Docker from 'dockerode'

/**
 * Everything but the base images and what builds have cached. @param install only what one install has made: its label
 * `plaza.install`.
 */
export async function inventory(engine: Docker, install?: string): Promise<string[]> {
  const label = install === undefined ? [] : [`plaza.install=${install}`]
  const filters = { label }
  const containers = await engine.listContainers({ all: true, filters })
  const networks = await engine.listNetworks({ filters })
  const { Volumes } = await engine.listVolumes({ filters })
  const images = await engine.listImages({ filters })
  return [
    ...containers.map(({ Names, State }) => `container ${Names[0]?.slice(1)} (${State})`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...Volumes.map(({ Name }) => `volume ${Name}`),
    ...images
      .filter(({ Labels }) => Object.keys(Labels ?? {}).some((name) => name.startsWith('plaza.')))
      .map(({ Id, RepoTags }) => `image ${RepoTags?.[0] ?? Id}`),
  ].sort()
}

/** Removes what is left of one install, so that a test that failed does not trouble the next one. */
export async function clearInstall(engine: Docker, install: string): Promise<void> {
  const filters = { label: [`plaza.install=${install}`] }
  const gone = () => undefined
  for (const { Id } of await engine.listContainers({ all: true, filters })) {
    await engine.getContainer(Id).remove({ force: true, v: true }).catch(gone)
  }
  for (const { Id } of await engine.listNetworks({ filters })) await engine.getNetwork(Id).remove().catch(gone)
  const { Volumes } = await engine.listVolumes({ filters })
  for (const { Name } of Volumes) await engine.getVolume(Name).remove().catch(gone)
}
