import { expect, test } from 'vitest'
import { addressKey, countAttempts } from './attempts.ts'

test('so many tries pass, then one waits until the window is over', () => {
  let now = 0
  const attempts = countAttempts({ tries: 2, seconds: 60 }, () => now)
  expect([attempts.take('a'), attempts.take('a'), attempts.take('a')]).toEqual([0, 0, 60])
  expect(attempts.take('b')).toBe(0)
  now = 59_500
  expect(attempts.take('a')).toBe(1)
  now = 60_000
  expect(attempts.take('a')).toBe(0)
})

test('a success forgets the tries', () => {
  const attempts = countAttempts({ tries: 1, seconds: 60 }, () => 0)
  expect(attempts.take('a')).toBe(0)
  attempts.forget('a')
  expect([attempts.take('a'), attempts.take('a')]).toEqual([0, 60])
})

test('a try that succeeded can be given back', () => {
  const attempts = countAttempts({ tries: 2, seconds: 60 }, () => 0)
  for (let round = 0; round < 5; round++) {
    expect(attempts.take('a')).toBe(0)
    attempts.giveBack('a')
  }
  attempts.giveBack('never seen')
  expect([attempts.take('a'), attempts.take('a'), attempts.take('a')]).toEqual([0, 0, 60])
})

test('a flood of keys does not grow without end', () => {
  const attempts = countAttempts({ tries: 1, seconds: 60 }, () => 0)
  attempts.take('first')
  for (let index = 0; index < 50_000; index++) attempts.take(`key ${index}`)
  expect(attempts.take('first')).toBe(0)
  expect(attempts.take('key 49999')).toBe(60)
})

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:0001:2::9', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['', ''],
])('%s counts as %s', (address, key) => {
  expect(addressKey(address)).toBe(key)
})
