import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { checkedRange, hostNetwork, privateRanges, type HostNetwork } from '../host-network.ts'
import { findProgram } from './capabilities.ts'
import { resolverFile, routes } from './network.ts'

const host: HostNetwork = {
  families: [4, 6],
  resolvers: ['192.168.1.1'],
  resolverOptions: ['search example.org', 'options edns0'],
  own: ['192.168.1.20', '192.168.1.1', 'fd00::2'],
}

describe('routes', () => {
  test('the copied route to the local network goes, forbidden ranges and own addresses become blackholes', () => {
    const lines = routes(4, host, ['192.168.0.0/16', 'fc00::/7'], []).trim().split('\n')
    expect(lines).toEqual([
      'route flush dev space0',
      'route add default via 169.254.1.1 dev space0 onlink',
      'route replace blackhole 192.168.0.0/16',
      'route replace blackhole 192.168.1.20/32',
      'route replace blackhole 192.168.1.1/32',
      'route replace 169.254.1.53 via 169.254.1.1 dev space0 onlink',
    ])
    expect(routes(6, host, ['192.168.0.0/16', 'fc00::/7'], [])).toContain('blackhole fd00::2/128')
  })
  test('an allowed address is reachable although it is forbidden, or the machine itself', () => {
    const text = routes(4, host, privateRanges, ['192.168.1.1', '10.1.0.0/16'])
    expect(text).not.toContain('blackhole 192.168.1.1/32')
    expect(text).toContain('route replace 192.168.1.1 via')
    expect(text).toContain('route replace 10.1.0.0/16 via')
  })
})

test('inside, only the forwarded resolver is named', () => {
  expect(resolverFile(host)).toBe('nameserver 169.254.1.53\nsearch example.org\noptions edns0\n')
  expect(resolverFile({ ...host, resolvers: ['2001:db8::53'] })).toContain('nameserver fd53::53\n')
})

test.each(['10.0.0.0/8', '10.0.0.1', 'fc00::/7', '::1'])('%s is a range', (range) => {
  expect(checkedRange(range)).toBe(range)
})
test.each(['10.0.0.0/33', '10.0.0/8', 'example.org', '', '10.0.0.0/8\nroute del default', '::/129', '1.1.1.1/8/8'])(
  '%j is not',
  (range) => {
    expect(() => checkedRange(range)).toThrow(/is not an address or a range/)
  },
)

test.skipIf(findProgram('ip') === undefined)("the host's gateway is read as `ip` says it (where there is ip)", () => {
  const said = execFileSync(findProgram('ip') ?? '', ['-4', 'route', 'show', 'default'], { encoding: 'utf8' })
  const gateway = /via (\S+)/.exec(said)?.[1]
  const found = hostNetwork()
  expect(found.families.includes(4)).toBe(said !== '')
  if (gateway !== undefined) expect(found.own).toContain(gateway)
})
