import { once } from 'node:events'
import net from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testDatabase } from '../store/database.ts'
import { ask, openApp, openGate, sendRaw } from './gate.ts'

const host = 'Host: one.spaces.localhost\r\n'
const post = `POST / HTTP/1.1\r\n${host}`
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`

/** Messages about whose end two readers may disagree. */
const ambiguous: Record<string, string> = {
  'both lengths': `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'both lengths, the other way round': `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
  'two lengths': `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
  'two equal lengths': `${post}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
  'a list of lengths': `${post}Content-Length: 5, 5\r\n\r\nhello`,
  'a signed length': `${post}Content-Length: +5\r\n\r\nhello`,
  'a negative length': `${post}Content-Length: -5\r\n\r\nhello`,
  'a hexadecimal length': `${post}Content-Length: 0x5\r\n\r\nhello`,
  'an endless length': `${post}Content-Length: 99999999999999999999999\r\n\r\nhello`,
  'an empty length': `${post}Content-Length:\r\n\r\nhello`,
  'an encoding before chunked': `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'an encoding after chunked': `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
  identity: `${post}Transfer-Encoding: identity\r\n\r\nhello`,
  'two encodings': `${post}Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'chunked twice': `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'chunked misspelt': `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'chunked quoted': `${post}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`,
  'chunked after a vertical tab': `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
  'chunks in HTTP/1.0': `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a space before the colon': `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  'a folded header': `${post}X: a\r\n b\r\n\r\n`,
  'a folded encoding': `${post}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
  'a space before the first header': `GET / HTTP/1.1\r\n ${host}\r\n`,
  'bare LF': `GET / HTTP/1.1\n${host}\n`,
  'bare LF in a header': `${post}X: a\nY: b\r\n\r\n`,
  'bare CR in a header': `${post}X: a\rY: b\r\n\r\n`,
  'NUL in a header': `${post}X: a\0b\r\n\r\n`,
  'a header without a name': `${post}: a\r\n\r\n`,
  'a header without a colon': `${post}X\r\n\r\n`,
  'a chunk size that is none': `${chunked}zz\r\n\r\n`,
  'a chunk size with 0x': `${chunked}0x5\r\nhello\r\n0\r\n\r\n`,
  'a negative chunk size': `${chunked}-5\r\nhello\r\n0\r\n\r\n`,
  'a chunk size that overflows': `${chunked}fffffffffffffffff\r\nhello\r\n0\r\n\r\n`,
  'a space after the chunk size': `${chunked}5 \r\nhello\r\n0\r\n\r\n`,
  'chunks ended by LF': `${chunked}5\nhello\n0\n\n`,
  'a chunk longer than its size': `${chunked}5\r\nhelloXX0\r\n\r\n`,
  'LF in a chunk extension': `${chunked}5;a=\nb\r\nhello\r\n0\r\n\r\n`,
  'a length among the trailers': `${chunked}0\r\nContent-Length: 5\r\n\r\n`,
  'no host': `GET / HTTP/1.1\r\n\r\n`,
  'two hosts': `GET / HTTP/1.1\r\n${host}Host: two.spaces.localhost\r\n\r\n`,
  'another host in the target': `GET http://two.spaces.localhost/ HTTP/1.1\r\n${host}\r\n`,
  'a host with a path': `GET / HTTP/1.1\r\nHost: one.spaces.localhost/x\r\n\r\n`,
  'a host with a user': `GET http://a@one.spaces.localhost/ HTTP/1.1\r\n${host}\r\n`,
  'a target without a path': `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
  'a fragment in the target': `GET /a#b HTTP/1.1\r\n${host}\r\n`,
  'HTTP/2.0': `GET / HTTP/2.0\r\n${host}\r\n`,
  'an upgrade with a body': `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello`,
}

test('ambiguous framing is refused, the connection closed, and no complete request reaches the app', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  const complete: string[] = []
  await using app = await openApp((request, response) => {
    request.resume().once('end', () => complete.push(request.url ?? ''))
    response.end('never')
  })
  await gate.space('one', { target: app.target })
  for (const [name, bytes] of Object.entries(ambiguous)) {
    // Whatever stands behind the message must not be taken for a second request.
    const received = await sendRaw(gate.port, `${bytes}GET /smuggled HTTP/1.1\r\n${host}\r\n`)
    // A body's fault may show only after the app has begun to answer: then the connection just ends.
    const statuses = received.match(/HTTP\/1.1 \d+/g) ?? []
    if (bytes.startsWith(chunked)) expect(statuses.length, name).toBeLessThan(2)
    else expect(new Set(statuses), name).toEqual(new Set(['HTTP/1.1 400']))
  }
  expect(complete).toEqual([])
})

