import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { expect, test } from 'vitest'
import { testDatabase } from '../store/database.ts'
import { ask, openApp, openGate, sendRaw, until } from './gate.ts'

test('a request reaches the app of its host, whatever the case, dot and form of the target', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp((request, response) => response.end(`${request.method} ${request.url}`))
  await gate.space('one', { target: app.target })
  for (const host of ['one.spaces.localhost', 'ONE.Spaces.LocalHost.', `one.spaces.localhost:${gate.port}`]) {
    expect((await ask(gate, host, { path: '/a?b=c' })).body).toBe('GET /a?b=c')
  }
  const absolute = `GET http://one.spaces.localhost/x HTTP/1.1\r\nHost: one.spaces.localhost\r\nConnection: close\r\n\r\n`
  expect(await sendRaw(gate.port, absolute)).toContain('GET /x')
  expect((await ask(gate, `localhost:${gate.port}`, { path: '/spaces' })).body).toBe('platform /spaces')
  const unknown = await ask(gate, 'constructor.spaces.localhost')
  expect(unknown.status).toBe(404)
  expect(JSON.parse(unknown.body)).toMatchObject({ code: 'not_found' })
})

test('odd paths pass unharmed', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp((request, response) => response.end(request.url))
  await gate.space('one', { target: app.target })
  for (const path of ['/constructor', '/__proto__/x', '/%E0%A4%A', '//', '/a/../b', '/?', '/?__signal=1&a=%00']) {
    expect((await ask(gate, gate.host('one'), { path })).body).toBe(path)
  }
})

test('the app learns who asked and for which host; the connection and the platform keep theirs', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  let seen: http.IncomingMessage | undefined
  await using app = await openApp((request, response) => {
    seen = request
    response.setHeader('Connection', 'X-Secret')
    response.setHeader('X-Secret', '1')
    response.setHeader('Set-Cookie', [
      'a=1; Domain=spaces.localhost; Path=/',
      'b=2; domain=.one.spaces.localhost',
      'plaza_access=stolen',
    ])
    response.end()
  })
  await gate.space('one', { target: app.target, customHeaders: { 'cross-origin-opener-policy': 'same-origin' } })
  const answer = await ask(gate, gate.host('one'), {
    headers: {
      'X-Forwarded-For': '6.6.6.6',
      X_Forwarded_For: '6.6.6.6',
      Forwarded: 'for=6.6.6.6',
      'X-Forwarded-Proto': 'https',
      'X-HF-Authorization': 'Bearer hf_x',
      Authorization: 'Bearer hf_x',
      Cookie: 'mine=1; plaza_access=x; better-auth.session_token=y; __Secure-better-auth.session_token=z',
      Connection: 'X-Drop',
      'X-Drop': '1',
      'X-Keep': 'é',
    },
  })
  expect(seen?.headers).toMatchObject({
    host: gate.host('one'),
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': gate.host('one'),
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(gate.port),
    cookie: 'mine=1',
    'x-keep': 'é',
  })
  for (const gone of ['authorization', 'x-hf-authorization', 'forwarded', 'x_forwarded_for', 'x-drop']) {
    expect(seen?.headers).not.toHaveProperty(gone)
  }
  expect(answer.headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2; domain=.one.spaces.localhost'])
  expect(answer.headers).not.toHaveProperty('x-secret')
  expect(answer.headers['cross-origin-opener-policy']).toBe('same-origin')
  await ask(gate, gate.host('one'), { headers: { Authorization: 'Bearer sk-of-the-app' } })
  expect(seen?.headers.authorization).toBe('Bearer sk-of-the-app')
})

test('what a trusted proxy in front says of the visitor is kept', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store, { trustedProxies: ['127.0.0.0/8'] })
  await using app = await openApp((request, response) => response.end(request.headers['x-forwarded-for']))
  await gate.space('one', { target: app.target })
  const answer = await ask(gate, gate.host('one'), { headers: { 'X-Forwarded-For': '9.9.9.9' } })
  expect(answer.body).toBe('9.9.9.9, 127.0.0.1')
})

