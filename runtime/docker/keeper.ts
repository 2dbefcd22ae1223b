/** Looks after the rules of the machine's firewall: an engine's restart or another tool's flush takes them away. */
import { allowChain, allowRules, arePlaced, chains, type Family, isOurs, type Jump, jumps } from './firewall-rules.ts'
import { containerResolvers, families, forbiddenRanges } from './firewall-surroundings.ts'
import { findIptables, type Iptables, ourChains } from './iptables.ts'

export type KeeperOptions = {
  /** Of Spaces, as iptables matches them. */
  interfaces: string
  /** That builds are on; undefined: it is left alone. */
  bridge: string | undefined
  /** Addresses that builds may reach although they are private. */
  allow: readonly string[]
  /** Milliseconds between looks. */
  every: number
  log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
}

/** Listing the rules takes long where there are thousands of networks: at most a tenth of the time goes into it. */
const leastPause = 10

export class Keeper {
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
    const { every, log } = this.#options
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
