import { expect, test } from 'vitest'
import { privateRanges } from '../../runtime/local/sandbox.ts'
import { reachable } from './reach.ts'

const byDefault = reachable([...privateRanges, '203.0.113.7'], [])

test.each([
  '127.0.0.1',
  '127.9.9.9',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '224.0.0.1',
  '255.255.255.255',
  '203.0.113.7',
  '::',
  '::1',
  'fe80::1',
  'fd00::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a00:1',
  '2002:7f00:1::',
  'localhost',
  '',
])('%s is not called', (address) => {
  expect(byDefault(address)).toBe(false)
})

test.each(['93.184.216.34', '203.0.113.8', '2606:2800:220:1::1', '::ffff:93.184.216.34'])('%s is called', (address) => {
  expect(byDefault(address)).toBe(true)
})

test('an operator opens a range and nothing beside it', () => {
  const opened = reachable(privateRanges, ['10.20.0.0/16'])
  expect(['10.20.1.1', '10.21.1.1', '127.0.0.1'].map(opened)).toEqual([true, false, false])
})
