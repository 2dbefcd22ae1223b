import { expect, test } from 'vitest'
import { Gate, Gates } from './gate.ts'

test('lets so many in at once, and the others in their order', async () => {
  const gate = new Gate(2, 10_000)
  const order: number[] = []
  let inside = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      await gate.pass(async () => {
        order.push(index)
        most = Math.max(most, ++inside)
        await new Promise((resolve) => setImmediate(resolve))
        inside--
      })
    }),
  )
  expect(most).toBe(2)
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('asks those to come back who wait too long, and keeps no place for them', async () => {
  const gate = new Gate(1, 1)
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = gate.pass(async () => await promise)
  await expect(gate.pass(async () => {})).rejects.toMatchObject({ code: 'unavailable' })
  resolve()
  await first
  expect(await gate.pass(async () => 'in')).toBe('in')
})

test('gives the place back when the work fails', async () => {
  const gate = new Gate(1, 1)
  const failing = gate.pass(async () => {
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await gate.pass(async () => 'in')).toBe('in')
})

test('keeps those apart who have a gate of their own', async () => {
  const gates = new Gates(1, 1)
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = gates.pass('one', async () => await promise)
  await expect(gates.pass('one', async () => {})).rejects.toMatchObject({ code: 'unavailable' })
  expect(await gates.pass('other', async () => 'in')).toBe('in')
  resolve()
  await first
  expect(await gates.pass('one', async () => 'in')).toBe('in')
})