test('each server-sent event arrives before the next one is sent', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  let stream: http.ServerResponse | undefined
  await using app = await openApp((_request, response) => {
    stream = response
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
  })
  await gate.space('one', { target: app.target })
  const request = http.get({ port: gate.port, host: '127.0.0.1', headers: { Host: gate.host('one') }, agent: false })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  for (let count = 0; count < 5; count++) {
    stream?.write(`data: ${count}\n\n`)
    const [piece] = (await once(response, 'data')) as [Buffer]
    expect(piece.toString()).toBe(`data: ${count}\n\n`)
  }
  request.destroy()
  await once(stream ?? request, 'close')
})

test('an upload is read no faster than the app takes it, and arrives whole', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  let upload: http.IncomingMessage | undefined
  let answer: http.ServerResponse | undefined
  await using app = await openApp((request, response) => {
    upload = request
    answer = response
  })
  await gate.space('one', { target: app.target })
  const size = 256 * 1024 * 1024
  const piece = Buffer.alloc(1024 * 1024, 'a')
  const request = http.request({
    port: gate.port,
    host: '127.0.0.1',
    method: 'POST',
    headers: { Host: gate.host('one') },
    agent: false,
  })
  let written = 0
  const write = () => {
    while (written < size) {
      written += piece.length
      if (!request.write(piece)) return void request.once('drain', write)
    }
    request.end()
  }
  write()
  await until(() => upload !== undefined && request.writableNeedDrain)
  // Nobody reads: what is under way fits into the buffers of sockets and streams.
  let before = -1
  while (before !== written) {
    before = written
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(written).toBeLessThan(size / 4)
  let read = 0
  for await (const part of upload ?? []) read += (part as Buffer).length
  answer?.end(String(read))
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  expect(response.statusCode).toBe(200)
  expect(read).toBe(size)
  response.resume()
})

test('HEAD, 204, 304, HTTP/1.0 and a missing body keep their framing', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp((request, response) => {
    const status = Number(request.url?.slice(1))
    if (request.method === 'HEAD') response.setHeader('Content-Length', 1234)
    response.statusCode = status
    if (request.method === 'POST') {
      response.end(`${request.headers['content-length']} ${request.headers['transfer-encoding']}`)
    } else if (status === 200 && request.method === 'GET') {
      response.write('a')
      response.end('b')
    } else response.end()
  })
  await gate.space('one', { target: app.target })
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const head = await ask(gate, gate.host('one'), { path: '/200', method: 'HEAD', agent })
  expect(head.headers['content-length']).toBe('1234')
  expect((await ask(gate, gate.host('one'), { path: '/204', agent })).status).toBe(204)
  expect((await ask(gate, gate.host('one'), { path: '/304', agent })).status).toBe(304)
  expect((await ask(gate, gate.host('one'), { path: '/200', method: 'POST', agent })).body).toBe('0 undefined')
  agent.destroy()
  const old = await sendRaw(gate.port, `GET /200 HTTP/1.0\r\nHost: ${gate.host('one')}\r\n\r\n`)
  expect(old).toMatch(/\r\n\r\nab$/)
  expect(old.toLowerCase()).not.toContain('transfer-encoding')
})

test('the app decides about 100-continue', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp(() => {})
  app.server.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) => {
    if (request.url === '/no') return void response.writeHead(413).end()
    response.writeContinue()
    request.pipe(response)
  })
  await gate.space('one', { target: app.target })
  const post = (path: string) => {
    const headers = { Host: gate.host('one'), Expect: '100-continue', 'Content-Length': 4 }
    const request = http.request({ port: gate.port, host: '127.0.0.1', method: 'POST', path, headers, agent: false })
    request.flushHeaders()
    return request
  }
  const yes = post('/yes')
  await once(yes, 'continue')
  yes.end('four')
  const [echo] = (await once(yes, 'response')) as [http.IncomingMessage]
  expect((await echo.toArray()).join('')).toBe('four')
  const no = post('/no')
  no.on('continue', () => expect.unreachable())
  const [refusal] = (await once(no, 'response')) as [http.IncomingMessage]
  expect(refusal.statusCode).toBe(413)
  no.destroy()
})

