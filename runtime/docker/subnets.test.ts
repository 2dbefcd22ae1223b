import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freeSubnet, parseRange, routedRanges } from './subnets.ts'

const size = 32
const overlap = (one: string, other: string) => {
  const [a, b] = [parseRange(one), parseRange(other)]
  return a.first <= b.last && b.first <= a.last
}

describe('freeSubnet', () => {
  test('gives the first part of the pool and its gateway', () => {
    expect(freeSubnet(['10.213.0.0/16'], [], 0)).toEqual({ subnet: '10.213.0.0/27', gateway: '10.213.0.1' })
    expect(freeSubnet(['10.213.0.0/16'], [], 2049)).toEqual({ subnet: '10.213.0.32/27', gateway: '10.213.0.33' })
  })
  test('keeps clear of what others have, be it wider or narrower, and of IPv6 altogether', () => {
    const taken = ['10.213.0.0/25', '10.213.0.130/32', 'fd00::/8']
    expect(freeSubnet(['10.213.0.0/24'], taken, 0)?.subnet).toBe('10.213.0.160/27')
  })
  test('goes on in the next pool, and says when all are full', () => {
    expect(freeSubnet(['10.1.0.0/27', '10.2.0.0/27'], ['10.1.0.0/27'], 0)?.subnet).toBe('10.2.0.0/27')
    expect(freeSubnet(['10.1.0.0/27', '10.2.0.0/27'], ['10.0.0.0/8'], 5)).toBeUndefined()
    expect(freeSubnet(['10.1.0.0/28'], [], 0)).toBeUndefined()
  })
  test('never gives the same twice, until every one is given', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 16, maxLength: 16 }), (starts) => {
        const taken: string[] = ['10.9.0.64/26']
        for (const start of starts.slice(0, 14)) {
          const found = freeSubnet(['10.9.0.0/24', '10.10.0.0/24'], taken, start)?.subnet
          if (found === undefined) throw new Error('full too early')
          expect(taken.some((other) => overlap(found, other))).toBe(false)
          const { first, last } = parseRange(found)
          expect([first % size, last - first]).toEqual([0, size - 1])
          taken.push(found)
        }
        expect(freeSubnet(['10.9.0.0/24', '10.10.0.0/24'], taken, 3)).toBeUndefined()
      }),
    )
  })
})

test.each(['10.0.0.0/33', '10.0.0/8', '', 'fd00::/8', '10.0.0.0/8/8', 'example.org'])('%j is no pool', (text) => {
  expect(() => parseRange(text)).toThrow(/is not a range of IPv4 addresses/)
})

test('the kernel’s table of routes is read, without default routes', () => {
  const table = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
    '',
  ].join('\n')
  expect(routedRanges(table)).toEqual([{ device: 'docker0', range: '172.17.0.0/16' }])
})
