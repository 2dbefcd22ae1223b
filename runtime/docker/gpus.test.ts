import type Docker from 'dockerode'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Gpus, parseGpus } from './gpus.ts'

const listing = `GPU 0: NVIDIA H200 (UUID: GPU-11111111-aaaa)
GPU 1: NVIDIA H200 (UUID: GPU-22222222-bbbb)
`

test('processors are named by what does not change with their order', () => {
  expect(parseGpus(listing)).toEqual(['GPU-11111111-aaaa', 'GPU-22222222-bbbb'])
})
test('the parts of a divided one count in its place', () => {
  const text = `GPU 0: NVIDIA A100 (UUID: GPU-1)
  MIG 3g.20gb     Device  0: (UUID: MIG-2)
  MIG 3g.20gb     Device  1: (UUID: MIG-GPU-1/3/0)
GPU 1: NVIDIA A100 (UUID: GPU-4)`
  expect(parseGpus(text)).toEqual(['MIG-2', 'MIG-GPU-1/3/0', 'GPU-4'])
  expect(parseGpus('NVIDIA-SMI has failed because it could not talk to the driver.')).toEqual([])
})

describe('what is found', () => {
  const engine = (info: object) => ({ info: async () => info }) as unknown as Docker
  const run = (programs: readonly string[]) => async (program: string) => {
    if (!programs.includes(program)) throw new Error('There is none.')
    return { code: 0, stdout: program === 'nvidia-smi' ? listing : '', stderr: '' }
  }
  test.each([
    { info: { Runtimes: { nvidia: {}, runc: {} } }, programs: ['nvidia-smi'], count: 2 },
    { info: { DiscoveredDevices: [{ ID: 'nvidia.com/gpu=all' }] }, programs: ['nvidia-smi'], count: 2 },
    { info: { Runtimes: { runc: {} } }, programs: ['nvidia-smi', 'nvidia-container-cli'], count: 2 },
    { info: { Runtimes: { runc: {} } }, programs: ['nvidia-smi'], count: 0 },
    { info: { Runtimes: { nvidia: {} } }, programs: [], count: 0 },
  ])('$info with $programs: $count', async ({ info, programs, count }) => {
    const gpus = await Gpus.find(engine(info), run(programs))
    expect(gpus.count).toBe(count)
    expect(gpus.why === undefined).toBe(count > 0)
  })
})

test('nobody gets what another has, whatever is taken, found again and given back', () => {
  const ids = ['a', 'b', 'c', 'd']
  const acts = fc.array(
    fc.record({ kind: fc.constantFrom('take', 'give', 'adopt'), who: fc.constantFrom('v', 'w', 'x'), n: fc.nat(5) }),
  )
  fc.assert(
    fc.property(acts, (list) => {
      const gpus = new Gpus(ids)
      const held = new Map<string, readonly string[]>()
      for (const { kind, who, n } of list) {
        if (kind === 'give') {
          gpus.give(who)
          held.delete(who)
        } else if (kind === 'adopt') gpus.adopt(who, held.get(who) ?? [])
        else {
          const got = gpus.take(who, n)
          const others = [...held].filter(([name]) => name !== who).flatMap(([, its]) => its)
          const own = held.get(who) ?? []
          expect(got?.length).toBe(n <= ids.length - others.length ? n : undefined)
          if (got !== undefined && got.length > own.length) held.set(who, got)
          for (const id of got ?? []) expect(others).not.toContain(id)
        }
        expect(gpus.free).toBe(ids.length - [...held.values()].flat().length)
      }
    }),
  )
})

test('one that was found again is not given to another, though the machine lists it no more', () => {
  const gpus = new Gpus(['a'])
  gpus.adopt('old', ['a', 'gone'])
  expect(gpus.take('new', 1)).toBeUndefined()
  expect(gpus.take('old', 2)).toEqual(['a', 'gone'])
  gpus.give('old')
  expect(gpus.take('new', 1)).toEqual(['a'])
})
