/** The network that this machine is in, and what of it is nobody's business. Pure but for `hostNetwork`. */
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
