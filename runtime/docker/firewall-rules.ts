/**
 * What Spaces and builds may reach, as rules of iptables. Pure. Nothing in it depends on an install: every Plaza of a
 * machine puts up the same, for all interfaces of Spaces (`interfacePrefix`) and for the bridge that builds are on.
 *
 * Packets of a connection that a container opened are looked at one by one, established or not: what got through while
 * the rules were away ends when they are back. Only answers (`--ctdir REPLY`) pass unseen.
 */
import { isIP } from 'node:net'
import { checkedRange } from '../host-network.ts'

export type Family = 4 | 6

export type Surroundings = {
  /** As iptables matches them: `pz+`. */
  interfaces: string
  /** Ranges that nobody may reach, and the gateways of the machine; both families. */
  forbidden: readonly string[]
  /** Nameservers that the engine gives to containers; both families. */
  resolvers: readonly string[]
}

/** Addresses that builds may reach nevertheless. Each install adds its own, none is taken away. */
export const allowChain = 'PLAZA-ALLOW'

/** A jump that must come before everybody else's rules in `chain`. */
export type Jump = { chain: string; rule: string }

/** `forward`: the chain in which the engine leaves the first word to others; DOCKER-USER where it has one. */
export function jumps(forward: string, buildBridge: string | undefined): Jump[] {
  const build = buildBridge === undefined ? undefined : checkedInterface(buildBridge)
  return [
    { chain: forward, rule: '-j PLAZA-FORWARD' },
    { chain: 'INPUT', rule: '-j PLAZA-INPUT' },
    ...(build === undefined
      ? []
      : [
          { chain: forward, rule: `-i ${build} -j PLAZA-BUILD-OUT` },
          { chain: 'INPUT', rule: `-i ${build} -j PLAZA-BUILD-IN` },
        ]),
  ]
}

/** Text for `iptables-restore --noflush`: replaces our chains in one transaction, and touches no other. `allowChain` is there already. */
export function chains(family: Family, surroundings: Surroundings): string {
  const interfaces = checkedInterface(surroundings.interfaces)
  const ofFamily = (range: string) => isIP(checkedRange(range).replace(/\/.*$/, '')) === family
  const resolvers = surroundings.resolvers.filter(ofFamily)
  const answers = '-m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY'
  const names = (verdict: string) =>
    resolvers.flatMap((address) =>
      ['udp', 'tcp'].map((protocol) => `-d ${address} -p ${protocol} -m ${protocol} --dport 53 -j ${verdict}`),
    )
  const rules: Record<string, string[]> = {
    // Towards Spaces: answers, and ports that the engine was told to publish.
    'PLAZA-FORWARD': [
      `-i ${interfaces} -j PLAZA-OUT`,
      `-o ${interfaces} -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j RETURN`,
      `-o ${interfaces} -j PLAZA-REFUSE`,
    ],
    'PLAZA-INPUT': [`-i ${interfaces} -j PLAZA-IN`],
    'PLAZA-OUT': [
      `${answers} -j RETURN`,
      `-o ${interfaces} -j PLAZA-REFUSE`,
      // The networks have no IPv6: what speaks it nevertheless wants to get around the rules.
      ...(family === 6
        ? ['-j PLAZA-REFUSE']
        : [
            ...names('RETURN'),
            ...surroundings.forbidden.filter(ofFamily).map((range) => `-d ${range} -j PLAZA-REFUSE`),
          ]),
    ],
    'PLAZA-IN': [
      `${answers} -j ACCEPT`,
      ...(family === 6
        ? // Without an answer to these a build's attempt lasts seconds instead of being refused at once (RFC 4861).
          [135, 136].map((type) => `-p ipv6-icmp -m icmp6 --icmpv6-type ${type} -j ACCEPT`)
        : names('ACCEPT')),
      '-j PLAZA-REFUSE',
    ],
    // A reset always comes; other refusals are counted out by the kernel, and an app that asks often would wait.
    'PLAZA-REFUSE': ['-p tcp -j REJECT --reject-with tcp-reset', '-j REJECT'],
    'PLAZA-BUILD-OUT': [`-j ${allowChain}`, '-j PLAZA-OUT'],
    'PLAZA-BUILD-IN': [`-j ${allowChain}`, '-j PLAZA-IN'],
  }
  const declared = Object.keys(rules).map((chain) => `:${chain} - [0:0]`)
  const added = Object.entries(rules).flatMap(([chain, lines]) => lines.map((line) => `-A ${chain} ${line}`))
  return ['*filter', ...declared, ...added, 'COMMIT', ''].join('\n')
}

/** Rules for `allowChain`, as `iptables -S` prints them. */
export function allowRules(family: Family, allow: readonly string[]): string[] {
  return allow
    .map(checkedRange)
    .filter((range) => isIP(range.replace(/\/.*$/, '')) === family)
    .map((range) => `-d ${range.includes('/') ? range : `${range}/${family === 4 ? 32 : 128}`} -j ACCEPT`)
}

/** What `iptables -S` printed (pure): the rules of each chain, in order, without `-A CHAIN`. */
export function parseRules(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [, kind, chain, rule] = /^-([PNA]) (\S+) ?(.*)$/.exec(line) ?? []
    if (chain === undefined) continue
    if (!found.has(chain)) found.set(chain, [])
    if (kind === 'A') found.get(chain)?.push(rule ?? '')
  }
  return found
}

/** Whether all of them stand, and nothing but jumps of ours before them. */
export function arePlaced(rules: ReadonlyMap<string, readonly string[]>, wanted: readonly Jump[]): boolean {
  return wanted.every(({ chain, rule }) => {
    const place = rules.get(chain)?.indexOf(rule) ?? -1
    return place >= 0 && rules.get(chain)?.slice(0, place).every(isOurs) === true
  })
}

export const isOurs = (rule: string): boolean => / ?-j PLAZA-[A-Z-]+$/.test(rule)

/** @throws Error for what could be an option or a second argument. */
export function checkedInterface(name: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}\+?$/.test(name))
    throw new Error(`${JSON.stringify(name)} is no name of an interface.`)
  return name
}
