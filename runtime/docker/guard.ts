/**
 * Keeps containers from the machine, from each other and from private networks, by rules of the machine's firewall that
 * are looked after: an engine's restart or another tool's flush takes them away. They outlive the platform, as Spaces do.
 */
import type Docker from 'dockerode'
import type { Finding } from '../runtime.ts'
import { checkedInterface } from './firewall-rules.ts'
import { hasSpaces } from './firewall-surroundings.ts'
import { Keeper } from './keeper.ts'
import { interfacePrefix } from './networks.ts'
import { othersArePresent, showPresence } from './presence.ts'
import { routedRanges } from './subnets.ts'

export type GuardOptions = {
  engine: Docker
  /** Interfaces of Spaces, as iptables matches them; default: those that `Networks` makes. */
  interfaces?: string
  /** Whether everything on the engine's default bridge is kept from private networks: builds are there, and whatever else the operator runs on it. */
  guardBuilds: boolean
  /** Default: the engine's default bridge. */
  buildBridge?: string
  /** Addresses that builds may reach although they are private: a package index, a proxy. */
  allow: readonly string[]
  /** Milliseconds between looks at the rules. */
  every?: number
  log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
}

export type Guard = AsyncDisposable & {
  /** Whether the rules stood when they were last looked at. */
  readonly isolated: boolean
  /** Puts back what is missing now. */
  check(): Promise<void>
  findings(): Promise<Finding[]>
}

/** Milliseconds. */
const usualInterval = 3_000

/** Never throws for what the machine lacks: then `isolated` is false, and the findings say why and what to do. */
export async function openGuard(options: GuardOptions): Promise<Guard> {
  const interfaces = checkedInterface(options.interfaces ?? `${interfacePrefix}+`)
  const missing = await whatIsMissing(options.engine)
  if (missing !== undefined) return unguarded(missing, options.guardBuilds)
  const bridge = options.guardBuilds ? (options.buildBridge ?? (await defaultBridge(options.engine))) : undefined
  const keeper = new Keeper({ every: usualInterval, ...options, interfaces, bridge })
  const presence = showPresence()
  await keeper.check()
  const stop = keeper.start()
  return {
    get isolated() {
      return keeper.failures.get(4) === undefined
    },
    check: async () => await keeper.check(),
    findings: async () => {
      await keeper.check()
      return findingsOf(keeper, options.guardBuilds, bridge)
    },
    async [Symbol.asyncDispose]() {
      await stop()
      await presence.end()
      if (!othersArePresent()) await keeper.withdraw(hasSpaces(interfaces))
    },
  }
}

const bridgeOption = 'com.docker.network.bridge.name'

async function defaultBridge(engine: Docker): Promise<string | undefined> {
  const networks = await engine.listNetworks()
  return networks.find(({ Options }) => Options?.['com.docker.network.bridge.default_bridge'] === 'true')?.Options?.[
    bridgeOption
  ]
}

type Missing = { detail: string; remedy: string }

/** Why rules of this machine would not hold the engine's containers. */
async function whatIsMissing(engine: Docker): Promise<Missing | undefined> {
  const remedy = 'Run Plaza as root on the machine of the engine, outside of a container.'
  if (process.platform !== 'linux') {
    return { detail: 'The engine runs its containers in a virtual machine, whose firewall Plaza cannot set.', remedy }
  }
  if (process.getuid?.() !== 0) {
    return { detail: `Plaza runs as user ${process.getuid?.()} and may not set the firewall of this machine.`, remedy }
  }
  const networks = await engine.listNetworks().catch((error: unknown) => String(error))
  if (typeof networks === 'string') return { detail: `The engine did not tell its networks: ${networks}`, remedy }
  const routes = routedRanges()
  const bridges = networks.filter(({ Driver }) => Driver === 'bridge')
  const isHere = bridges.some(({ Id, Options, IPAM }) => {
    const device = Options?.[bridgeOption] ?? `br-${Id.slice(0, 12)}`
    return IPAM?.Config?.some(({ Subnet }) => routes.some((one) => one.device === device && one.range === Subnet))
  })
  if (isHere) return undefined
  return {
    detail:
      'The networks of the engine are not on this machine: it is another one, a virtual machine, or an engine without root.',
    remedy,
  }
}

function unguarded(missing: Missing, guardBuilds: boolean): Guard {
  const detail = `Containers reach this machine, private networks and the metadata addresses of clouds. ${missing.detail}`
  const what = guardBuilds ? ['network of Spaces', 'network of builds'] : ['network of Spaces']
  return {
    isolated: false,
    check: async () => undefined,
    findings: async () => what.map((what) => ({ what, ok: false, detail, remedy: missing.remedy })),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function findingsOf(keeper: Keeper, guardBuilds: boolean, bridge: string | undefined): Finding[] {
  const failure = keeper.failures.get(4)
  const failure6 = keeper.failures.get(6)
  const remedy = 'Install iptables, and run Plaza as root with the capability NET_ADMIN.'
  const held = 'are kept from this machine, from each other and from private networks'
  const finding = (what: string, detail: string): Finding =>
    failure === undefined
      ? { what, ok: true, detail }
      : { what, ok: false, detail: `The firewall takes no rules. ${failure}`, remedy }
  return [
    finding('network of Spaces', `Spaces ${held}, by rules of the firewall that are looked after.`),
    guardBuilds && bridge !== undefined
      ? finding('network of builds', `Builds ${held}, and so is all else on ${bridge}.`)
      : {
          what: 'network of builds',
          ok: false,
          detail: guardBuilds
            ? 'The engine has no default bridge: builds have no network, or one that is not known.'
            : 'Builds reach this machine and private networks: guardBuilds is off.',
          remedy: guardBuilds
            ? 'Start the engine without --bridge=none.'
            : 'In plaza.yaml write containers: { guardBuilds: true }, and put containers of others on networks of their own.',
        },
    ...(failure6 === undefined
      ? []
      : [{ what: 'IPv6 of containers', ok: false, detail: `ip6tables takes no rules. ${failure6}`, remedy }]),
  ]
}
