import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Caller, inTurn, type Replica } from './replica.ts'

const replicas = (...ids: string[]): Replica[] => ids.map((id) => ({ id, open: 0, isAway: false }))
const program: Caller = { cookies: [], opensPage: false, who: '192.0.2.1' }
const page: Caller = { ...program, opensPage: true }
const first = (all: Replica[], caller: Caller, random?: () => number) => [...inTurn(all, caller, random)][0]?.id

const anyReplicas = fc.uniqueArray(fc.record({ id: fc.string(), open: fc.nat(9), isAway: fc.boolean() }), {
  selector: ({ id }) => id,
  minLength: 1,
  maxLength: 9,
})
const anyCaller = fc.record({ cookies: fc.array(fc.string()), opensPage: fc.boolean(), who: fc.string() })

test('every replica has its turn once, those that are away last', () => {
  fc.assert(
    fc.property(anyReplicas, anyCaller, (all, caller) => {
      const order = [...inTurn(all, caller)]
      expect(new Set(order)).toEqual(new Set(all))
      expect(order).toHaveLength(all.length)
      const away = order.map(({ isAway }) => isAway)
      expect(away.lastIndexOf(false)).toBeLessThan(away.includes(true) ? away.indexOf(true) : away.length)
    }),
  )
})

test('a cookie leads to its replica however busy it is, and past it only while it is away', () => {
  const all = replicas('a', 'b', 'c')
  const [a] = all
  if (a) a.open = 100
  for (const caller of [page, program]) {
    expect(first(all, { ...caller, cookies: ['nonsense', 'a'] })).toBe('a')
    const gone = all.map((one) => (one.id === 'a' ? { ...one, isAway: true } : one))
    expect(first(gone, { ...caller, cookies: ['a'] })).not.toBe('a')
    const allGone = all.map((one) => ({ ...one, isAway: true }))
    expect(first(allGone, { ...caller, cookies: ['a'] })).toBe('a')
  }
})

test('a page goes where the least is under way, by lot among equals', () => {
  const all = [
    { id: 'a', open: 2, isAway: false },
    { id: 'b', open: 1, isAway: false },
    { id: 'c', open: 1, isAway: false },
  ]
  const lots = (...numbers: number[]) => {
    const left = [...numbers]
    return () => left.shift() ?? 0
  }
  expect(first(all, page, lots(0, 0.1, 0.2))).toBe('b')
  expect(first(all, page, lots(0, 0.2, 0.1))).toBe('c')
})

test('without a cookie a caller stays at one replica, and only callers of a replica that goes are moved', () => {
  const all = replicas('a', 'b', 'c', 'd')
  const callers = Array.from({ length: 400 }, (_, n) => ({ ...program, who: `192.0.2.1 Bearer ${n}` }))
  const before = callers.map((caller) => first(all, caller))
  const after = callers.map((caller) => first(all.toReversed().slice(1), caller))
  for (const [at, id] of before.entries()) {
    if (id === 'd') expect(after[at]).not.toBe('d')
    else expect(after[at]).toBe(id)
  }
  for (const { id } of all) expect(before.filter((one) => one === id).length).toBeGreaterThan(50)
})

test('what one page asks for after its replica went stays together, and other pages’ visitors go elsewhere', () => {
  const all = replicas('a', 'b', 'c')
  const stale = Array.from({ length: 60 }, (_, n) => ({ ...program, who: `192.0.2.${n}`, cookies: ['gone'] }))
  for (const caller of stale) expect(first(all, caller)).toBe(first(all, { ...caller }))
  expect(new Set(stale.map((caller) => first(all, caller)))).toEqual(new Set(['a', 'b', 'c']))
})
