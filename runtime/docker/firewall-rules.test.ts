import { describe, expect, test } from 'vitest'
import { privateRanges } from '../host-network.ts'
import { allowRules, arePlaced, chains, checkedInterface, jumps, parseRules } from './firewall-rules.ts'

const surroundings = { interfaces: 'pz+', forbidden: privateRanges, resolvers: ['10.255.255.53', '2001:db8::53'] }
/** Rules of one chain. */
const rulesOf = (text: string, chain: string) =>
  text.split('\n').flatMap((line) => (line.startsWith(`-A ${chain} `) ? [line.slice(chain.length + 4)] : []))

describe('chains', () => {
  test('a Space reaches no private range but for names, and only what it opened itself is looked at', () => {
    const out = rulesOf(chains(4, surroundings), 'PLAZA-OUT')
    expect(out.slice(0, 4)).toEqual([
      '-m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY -j RETURN',
      '-o pz+ -j PLAZA-REFUSE',
      '-d 10.255.255.53 -p udp -m udp --dport 53 -j RETURN',
      '-d 10.255.255.53 -p tcp -m tcp --dport 53 -j RETURN',
    ])
    for (const range of ['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'])
      expect(out).toContain(`-d ${range} -j PLAZA-REFUSE`)
    expect(out.join()).not.toContain('::')
  })
  test('towards the machine nothing passes but answers and names', () => {
    expect(rulesOf(chains(4, surroundings), 'PLAZA-IN')).toEqual([
      '-m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY -j ACCEPT',
      '-d 10.255.255.53 -p udp -m udp --dport 53 -j ACCEPT',
      '-d 10.255.255.53 -p tcp -m tcp --dport 53 -j ACCEPT',
      '-j PLAZA-REFUSE',
    ])
  })
  test('of IPv6 nothing passes', () => {
    const text = chains(6, surroundings)
    expect(rulesOf(text, 'PLAZA-OUT').at(-1)).toBe('-j PLAZA-REFUSE')
    expect(rulesOf(text, 'PLAZA-IN').at(-1)).toBe('-j PLAZA-REFUSE')
    expect(text).not.toContain('--dport')
  })
  test('the text replaces our chains only, and never the one that others add to', () => {
    const declared = [...chains(4, surroundings).matchAll(/^:(\S+)/gm)].map((found) => found[1])
    expect(declared.every((chain) => chain?.startsWith('PLAZA-'))).toBe(true)
    expect(declared).not.toContain('PLAZA-ALLOW')
  })
  test.each([
    { ...surroundings, resolvers: ['10.0.0.1\n-A INPUT -j ACCEPT'] },
    { ...surroundings, forbidden: ['10.0.0.0/8 -j ACCEPT'] },
    { ...surroundings, interfaces: 'pz+ -j ACCEPT' },
    { ...surroundings, interfaces: '' },
  ])('what is no range and no interface is refused: %j', (wrong) => {
    expect(() => chains(4, wrong)).toThrow()
  })
})

test.each(['docker0', 'pz+', 'br-0123456789ab', 'plaza-t0'])('%s is an interface', (name) => {
  expect(checkedInterface(name)).toBe(name)
})
test.each(['', '+', '-j', 'docker0 -j', 'far-too-long-for-one', 'a/b', 'pz\n'])('%j is not', (name) => {
  expect(() => checkedInterface(name)).toThrow(/no name of an interface/)
})

test('what builds may reach is written as the kernel prints it', () => {
  expect(allowRules(4, ['10.1.2.3', '10.2.0.0/16', 'fd00::1'])).toEqual([
    '-d 10.1.2.3/32 -j ACCEPT',
    '-d 10.2.0.0/16 -j ACCEPT',
  ])
  expect(allowRules(6, ['10.1.2.3', 'fd00::1'])).toEqual(['-d fd00::1/128 -j ACCEPT'])
})

describe('arePlaced', () => {
  const wanted = jumps('DOCKER-USER', 'docker0')
  const listing = (user: readonly string[], input: readonly string[]) =>
    parseRules(
      [
        '-P INPUT ACCEPT',
        '-N DOCKER-USER',
        ...input.map((rule) => `-A INPUT ${rule}`),
        ...user.map((rule) => `-A DOCKER-USER ${rule}`),
        '',
      ].join('\n'),
    )
  const user = ['-i docker0 -j PLAZA-BUILD-OUT', '-j PLAZA-FORWARD']
  const input = ['-j PLAZA-INPUT', '-i docker0 -j PLAZA-BUILD-IN']
  test('they are, in whatever order, when only ours come before', () => {
    expect(arePlaced(listing([...user, '-j RETURN'], [...input, '-j ACCEPT']), wanted)).toBe(true)
    expect(arePlaced(listing(['-i other0 -j PLAZA-BUILD-OUT', ...user], input.toReversed()), wanted)).toBe(true)
  })
  test('they are not when one is missing or somebody decides before', () => {
    expect(arePlaced(listing(user.slice(1), input), wanted)).toBe(false)
    expect(arePlaced(listing(['-j RETURN', ...user], input), wanted)).toBe(false)
    expect(arePlaced(listing(user, ['-p tcp -m tcp --dport 22 -j ACCEPT', ...input]), wanted)).toBe(false)
    expect(arePlaced(parseRules(''), wanted)).toBe(false)
  })
})
