/** Which addresses of the network the platform itself may call on somebody's behalf. */
import { BlockList, isIP } from 'node:net'

/** What every machine calls itself; the private ranges leave it out, since a sandbox has a loopback of its own. */
const loopback = ['127.0.0.0/8', '::1/128', '::/128'] as const

/**
 * @param forbidden ranges (`10.0.0.0/8`) and addresses that lead into somebody's network.
 * @param allowed those inside them that an operator has opened.
 * @returns whether an IP address may be called; IPv4 inside IPv6 is judged as IPv4.
 */
export function reachable(forbidden: readonly string[], allowed: readonly string[]): (address: string) => boolean {
  const closed = listOf([...forbidden, ...loopback])
  const open = listOf(allowed)
  return (address) => {
    const family = isIP(address)
    if (family === 0) return false
    const kind = family === 4 ? 'ipv4' : 'ipv6'
    return open.check(address, kind) || !closed.check(address, kind)
  }
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const kind = address.includes(':') ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, kind)
    else list.addSubnet(address, Number(bits), kind)
  }
  return list
}
