import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AccessTokens } from './access-token.ts'

const tokens = new AccessTokens(randomBytes(32))
const token = { use: 'sign', spaceId: 'a', accountId: 'me' } as const

test('a token opens one Space, for one use, until it runs out', () => {
  const text = tokens.issue(token, 0)
  expect(tokens.accountOf(text, 'sign', 'a', 1000)).toBe('me')
  expect(tokens.accountOf(text, 'cookie', 'a', 1000)).toBeUndefined()
  expect(tokens.accountOf(text, 'sign', 'b', 1000)).toBeUndefined()
  expect(tokens.accountOf(text, 'sign', 'a', 24 * 60 * 60_000)).toBeUndefined()
  expect(new AccessTokens(randomBytes(32)).accountOf(text, 'sign', 'a', 1000)).toBeUndefined()
})

test('a token that was changed anywhere, or never was one, opens nothing', () => {
  const text = tokens.issue(token, 0)
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom('a', 'B', '3', '-', '_', '.', '='), (at, character) => {
      const changed = text.slice(0, at) + character + text.slice(at + 1)
      fc.pre(changed !== text)
      expect(tokens.accountOf(changed, 'sign', 'a', 0)).toBeUndefined()
    }),
  )
  fc.assert(fc.property(fc.string(), (text) => tokens.accountOf(text, 'sign', 'a', 0) === undefined))
})
