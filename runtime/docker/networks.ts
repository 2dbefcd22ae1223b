/** One bridge network a Space: what is not on it cannot be reached by its neighbours' names or addresses. */
import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import { isConflict, isMissing } from './failures.ts'
import { freeSubnet, parseRange, routedRanges } from './subnets.ts'

export type SpaceNetwork = { id: string; name: string; subnet: string; gateway: string }

export type NetworksOptions = {
  engine: Docker
  /** Of this Plaza: several may use one engine. */
  install: string
  /** IPv4 ranges that the networks are cut from, e.g. `['10.213.0.0/16']`. */
  subnets: readonly string[]
  log: { warn(fields: object, message: string): void }
}

/** Every bridge of a Space is called so, whatever install it is of: the guard's rules tell them by it. Interfaces have at most 15 characters. */
export const interfacePrefix = 'pz'

/** Milliseconds in which a network that was asked for is not taken for an idle one: its container is on the way. */
const freshFor = 120_000
const attempts = 8

export class Networks {
  readonly interfacePrefix = interfacePrefix
  readonly #options: NetworksOptions
  readonly #askedFor = new Map<string, number>()
  #turn: Promise<unknown> = Promise.resolve()

  /** @throws Error in words when a range is none. */
  constructor(options: NetworksOptions) {
    for (const range of options.subnets) parseRange(range)
    this.#options = options
  }

  /** Made where it is missing. @throws Error with the remedy when every subnet is taken; the engine's. */
  async of(spaceId: string): Promise<SpaceNetwork> {
    this.#askedFor.set(spaceId, Date.now())
    const found = (await this.#find(spaceId)) ?? (await this.#alone(async () => await this.#make(spaceId)))
    const { id, name, subnet, gateway } = found
    return { id, name, subnet, gateway }
  }

  /** Unknown ones are fine. @throws the engine's error, while a container is on it. */
  async remove(spaceId: string): Promise<void> {
    this.#askedFor.delete(spaceId)
    await this.#alone(async () => {
      const found = await this.#find(spaceId)
      if (found !== undefined) await this.#delete(found.id)
    })
  }

  async #find(spaceId: string): Promise<SpaceNetwork | undefined> {
    return (await this.#own()).find((network) => network.spaceId === spaceId)
  }

  async #own(): Promise<(SpaceNetwork & { spaceId: string })[]> {
    const label = [`plaza.install=${this.#options.install}`, 'plaza.space']
    const networks = await this.#options.engine.listNetworks({ filters: { label } })
    return networks.map(({ Id, Name, IPAM, Labels }) => ({
      id: Id,
      name: Name,
      subnet: IPAM?.Config?.[0]?.Subnet ?? '',
      gateway: IPAM?.Config?.[0]?.Gateway ?? '',
      spaceId: Labels?.['plaza.space'] ?? '',
    }))
  }

  async #make(spaceId: string): Promise<SpaceNetwork> {
    const { engine, install, subnets, log } = this.#options
    const key = createHash('sha256').update(`${install}/${spaceId}`).digest()
    const refused: string[] = []
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = await this.#find(spaceId)
      if (before !== undefined) return before
      const networks = await engine.listNetworks()
      const ranges = networks.flatMap(({ IPAM }) => IPAM?.Config?.map(({ Subnet }) => Subnet ?? '') ?? [])
      const taken = [...ranges, ...routedRanges().map(({ range }) => range), ...refused]
      const free = freeSubnet(subnets, taken, key.readUInt32BE())
      if (free === undefined) {
        if ((await this.#removeIdle()) > 0) continue
        throw new Error(
          `Every network that Plaza may make is taken (${subnets.join(', ')}). Give it more in plaza.yaml: containers: { subnets: [10.214.0.0/16, …] }.`,
        )
      }
      const mtu = networks.find(({ Name }) => Name === 'bridge')?.Options?.[mtuOption]
      try {
        const name = `plaza-${install}-${spaceId}`
        const { id } = await engine.createNetwork({
          Name: name,
          CheckDuplicate: true,
          Driver: 'bridge',
          Internal: false,
          EnableIPv6: false,
          IPAM: { Driver: 'default', Config: [{ Subnet: free.subnet, Gateway: free.gateway }] },
          Options: {
            // The engine refuses a second network with this name, be it made by another process at the same moment.
            'com.docker.network.bridge.name': `${interfacePrefix}${key.toString('hex').slice(0, 10)}`,
            'com.docker.network.bridge.enable_icc': 'false',
            // The daemon's own setting holds for its default network alone.
            ...(mtu !== undefined && { [mtuOption]: mtu }),
          },
          Labels: { 'plaza.install': install, 'plaza.space': spaceId },
        })
        return { id, name, ...free }
      } catch (error) {
        if (!isTaken(error)) throw error
        log.warn({ error, spaceId, subnet: free.subnet }, 'a network was refused')
        refused.push(free.subnet)
      }
    }
    throw new Error(`The engine refused ${attempts} networks for the Space one after the other: ${refused.join(', ')}.`)
  }

  /** Networks of Spaces that sleep: they are made anew when wanted. */
  async #removeIdle(): Promise<number> {
    const { engine, install } = this.#options
    const filters = { label: [`plaza.install=${install}`] }
    const containers = await engine.listContainers({ all: true, filters })
    // One that was not started yet knows the name of its network, and no id.
    const used = new Set(
      containers.flatMap(({ NetworkSettings }) =>
        Object.entries(NetworkSettings.Networks).flatMap(([name, { NetworkID }]) => [name, NetworkID]),
      ),
    )
    const isFresh = (spaceId: string) => Date.now() - (this.#askedFor.get(spaceId) ?? -Infinity) < freshFor
    let removed = 0
    for (const { id, name, spaceId } of await this.#own()) {
      if (used.has(id) || used.has(name) || isFresh(spaceId)) continue
      // Whatever the reason, it is still there, and others may not be.
      await this.#delete(id).then(
        () => (removed += 1),
        () => undefined,
      )
    }
    return removed
  }

  async #delete(id: string): Promise<void> {
    await this.#options.engine
      .getNetwork(id)
      .remove()
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error
      })
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return await turn
  }
}

const mtuOption = 'com.docker.network.driver.mtu'

/** Somebody else was first: with the subnet, the interface's name, or the network's. */
function isTaken(error: unknown): boolean {
  const words = error instanceof Error ? error.message : ''
  return isConflict(error) || /overlap|same bridge name|already exists|device or resource busy|file exists/i.test(words)
}
