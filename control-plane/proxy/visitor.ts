/** Who is at the other end of a connection, as far as its addresses tell. */
import net from 'node:net'
import type { Visitor } from './forwarded-headers.ts'

/** A socket that listens on IPv6 too names IPv4 peers in IPv6's way. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}

/**
 * @param trusted addresses or ranges (`10.0.0.0/8`) of the operator's own proxies. @param protocol of the install.
 * @returns who the other end of a socket is.
 */
export function visitorsBehind(
  trusted: readonly string[],
  protocol: Visitor['protocol'],
): (socket: net.Socket) => Visitor {
  const list = blockList(trusted)
  return ({ remoteAddress }) => {
    const address = plainAddress(remoteAddress)
    const family = net.isIPv6(address) ? 'ipv6' : 'ipv4'
    return { address, trusted: net.isIP(address) !== 0 && list.check(address, family), protocol }
  }
}

function blockList(ranges: readonly string[]): net.BlockList {
  const list = new net.BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/', 2)
    const family = net.isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return list
}
