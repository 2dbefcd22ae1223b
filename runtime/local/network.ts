/** What a confined command may reach: routes, resolver and names inside its own network namespace. Pure. */
import type { HostNetwork } from '../host-network.ts'

/** The name of the only interface inside, and the next hop, which stands for nothing: pasta answers for every address. */
export const networkInterface = 'space0'
const nextHop = { 4: '169.254.1.1', 6: 'fe80::1' }
/** Where the resolver answers inside; pasta passes port 53 of it to the host's first resolver, and nothing else. */
export const resolverAddress = { 4: '169.254.1.53', 6: 'fd53::53' }

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4)

/** The family of the host's resolver that pasta forwards to. */
export function resolverFamily(host: HostNetwork): 4 | 6 {
  const first = host.resolvers.find((address) => host.families.includes(familyOf(address)))
  return first === undefined ? 4 : familyOf(first)
}

/**
 * Lines for `ip -4 -batch` or `ip -6 -batch`, read inside the new namespace before the command starts. The route to the
 * local network that pasta copied goes away: it would be more specific than a forbidden range around it.
 */
export function routes(
  family: 4 | 6,
  host: HostNetwork,
  forbidden: readonly string[],
  allowed: readonly string[],
): string {
  // Offline there is nothing to forbid: what stays is the namespace's own loopback.
  if (!host.families.includes(family)) return `route flush dev ${networkInterface}\n`
  const via = `via ${nextHop[family]} dev ${networkInterface} onlink`
  const own = host.own.map((address) => `${address}/${familyOf(address) === 4 ? 32 : 128}`)
  const blackholes = new Set([...forbidden, ...own].filter((range) => familyOf(range) === family))
  const reachable = new Set(allowed.filter((address) => familyOf(address) === family))
  if (resolverFamily(host) === family) reachable.add(resolverAddress[family])
  const length = family === 4 ? 32 : 128
  for (const address of reachable) blackholes.delete(address.includes('/') ? address : `${address}/${length}`)
  return [
    `route flush dev ${networkInterface}`,
    `route add default ${via}`,
    ...[...blackholes].map((range) => `route replace blackhole ${range}`),
    ...[...reachable].map((address) => `route replace ${address} ${via}`),
    '',
  ].join('\n')
}

/** What pasta is told of a host without a default route, where it would find no address to copy. The address is for documentation (RFC 5737). */
export const offlineOptions: readonly string[] =
  '-4 -i lo -M 02:00:00:00:00:01 -a 192.0.2.100 -n 24 -g 192.0.2.1'.split(' ')

/** `resolv.conf` inside. */
export function resolverFile(host: HostNetwork): string {
  return [`nameserver ${resolverAddress[resolverFamily(host)]}`, ...host.resolverOptions, ''].join('\n')
}
