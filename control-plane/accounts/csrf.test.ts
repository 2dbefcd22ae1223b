import { expect, test } from 'vitest'
import { requireOwnOrigin } from './csrf.ts'

const platform = new URL('http://localhost:8420')

test.each([
  ['GET', 'https://evil.example', 'c', true],
  ['HEAD', undefined, 'c', true],
  ['POST', 'http://localhost:8420', 'c', true],
  ['POST', undefined, undefined, true],
  ['POST', undefined, 'c', false],
  ['POST', 'http://localhost:8421', 'c', false],
  ['POST', 'https://localhost:8420', 'c', false],
  ['POST', 'http://demo.spaces.localhost:8420', 'c', false],
  ['POST', 'null', undefined, false],
  ['POST', '', undefined, false],
  ['PUT', 'https://evil.example', undefined, false],
  ['DELETE', 'https://evil.example', 'c', false],
  ['post', 'https://evil.example', 'c', false],
])('%s from %s with cookie %s: %s', (method, origin, cookie, allowed) => {
  const ask = () =>
    requireOwnOrigin(
      { method, headers: { ...(origin !== undefined && { origin }), ...(cookie && { cookie }) } },
      platform,
    )
  if (allowed) expect(ask).not.toThrow()
  else expect(ask).toThrow(expect.objectContaining({ code: 'forbidden' }))
})
