/**
 * Keeps containers from the machine, from each other and from private networks, by rules of the machine's firewall that
 * are looked after: an engine's restart or another tool's flush takes them away. They outlive the platform, as Spaces do.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { isIP, BlockList, createServer } from 'node:net'
import type Docker from 'dockerode'
import { hostNetwork, privateRanges } from '../host-network.ts'
import type { Finding } from '../runtime.ts'
import {
  allowChain,
  allowRules,
  arePlaced,
  chains,
  checkedInterface,
  type Family,
  isOurs,
  jumps,
  type Jump,
} from './firewall-rules.ts'
import { findIptables, type Iptables, ourChains } from './iptables.ts'
import { interfacePrefix } from './networks.ts'
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

const usualInterval = 3_000
/** Listing the rules takes long where there are thousands of networks: at most a tenth of the time goes into it. */
const leastPause = 10

/** Never throws for what the machine lacks: then `isolated` is false, and the findings say why and what to do. */
export async function openGuard(options: GuardOptions): Promise<Guard> {
  const interfaces = checkedInterface(options.interfaces ?? `${interfacePrefix}+`)
  const missing = await whatIsMissing(options.engine)
  if (missing !== undefined) return unguarded(missing, options.guardBuilds)
  const bridge = options.guardBuilds ? (options.buildBridge ?? (await defaultBridge(options.engine))) : undefined
  const keeper = new Keeper({ ...options, interfaces, bridge })
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

type KeeperOptions = GuardOptions & { interfaces: string; bridge: string | undefined }

class Keeper {
  readonly #options: KeeperOptions
  readonly #tables = new Map<Family, Iptables>()
  /** What the kernel had right after ours went in: it prints rules in words of its own. */
  readonly #stood = new Map<Family, { text: string; printed: string }>()
  readonly failures = new Map<Family, string>()
  #turn: Promise<void> = Promise.resolve()

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  start(): () => Promise<void> {
    const { every = usualInterval, log } = this.#options
    let timer: NodeJS.Timeout | undefined
    let stopped = false
    const look = async () => {
      const began = performance.now()
      await this.check().catch((error: unknown) => log.warn({ error }, 'looking after the firewall failed'))
      const pause = Math.max(every, (performance.now() - began) * leastPause)
      if (!stopped) timer = setTimeout(() => void look(), pause).unref()
    }
    timer = setTimeout(() => void look(), every).unref()
    return async () => {
      stopped = true
      clearTimeout(timer)
      await this.#turn
    }
  }

  /** One after the other; what fails is in `failures`. */
  async check(): Promise<void> {
    this.#turn = this.#turn.then(async () => await this.#holdAll())
    await this.#turn
  }

  async #holdAll(): Promise<void> {
    for (const family of families()) {
      const before = this.failures.get(family)
      try {
        await this.#hold(family)
        this.failures.delete(family)
        if (before !== undefined) this.#options.log.info({ family }, 'the firewall keeps Spaces in their place again')
      } catch (error) {
        // Which variant the engine uses may be another when it is up again.
        this.#tables.delete(family)
        const words = error instanceof Error ? error.message : String(error)
        this.failures.set(family, words)
        if (before !== words) this.#options.log.warn({ family, error: words }, 'the firewall refused the rules')
      }
    }
  }

  async #hold(family: Family): Promise<void> {
    const { interfaces, allow, log } = this.#options
    const tables = this.#tables.get(family) ?? (await findIptables(family))
    this.#tables.set(family, tables)
    const now = await tables.rules()
    const wanted = this.#jumps(now)
    const text = chains(family, { interfaces, forbidden: forbiddenRanges(), resolvers: containerResolvers() })
    const allowed = allowRules(family, allow)
    const stood = this.#stood.get(family)
    const hold = stood?.text === text && stood.printed === printed(now)
    const isAllowed = allowed.every((rule) => now.get(allowChain)?.includes(rule))
    if (hold && isAllowed && arePlaced(now, wanted)) return
    if (stood !== undefined) log.info({ family, program: tables.program }, 'rules of the firewall are put back')
    await tables.addTo(allowChain, allowed)
    await tables.restore(text)
    // Each goes first: the last of the list stands above the others.
    for (const jump of wanted) await tables.place(jump)
    const after = await tables.rules()
    if (!arePlaced(after, wanted)) throw new Error(`${tables.program} took the rules and does not show them.`)
    this.#stood.set(family, { text, printed: printed(after) })
  }

  #jumps(rules: ReadonlyMap<string, readonly string[]>): Jump[] {
    return jumps(rules.has('DOCKER-USER') ? 'DOCKER-USER' : 'FORWARD', this.#options.bridge)
  }

  /** What no platform of this machine needs any more. */
  async withdraw(spacesRemain: boolean): Promise<void> {
    for (const [family, tables] of this.#tables) {
      try {
        for (const [chain, rules] of await tables.rules()) {
          if (chain.startsWith('PLAZA-')) continue
          const ours = rules.filter((rule) => isOurs(rule) && (!spacesRemain || rule.includes('PLAZA-BUILD')))
          for (const rule of ours) await tables.remove({ chain, rule })
        }
        if (!spacesRemain) await tables.dropChains(ourChains)
      } catch (error) {
        this.#options.log.warn({ error, family }, 'the firewall kept rules that nobody needs')
      }
    }
  }
}

/** Of the chains that `chains` made. */
function printed(rules: ReadonlyMap<string, readonly string[]>): string {
  return JSON.stringify(ourChains.filter((chain) => chain !== allowChain).map((chain) => rules.get(chain)))
}

/** IPv6 counts where the kernel has it: bridges have link-local addresses there, whatever the engine gives out. */
function families(): Family[] {
  return read('/proc/net/if_inet6') === '' ? [4] : [4, 6]
}

/** Gateways with public addresses are somebody's machines as well; private ones are in a range already. */
function forbiddenRanges(): string[] {
  const ranges = new BlockList()
  for (const range of privateRanges) {
    const [address = '', bits] = range.split('/')
    ranges.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
  const own = hostNetwork().own.filter((address) => !ranges.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'))
  return [...privateRanges, ...own]
}

/** Where names are asked for: the engine hands the machine's nameservers on, but loopback ones; or has its own. */
function containerResolvers(): string[] {
  const files = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']
  const named = files.flatMap((file) =>
    [...read(file).matchAll(/^\s*nameserver\s+(\S+)/gm)].map((line) => line[1] ?? ''),
  )
  const set = /"dns"\s*:\s*\[([^\]]*)\]/.exec(read('/etc/docker/daemon.json'))?.[1] ?? ''
  const all = [...named, ...[...set.matchAll(/"([^"]+)"/g)].map((word) => word[1] ?? '')]
  return [...new Set(all)].filter((address) => isIP(address) !== 0 && !/^127\.|^::1$/.test(address)).sort()
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
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

/** Names in the kernel's own name space of sockets: they end with their process, and belong to one network namespace, as rules do. */
const presencePrefix = 'plaza-guard-'
let presences = 0

function showPresence() {
  const server = createServer((socket) => socket.destroy()).unref()
  // That it cannot be shown costs nothing but rules that stay.
  server.on('error', () => undefined)
  server.listen(`\0${presencePrefix}${process.pid}-${(presences += 1)}`)
  return {
    end: async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      await promise
    },
  }
}

const othersArePresent = () => read('/proc/net/unix').includes(`@${presencePrefix}`)

function hasSpaces(interfaces: string): boolean {
  const prefix = interfaces.replace(/\+$/, '')
  return readdirSync('/sys/class/net').some((name) => name.startsWith(prefix))
}