test('two requests in one packet are two requests', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp(async (request, response) => {
    response.end(`[${request.method} ${request.url} ${(await request.toArray()).join('')}]`)
  })
  await gate.space('one', { target: app.target })
  const second = `GET /2 HTTP/1.1\r\n${host}Connection: close\r\n\r\n`
  const received = await sendRaw(gate.port, `${post}Content-Length: 3\r\n\r\nabc${second}`)
  expect(received).toContain('[POST / abc]')
  expect(received).toContain('[GET /2 ]')
})

test('CONNECT is refused', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  expect(await sendRaw(gate.port, 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n')).toMatch(
    /^HTTP\/1.1 405/,
  )
})

test('an upgrade to anything but a websocket is an ordinary request', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp((request, response) => response.end(`upgrade: ${request.headers.upgrade}`))
  await gate.space('one', { target: app.target })
  const bytes = `GET / HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n`
  expect(await sendRaw(gate.port, bytes)).toContain('upgrade: undefined')
})

test('whatever bytes come from visitors and apps, the proxy goes on', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using good = await openApp((_request, response) => response.end('fine'))
  await gate.space('good', { target: good.target })
  let answer = Buffer.alloc(0)
  const bad = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer))
  })
  bad.listen(0, '127.0.0.1')
  await once(bad, 'listening')
  const { port } = bad.address() as net.AddressInfo
  const id = await gate.space('one', { target: { kind: 'address', addresses: [{ host: '127.0.0.1', port }] } })
  gate.stages.set(id, { ...gate.stages.get(id)!, stage: 'RUNTIME_ERROR', willStart: false })

  const noise = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 12,
  })
  /** Mostly what is right, so that the faults are met deep inside. */
  const mostly = (...right: string[]) =>
    fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: noise })
  const header = mostly(
    'Content-Length: 3',
    'Transfer-Encoding: chunked',
    'Connection: keep-alive',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Expect: 100-continue',
    'Set-Cookie: a=b; domain',
    'Set-Cookie: =;;=',
    'Cookie: plaza_=;;=',
    'Authorization: Basic =',
    'X-Forwarded-For: ,',
    'Accept: text/html',
    'X-A: \xe9',
  )
  const body = mostly('', 'abc', '3\r\nabc\r\n0\r\n\r\n', '3\r\nab', 'abcdef')
  const message = (...starts: string[]) =>
    fc
      .tuple(mostly(...starts), fc.uniqueArray(header, { maxLength: 4 }), body)
      .map(([start, headers, body]) => `${[start, ...headers].join('\r\n')}\r\n\r\n${body}`)
  const asked = message(
    `GET /x HTTP/1.1\r\n${host}Connection: close`,
    `POST /?__sign=% HTTP/1.1\r\n${host}Connection: close`,
    `HEAD //.plaza/%00 HTTP/1.0\r\n${host}Connection: close`,
    `OPTIONS /.plaza/stage HTTP/1.1\r\n${host}Connection: close`,
  )
  const replied = message(
    'HTTP/1.1 200 OK',
    'HTTP/1.0 200',
    'HTTP/1.1 101 X',
    'HTTP/1.1 304 X',
    'HTTP/1.1 103 X',
    'HTTP/1.1 999 ',
  )
  await fc.assert(
    fc.asyncProperty(asked, replied, async (sent, replied) => {
      answer = Buffer.from(replied, 'latin1')
      expect(await exchange(gate.port, sent)).not.toMatch(/^HTTP\/1.1 500/)
    }),
    { numRuns: 200 },
  )
  bad.close()
  expect((await ask(gate, gate.host('good'))).body).toBe('fine')
})

/** Sends, and returns what comes until the end, or for a little where the message has none. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  let received = ''
  socket.on('error', () => {})
  socket.on('data', (piece: Buffer) => {
    received += piece.toString('latin1')
  })
  socket.write(bytes, 'latin1')
  const timer = setTimeout(() => socket.destroy(), 100)
  await new Promise((resolve) => socket.once('close', resolve))
  clearTimeout(timer)
  return received
}