test('an app that breaks off in the middle of its answer breaks off the visitor’s', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp((request, response) => {
    if (request.url === '/length') response.setHeader('Content-Length', 100)
    response.write('half')
    setImmediate(() => request.socket.destroy())
  })
  await gate.space('one', { target: app.target })
  for (const path of ['/length', '/chunked']) {
    await expect(ask(gate, gate.host('one'), { path })).rejects.toThrow(/aborted|hang up/)
  }
})

test('a visitor who leaves ends the request at the app, before and during the answer', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  let arrived: http.IncomingMessage | undefined
  await using app = await openApp((request, response) => {
    arrived = request
    if (request.url === '/during') response.write('begun')
  })
  await gate.space('one', { target: app.target })
  for (const path of ['/before', '/during', '/upload']) {
    arrived = undefined
    const options = { port: gate.port, host: '127.0.0.1', path, headers: { Host: gate.host('one') }, agent: false }
    const request = http.request({ ...options, method: path === '/upload' ? 'POST' : 'GET' })
    request.on('error', () => {})
    if (path === '/upload') request.write('some')
    else request.end()
    await until(() => arrived !== undefined)
    const { socket } = arrived as unknown as http.IncomingMessage
    request.destroy()
    await until(() => socket.destroyed)
    expect((arrived as unknown as http.IncomingMessage).complete).toBe(path !== '/upload')
  }
})

test('a kept connection that the app has closed costs nobody a request', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp((_request, response) => response.end('ok'))
  const sockets = new Set<net.Socket>()
  app.server.on('connection', (socket) => sockets.add(socket))
  // The app closes an idle connection in the very instant of the next request.
  app.server.on('connection', (socket) => {
    let requests = 0
    socket.prependListener('data', () => {
      if (++requests > 1) socket.resetAndDestroy()
    })
  })
  await gate.space('one', { target: app.target })
  for (let count = 0; count < 6; count++) {
    const method = count % 2 === 0 ? 'GET' : 'POST'
    expect((await ask(gate, gate.host('one'), { method })).body).toBe('ok')
  }
})

test('an answer that comes before the upload has ended is not lost', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp((_request, response) => {
    response.writeHead(413, { Connection: 'close' }).end('too large')
  })
  await gate.space('one', { target: app.target })
  const request = http.request({
    port: gate.port,
    host: '127.0.0.1',
    method: 'POST',
    headers: { Host: gate.host('one') },
    agent: false,
  })
  request.on('error', () => {})
  request.write('x'.repeat(100_000))
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  expect(response.statusCode).toBe(413)
  expect((await response.toArray()).join('')).toBe('too large')
  request.destroy()
})

test('an app that speaks nonsense gets its visitor a 502 that says so', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  const answers = [
    'nonsense\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
    '',
  ]
  let answer = ''
  const app = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer, 'latin1'))
  })
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  const { port } = app.address() as net.AddressInfo
  const id = await gate.space('one', { target: { kind: 'address', addresses: [{ host: '127.0.0.1', port }] } })
  gate.stages.set(id, { ...gate.stages.get(id)!, stage: 'RUNNING', willStart: false })
  for (answer of answers) {
    for (const method of ['GET', 'POST']) {
      const refusal = await ask(gate, gate.host('one'), { method })
      expect(refusal.status, answer.slice(0, 40)).toBe(502)
      expect(JSON.parse(refusal.body)).toMatchObject({ code: 'bad_gateway' })
    }
  }
  app.close()
})
