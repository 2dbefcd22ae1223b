/** Which part of the operator's ranges a new network gets. Pure but for `routedRanges`; IPv4 alone, as the networks are. */
import { readFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'

/** 29 addresses beside the gateway's: two versions of a Space with eight replicas each run for a moment side by side. */
export const subnetBits = 27

type Range = { first: number; last: number }

/** @throws Error in words for the operator when it is no IPv4 range. */
export function parseRange(text: string): Range {
  const [address = '', bits = '32', ...rest] = text.split('/')
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32 || rest.length > 0)
    throw new Error(`${JSON.stringify(text)} is not a range of IPv4 addresses such as 10.213.0.0/16.`)
  const size = 2 ** (32 - Number(bits))
  const first = Math.floor(numberOf(address) / size) * size
  return { first, last: first + size - 1 }
}

/**
 * A subnet of `pools` that overlaps none of `taken`, and the gateway in it; undefined: there is none. `start` (any whole
 * number) says where the search begins, so that several who search at once rarely want the same.
 */
export function freeSubnet(
  pools: readonly string[],
  taken: readonly string[],
  start: number,
): { subnet: string; gateway: string } | undefined {
  const size = 2 ** (32 - subnetBits)
  const used = taken.filter((range) => isIPv4(range.replace(/\/.*$/, ''))).map(parseRange)
  const ranges = pools
    .map(parseRange)
    .map((pool) => ({ ...pool, count: Math.floor((pool.last + 1 - pool.first) / size) }))
  const all = ranges.reduce((sum, { count }) => sum + count, 0)
  for (let turn = 0; turn < all; turn++) {
    let place = (start + turn) % all
    const pool = ranges.find(({ count }) => (place < count ? true : ((place -= count), false)))
    if (pool === undefined) return undefined
    const first = pool.first + place * size
    const last = first + size - 1
    if (used.some((range) => range.first <= last && first <= range.last)) continue
    return { subnet: `${textOf(first)}/${subnetBits}`, gateway: textOf(first + 1) }
  }
  return undefined
}

/** What this machine has routes to, its default routes left out: other engines' networks, a VPN, the local network. */
export function routedRanges(table = readTable()): { device: string; range: string }[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .flatMap(([device = '', destination = '', , , , , , mask = '']) => {
      if (destination === '' || mask === '00000000') return []
      const bits = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length
      return [{ device, range: `${[...Buffer.from(destination, 'hex')].toReversed().join('.')}/${bits}` }]
    })
}

function readTable(): string {
  try {
    return readFileSync('/proc/net/route', 'utf8')
  } catch {
    return ''
  }
}

const numberOf = (address: string) => address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
const textOf = (number: number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
