import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { testDatabase } from '../store/database.ts'
import { friend, openApp, openGate, until } from './gate.ts'

const upgrade = (host: string, more = '') =>
  `GET /ws HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`

test('messages pass both ways, large ones too, with the protocol and the close code as they are', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp(() => {})
  const sockets = new WebSocketServer({ server: app.server, handleProtocols: () => 'second' })
  let closed: number | undefined
  sockets.on('connection', (socket) => {
    socket.on('message', (message, binary) => socket.send(message, { binary }))
    socket.on('close', (code) => {
      closed = code
    })
  })
  await gate.space('one', { target: app.target })
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/`, ['first', 'second'], {
    headers: { Host: gate.host('one') },
  })
  await once(socket, 'open')
  expect(socket.protocol).toBe('second')
  const large = Buffer.alloc(20 * 1024 * 1024, 'x')
  socket.send(large)
  const [echo] = (await once(socket, 'message')) as [Buffer]
  expect(echo.equals(large)).toBe(true)
  socket.close(4321)
  const [code] = (await once(socket, 'close')) as [number]
  expect(code).toBe(4321)
  await until(() => closed === 4321)
})

test('what is sent at once is not lost, and each side may end before the other', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp(() => {})
  let received = ''
  app.server.on('upgrade', (_request, socket: net.Socket, first: Buffer) => {
    received += first.toString()
    socket.write(
      'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSet-Cookie: plaza_access=x\r\nX-A: 1\r\n\r\nhello',
    )
    socket.on('data', (piece: Buffer) => {
      received += piece.toString()
    })
    socket.on('end', () => socket.end(`you said ${received}`))
  })
  await gate.space('one', { target: app.target })
  const socket = net.connect(gate.port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (piece: string) => {
    answer += piece
  })
  socket.write(`${upgrade(gate.host('one'))}early`)
  await until(() => answer.endsWith('hello'))
  socket.end()
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1.1 101 [^]*X-A: 1[^]*\r\n\r\nhello/)
  expect(answer).toContain('you said early')
  expect(answer).not.toContain('plaza_access')
})

test('a side that breaks takes the other along', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp(() => {})
  let inner: net.Socket | undefined
  app.server.on('upgrade', (_request, socket: net.Socket) => {
    socket.on('error', () => {})
    inner = socket.resume()
    socket.write('HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
  })
  await gate.space('one', { target: app.target })
  for (const breaker of ['visitor', 'app']) {
    inner = undefined
    const socket = net.connect(gate.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(upgrade(gate.host('one')))
    await once(socket, 'data')
    const ours: net.Socket = inner!
    if (breaker === 'visitor') socket.resetAndDestroy()
    else ours.resetAndDestroy()
    socket.resume()
    await until(() => (socket.readableEnded || socket.destroyed) && (ours.readableEnded || ours.destroyed))
  }
})

test('a fast sender is slowed to the speed of the reader', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp(() => {})
  let inner: net.Socket | undefined
  app.server.on('upgrade', (_request, socket: net.Socket) => {
    inner = socket
    socket.write('HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
  })
  await gate.space('one', { target: app.target })
  const socket = net.connect(gate.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(upgrade(gate.host('one')))
  await once(socket, 'data')
  inner?.pause()
  const piece = Buffer.alloc(1024 * 1024)
  let taken = 0
  for (let idle = 0; idle < 3 && taken < 200;) {
    if (!socket.writableNeedDrain) {
      taken++
      idle = 0
      socket.write(piece)
    } else {
      idle++
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  expect(taken).toBeLessThan(50)
  socket.destroy()
})

test('an app that declines answers as it does, once, and the connection serves no second request', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  let requests = 0
  await using app = await openApp((_request, response) => {
    requests++
    response.writeHead(403, { 'X-Why': 'no' })
    response.write('not ')
    response.end('here')
  })
  await gate.space('one', { target: app.target })
  const socket = net.connect(gate.port, '127.0.0.1')
  const second = `GET /smuggled HTTP/1.1\r\nHost: ${gate.host('one')}\r\nX-HF-Authorization: Bearer hf_x\r\n\r\n`
  socket.write(upgrade(gate.host('one')) + second)
  const answer = (await socket.toArray()).join('')
  expect(answer).toMatch(/^HTTP\/1.1 403 Forbidden\r\n[^]*X-Why: no/)
  expect(answer).toContain('not ')
  expect(answer).toContain('here')
  expect(requests).toBe(1)
})

test('a private Space’s websocket opens with a token, and the app does not see it', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp(() => {})
  const sockets = new WebSocketServer({ server: app.server })
  sockets.on('connection', (socket, request: http.IncomingMessage) =>
    socket.send(JSON.stringify([request.url, request.headers])),
  )
  const id = await gate.space('one', { target: app.target, visibility: 'private' })
  const sign = gate.proxy.sign(id, friend.accountId)
  for (const [path, headers] of [
    ['/ws?a=1', { Authorization: `Bearer ${friend.bearer}` }],
    [`/ws?__sign=${sign}&a=1`, {}],
  ] as const) {
    const socket = new WebSocket(`ws://127.0.0.1:${gate.port}${path}`, {
      headers: { Host: gate.host('one'), ...headers },
    })
    const [message] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(message.toString())[0]).toBe('/ws?a=1')
    expect(message.toString()).not.toMatch(/hf_|__sign/)
    socket.close()
  }
})

test('websockets end when their Space becomes private, but those of whoever may open it then too', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp(() => {})
  new WebSocketServer({ server: app.server }).on('connection', (socket) =>
    socket.on('message', (message) => socket.send(message)),
  )
  const id = await gate.space('one', { target: app.target })
  const open = async (headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/`, { headers: { Host: gate.host('one'), ...headers } })
    await once(socket, 'open')
    return socket
  }
  const stranger = await open()
  const theirs = await open({ Authorization: `Bearer ${friend.bearer}` })
  const closed = once(stranger, 'close')
  await db.store.read.updateTable('spaces').set({ visibility: 'private' }).where('id', '=', id).execute()
  await gate.proxy.refresh(id)
  await closed
  theirs.send('still here')
  const [message] = (await once(theirs, 'message')) as [Buffer]
  expect(message.toString()).toBe('still here')
  theirs.close()
})

test('closing the server closes its websockets, those that wait too', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp(() => {})
  new WebSocketServer({ server: app.server }).on('connection', (socket) => socket.resume())
  await gate.space('one', { target: app.target })
  await gate.space('two')
  const open = new WebSocket(`ws://127.0.0.1:${gate.port}/`, { headers: { Host: gate.host('one') } })
  await once(open, 'open')
  const waiting = new WebSocket(`ws://127.0.0.1:${gate.port}/`, { headers: { Host: gate.host('two') } })
  waiting.on('error', () => {})
  await until(() => gate.proxy.held === 1)
  const closed = once(gate.server, 'close')
  gate.server.close()
  gate.server.closeAllConnections()
  await closed
  await until(() => open.readyState === WebSocket.CLOSED && waiting.readyState === WebSocket.CLOSED)
})
