import { randomBytes } from 'node:crypto'
import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { open, seal } from './secrets.ts'

const key = randomBytes(32)

test('what was sealed opens again, whatever it was', () => {
  assert(
    property(string({ unit: 'binary' }), (value) => {
      expect(open(key, 's1', 'TOKEN', seal(key, 's1', 'TOKEN', value))).toBe(value)
    }),
  )
})

test('a sealed value opens nowhere else: not in another Space, under another name, with another key, or changed', () => {
  const sealed = seal(key, 's1', 'TOKEN', 'hf_secret')
  expect(sealed.includes('hf_secret')).toBe(false)
  expect(() => open(key, 's2', 'TOKEN', sealed)).toThrow()
  expect(() => open(key, 's1', 'OTHER', sealed)).toThrow()
  expect(() => open(randomBytes(32), 's1', 'TOKEN', sealed)).toThrow()
  const changed = Buffer.from(sealed)
  changed[sealed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  expect(() => open(key, 's1', 'TOKEN', changed)).toThrow()
})
