import { expect, test } from 'vitest'
import { Occupancy } from './occupancy.ts'

test('counts what is open, a Space for itself, and each end once', () => {
  const occupancy = new Occupancy()
  const first = occupancy.enter('one', 'requests')
  const socket = occupancy.enter('one', 'websockets')
  occupancy.enter('other', 'requests')
  expect(occupancy.of('one')).toEqual({ requests: 1, websockets: 1 })
  first()
  first()
  expect(occupancy.of('one')).toEqual({ requests: 0, websockets: 1 })
  socket()
  // What comes after everybody had left is counted anew.
  occupancy.enter('one', 'requests')
  socket()
  expect(occupancy.of('one')).toEqual({ requests: 1, websockets: 0 })
  expect(occupancy.of('nobody')).toEqual({ requests: 0, websockets: 0 })
})
