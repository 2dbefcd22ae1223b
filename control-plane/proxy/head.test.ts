import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkHead, hostText, parseHost, type RequestHead } from './head.ts'

const head = (changes: Partial<RequestHead>): RequestHead => ({
  method: 'GET',
  url: '/',
  httpVersion: '1.1',
  rawHeaders: ['Host', 'a.example'],
  ...changes,
})

describe('a host', () => {
  test.each([
    ['a.example', 'a.example', ''],
    ['A.Example.:80', 'a.example', '80'],
    ['a.example:', 'a.example', ''],
    ['127.1.2.3:8420', '127.1.2.3', '8420'],
    ['[::1]:8420', '[::1]', '8420'],
    ['__proto__', '__proto__', ''],
  ])('%s', (text, name, port) => expect(parseHost(text)).toEqual({ name, port }))

  test.each([
    '',
    '.',
    '..',
    'a..',
    '.a',
    'a..b',
    'a b',
    'a/b',
    'a@b',
    'a:b',
    'a:1:2',
    'a,b',
    'a:999999',
    '[::1',
    'ä',
    'a\tb',
  ])('none: %s', (text) => expect(parseHost(text)).toBeUndefined())

  test('written out is the same host again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'Z', '0', '-', '_', '.', ':', '[', ']', '@', '/', ' ') }),
        (text) => {
          const host = parseHost(text)
          if (host) expect(parseHost(hostText(host))).toEqual(host)
        },
      ),
    )
  })
})

describe('a target', () => {
  test.each([
    ['/a?b', '/a?b'],
    ['//', '//'],
    ['http://a.example', '/'],
    ['HTTP://A.EXAMPLE:80/x?y', '/x?y'],
    ['http://a.example?x', '/?x'],
  ])('%s', (url, target) => expect(checkHead(head({ url }))).toMatchObject({ target }))

  test.each(['*', 'a', 'http://b.example/', 'http://u@a.example/', 'ftp://a.example/', '/a#b', 'http:///a'])(
    'refused: %s',
    (url) => expect(checkHead(head({ url }))).toHaveProperty('fault'),
  )
})

describe('a body', () => {
  const framed = (...rawHeaders: string[]) => checkHead(head({ rawHeaders: ['Host', 'a', ...rawHeaders] }))
  test('none, a length, or chunks', () => {
    expect(framed()).toMatchObject({ body: { kind: 'none' } })
    expect(framed('content-LENGTH', '12')).toMatchObject({ body: { kind: 'length', length: '12' } })
    expect(framed('Transfer-Encoding', 'Chunked')).toMatchObject({ body: { kind: 'chunked' } })
  })

  test.each([
    [['Content-Length', '1', 'Transfer-Encoding', 'chunked']],
    [['Content-Length', '1', 'Content-Length', '1']],
    [['Content-Length', '+1']],
    [['Content-Length', '']],
    [['Transfer-Encoding', 'gzip, chunked']],
    [['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked']],
    [['Host', 'b']],
  ])('refused: %j', (rawHeaders) => expect(framed(...rawHeaders)).toHaveProperty('fault'))

  test('HTTP/1.0 has no chunks, and no other version is taken', () => {
    const rawHeaders = ['Host', 'a', 'Transfer-Encoding', 'chunked']
    expect(checkHead(head({ httpVersion: '1.0', rawHeaders }))).toHaveProperty('fault')
    for (const httpVersion of ['0.9', '2.0']) expect(checkHead(head({ httpVersion }))).toHaveProperty('fault')
  })
})
