import fc from 'fast-check'
import { expect, test } from 'vitest'
import { requestHeaders, responseHeaders, signOf, withoutSign } from './forwarded-headers.ts'

const request = {
  host: { name: 'one.example', port: '' },
  visitor: { address: '9.9.9.9', trusted: false, protocol: 'https' },
  body: { kind: 'none' },
  method: 'GET',
  upgrade: false,
} as const

/** Names in lower case with all their values. */
function collect(flat: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (let at = 0; at < flat.length; at += 2) (found[flat[at]!.toLowerCase()] ??= []).push(flat[at + 1]!)
  return found
}

test('whatever is sent, the app reads one host, one visitor and one framing, and nothing of the platform', () => {
  const name = fc.constantFrom(
    'Host',
    'X-Forwarded-For',
    'x_forwarded_host',
    'X-Forwarded-Anything',
    'Forwarded',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Authorization',
    'X-HF-Authorization',
    'x_hf_authorization',
    'Cookie',
    'Upgrade',
    'TE',
    'X-Own',
  )
  const value = fc.constantFrom(
    'x-own',
    'host, x-forwarded-for, content-length',
    'Bearer hf_secret',
    'Basic dXNlcjpoZl9zZWNyZXQ=',
    'hf_secret',
    'plaza_access=secret; a=1',
    '__Secure-better-auth.session_token=secret',
    'plaza.session_token=secret; __Host-plaza.session_token=secret',
    'chunked',
    '5',
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), fc.boolean(), (pairs, chunked) => {
      const body = chunked ? ({ kind: 'chunked' } as const) : ({ kind: 'length', length: '7' } as const)
      const flat = requestHeaders(pairs.flat(), { ...request, body })
      const headers = collect(flat)
      expect(headers['host']).toEqual(['one.example'])
      expect(headers['x-forwarded-for']).toEqual(['9.9.9.9'])
      expect(headers['x-forwarded-port']).toEqual(['443'])
      expect(headers['transfer-encoding']).toEqual(chunked ? ['chunked'] : undefined)
      expect(headers['content-length']).toEqual(chunked ? undefined : ['7'])
      for (const gone of ['connection', 'te', 'upgrade', 'forwarded', 'x-hf-authorization', 'x_hf_authorization']) {
        expect(headers).not.toHaveProperty(gone)
      }
      expect(headers['authorization'] ?? []).not.toContainEqual(expect.stringMatching(/hf_|Basic/))
      expect(headers['cookie'] ?? []).not.toContainEqual(expect.stringMatching(/plaza[._]|better-auth/))
    }),
  )
})

test('a websocket keeps its upgrade', () => {
  const headers = collect(
    requestHeaders(['Connection', 'keep-alive, Upgrade', 'Sec-WebSocket-Key', 'x'], { ...request, upgrade: true }),
  )
  expect(headers).toMatchObject({ connection: ['Upgrade'], upgrade: ['websocket'], 'sec-websocket-key': ['x'] })
})

test.each([
  ['a=1; Domain=example', 'a=1'],
  ['a=1; domain = .example ; Path=/', 'a=1; Path=/'],
  ['a=1; Domain=other.example', 'a=1'],
  ['a=1; Domain=one.example', 'a=1; Domain=one.example'],
  ['a=1; DOMAIN=.One.Example; Secure', 'a=1; DOMAIN=.One.Example; Secure'],
  ['a=domain=x; Path=/', 'a=domain=x; Path=/'],
  ['a=1; Domain=notone.example', 'a=1'],
  ['a=1; Domain', 'a=1'],
])('a cookie stays at home: %s', (sent, kept) => {
  expect(collect(responseHeaders(['Set-Cookie', sent], 'one.example'))['set-cookie']).toEqual([kept])
})

test('an app sets no cookie of the platform’s names, and no header of the connection', () => {
  const sent = [
    'set-cookie',
    'plaza_access=x',
    'Set-Cookie',
    ' __Host-plaza_x=1',
    'Set-Cookie',
    'plaza.session_token=x',
    'Connection',
    'X-A',
    'X-A',
    '1',
    'Keep-Alive',
    '1',
  ]
  expect(responseHeaders([...sent, 'Content-Length', '3'], 'one.example')).toEqual(['Content-Length', '3'])
})

test.each([
  ['/a?__sign=x', '/a', 'x'],
  ['/a?b=%20&__sign=x=y&c', '/a?b=%20&c', 'x=y'],
  ['/a?__sign=1&__sign=2', '/a', '1'],
  ['/a?my__sign=1', '/a?my__sign=1', undefined],
  ['/__sign?b=__sign', '/__sign?b=__sign', undefined],
  ['/a?', '/a?', undefined],
])('the signed link leaves %s', (target, kept, sign) => {
  expect(withoutSign(target)).toBe(kept)
  expect(signOf(target)).toBe(sign)
})
