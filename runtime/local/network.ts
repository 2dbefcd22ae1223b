/** What a confined command may reach: routes, resolver and names inside its own network namespace. Pure but for the readers at the end. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/**
 * Ranges that no Space needs and that lead into somebody's network: private, shared (CGNAT), link-local with the
 * metadata addresses of clouds, multicast, and their counterparts of IPv6. Loopback needs no route: it is the namespace's own.
 */
export const privateRanges: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  // Where IPv4 hides inside IPv6: NAT64 and 6to4 would lead around the ranges above.
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
]

/** The name of the only interface inside, and the next hop, which stands for nothing: pasta answers for every address. */
export const networkInterface = 'space0'
const nextHop = { 4: '169.254.1.1', 6: 'fe80::1' }
/** Where the resolver answers inside; pasta passes port 53 of it to the host's first resolver, and nothing else. */
export const resolverAddress = { 4: '169.254.1.53', 6: 'fd53::53' }

export type HostNetwork = {
  /** Families with a default route. */
  families: readonly (4 | 6)[]
  /** Nameservers of the host's resolv.conf, in its order. */
  resolvers: readonly string[]
  /** `search`, `domain` and `options` lines. */
  resolverOptions: readonly string[]
  /** Every address of the machine itself and of its gateways: what listens there is not for Spaces. */
  own: readonly string[]
}

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

/** @throws when a text is not `ADDRESS` or `ADDRESS/BITS`: it becomes a line of a batch file. */
export function checkedRange(range: string): string {
  const [address = '', bits, ...rest] = range.split('/')
  const family = isIP(address)
  const wide = family === 4 ? 32 : 128
  if (family === 0 || rest.length > 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= wide)))
    throw new Error(`${JSON.stringify(range)} is not an address or a range such as 10.0.0.0/8.`)
  return range
}

/** What the kernel and resolv.conf say now. */
export function hostNetwork(): HostNetwork {
  const lines = (path: string) => {
    try {
      return readFileSync(path, 'utf8').split('\n')
    } catch {
      return []
    }
  }
  // iface destination gateway flags refcnt use metric mask …: hexadecimal, the bytes of an address reversed.
  const defaults4 = lines('/proc/net/route')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields[1] === '00000000' && fields[7] === '00000000')
  // destination length source length next-hop metric refcnt use flags iface: 32 hexadecimal digits an address.
  const defaults6 = lines('/proc/net/ipv6_route')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => /^0{32}$/.test(fields[0] ?? '') && fields[1] === '00' && fields[9] !== 'lo')
  const gateways4 = defaults4.map((fields) => [...Buffer.from(fields[2] ?? '', 'hex')].toReversed().join('.'))
  const gateways6 = defaults6.map((fields) => (fields[4] ?? '').replace(/(.{4})(?!$)/g, '$1:'))
  const interfaces = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  const own = [
    ...interfaces.filter((entry) => !entry.internal).map((entry) => entry.address),
    ...gateways4,
    ...gateways6,
  ]
  const resolver = lines('/etc/resolv.conf').map((line) => line.trim().split(/\s+/))
  return {
    families: [...(defaults4.length > 0 ? [4 as const] : []), ...(defaults6.length > 0 ? [6 as const] : [])],
    resolvers: resolver.filter((fields) => fields[0] === 'nameserver').map((fields) => fields[1] ?? ''),
    resolverOptions: resolver
      .filter((fields) => ['search', 'domain', 'options'].includes(fields[0] ?? ''))
      .map((fields) => fields.join(' ')),
    own: [...new Set(own.map((address) => address.replace(/%.*$/, '')))].filter(
      (address) => isIP(address) !== 0 && !/^[0:.]+$/.test(address),
    ),
  }
}
