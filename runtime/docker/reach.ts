/** How the platform reaches the ports of containers. */
import { lookup } from 'node:dns/promises'
import { hostname, release } from 'node:os'
import type { ContainerInspectInfo } from 'dockerode'
import type Docker from 'dockerode'
import type { Address } from '../runtime.ts'

export type Reach =
  /** The engine is on this machine: containers have addresses here, and their processes are in /proc. */
  | { kind: 'direct' }
  /** The engine publishes ports of the machine at `host`. */
  | { kind: 'published'; host: string }

/** What `engine.info()` tells that matters here. */
export type EngineInfo = {
  Name: string
  KernelVersion: string
  SecurityOptions?: readonly string[] | null
}

export async function reachOf(engine: Docker, info: EngineInfo): Promise<Reach> {
  const { socketPath, host } = engine.modem as { socketPath?: unknown; host?: string }
  const rootless = info.SecurityOptions?.some((option) => option.startsWith('name=rootless')) ?? false
  if (host === undefined || host === '') {
    // A socket may lead into a virtual machine (Docker Desktop), a network of its own or elsewhere by ssh.
    const here = socketPath !== undefined && info.Name === hostname() && info.KernelVersion === release() && !rootless
    return here ? { kind: 'direct' } : { kind: 'published', host: '127.0.0.1' }
  }
  const { address } = await lookup(URL.parse(host)?.hostname || host)
  return { kind: 'published', host: address }
}

/** Where a running container answers; undefined when it has no address (it has just ended). */
export function addressOf(
  { NetworkSettings: { Networks, Ports } }: Pick<ContainerInspectInfo, 'NetworkSettings'>,
  { reach, port }: { reach: Reach; port: number },
): Address | undefined {
  if (reach.kind === 'direct') {
    const [network] = Object.values(Networks)
    return network === undefined || network.IPAddress === '' ? undefined : { host: network.IPAddress, port }
  }
  const published = (Ports[`${port}/tcp`] as { HostPort: string }[] | null | undefined)?.[0]
  return published === undefined ? undefined : { host: reach.host, port: Number(published.HostPort) }
}
