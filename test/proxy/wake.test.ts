import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Target } from '../../control-plane/proxy/routes.ts'
import { testDatabase } from '../store/database.ts'
import { ask, freePort, navigation, openApp, openGate, paused, until } from './gate.ts'

test('200 requests and 50 websockets wait for one start and are all answered', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp(async (request, response) => response.end((await request.toArray()).join('')))
  const sockets = new WebSocketServer({ server: app.server })
  sockets.on('connection', (socket) => socket.on('message', (message, binary) => socket.send(message, { binary })))
  const id = await gate.space('one')
  const answers = Array.from({ length: 200 }, async (_, index) => {
    const body = `request ${index}`
    const method = index % 2 === 0 ? 'POST' : 'PUT'
    return (await ask(gate, gate.host('one'), { method, body })).body === body
  })
  const echoes = Array.from({ length: 50 }, async (_, index) => {
    const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/ws`, { headers: { Host: gate.host('one') } })
    await once(socket, 'open')
    socket.send(`message ${index}`)
    const [message] = (await once(socket, 'message')) as [Buffer]
    socket.close()
    return message.toString() === `message ${index}`
  })
  await until(() => gate.proxy.held === 250)
  expect(gate.woken).toEqual([id])
  await gate.route(id, app.target)
  expect((await Promise.all([...answers, ...echoes])).every(Boolean)).toBe(true)
  expect(gate.woken).toEqual([id])
  expect(gate.proxy.held).toBe(0)
})

test('a person gets the waiting page at once, which wakes too; a program does not get it', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  const startedAt = new Date(Date.now() - 42_000)
  const stage = { stage: 'BUILDING', phase: { name: 'installing', startedAt, detail: '<b>numpy</b>' } }
  const id = await gate.space('one', { stage: { ...stage, title: '<script>alert(1)</script>' } })
  const page = await ask(gate, gate.host('one'), { headers: navigation })
  expect(page.status).toBe(503)
  expect(page.headers['retry-after']).toBeDefined()
  expect(page.headers['cache-control']).toBe('no-store')
  expect(page.body).toContain('Installing')
  expect(page.body).toContain('&#60;b&#62;numpy')
  expect(page.body).not.toContain('<script>alert')
  expect(gate.woken).toEqual([id])
  expect(gate.proxy.held).toBe(0)
})

test('whoever leaves frees the place; beyond the limits the answer is 503 with Retry-After', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store, { limits: { heldPerSpace: 2, held: 3 } })
  await gate.space('one')
  await gate.space('two')
  const hold = (slug: string) => {
    const request = http.get({ host: '127.0.0.1', port: gate.port, headers: { Host: gate.host(slug) }, agent: false })
    request.on('error', () => {})
    return request
  }
  const first = [hold('one'), hold('one')]
  await until(() => gate.proxy.held === 2)
  const third = await ask(gate, gate.host('one'))
  expect([third.status, third.headers['retry-after']]).toEqual([503, '5'])
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/`, { headers: { Host: gate.host('two') } })
  socket.on('error', () => {})
  await until(() => gate.proxy.held === 3)
  expect((await ask(gate, gate.host('two'))).status).toBe(503)
  for (const request of first) request.destroy()
  await until(() => gate.proxy.held === 1)
  socket.terminate()
  await until(() => gate.proxy.held === 0)
})

test('a request is not held longer than the limit', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store, { limits: { holdFor: 50 } })
  await gate.space('one')
  const answer = await ask(gate, gate.host('one'))
  expect(answer.status).toBe(503)
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'unavailable' })
})

test('what will not start says why, also to those who already wait', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  const id = await gate.space('one')
  const waiting = ask(gate, gate.host('one'))
  await until(() => gate.proxy.held === 1)
  gate.stages.set(id, { ...paused, stage: 'BUILD_ERROR', errorMessage: 'No version of numpy fits.' })
  const answer = await waiting
  expect(answer.status).toBe(503)
  expect(JSON.parse(answer.body)).toMatchObject({ errorMessage: 'No version of numpy fits.', stage: 'BUILD_ERROR' })
  const page = await ask(gate, gate.host('one'), { headers: navigation })
  expect(page.body).toContain('The build failed')
  expect(page.body).toContain('No version of numpy fits.')
  expect(gate.woken).toEqual([id])
})

test('an app that is routed but gone is waited for, with the body of the request untouched', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  const port = await freePort()
  const id = await gate.space('one', {
    target: { kind: 'address', addresses: [{ host: '127.0.0.1', port }] },
    stage: { stage: 'RUNNING' },
  })
  const answer = ask(gate, gate.host('one'), { method: 'POST', body: 'once' })
  await until(() => gate.proxy.held === 1)
  expect(gate.woken).toEqual([id])
  await using app = await openApp(async (request, response) => response.end((await request.toArray()).join('')))
  await gate.route(id, app.target)
  expect((await answer).body).toBe('once')
})

test('an app that accepts and hangs up is asked again where that is safe, and only there', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  let connections = 0
  const app = net.createServer((socket) => {
    connections++
    socket.on('error', () => {})
    socket.once('data', () => (connections < 3 ? socket.destroy() : socket.end('HTTP/1.1 204 x\r\n\r\n')))
  })
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  const { port } = app.address() as net.AddressInfo
  const target: Target = { kind: 'address', addresses: [{ host: '127.0.0.1', port }] }
  await gate.space('one', { target, stage: { stage: 'RUNNING', willStart: false } })
  expect((await ask(gate, gate.host('one'), { method: 'POST', body: 'once' })).status).toBe(502)
  expect(connections).toBe(1)
  expect((await ask(gate, gate.host('one'))).status).toBe(204)
  expect(connections).toBe(3)
  app.close()
})

test('a Space that becomes private while one waits is not opened to them', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp((_request, response) => response.end('secret'))
  const id = await gate.space('one')
  const waiting = ask(gate, gate.host('one'))
  await until(() => gate.proxy.held === 1)
  await db.store.read.updateTable('spaces').set({ visibility: 'private' }).where('id', '=', id).execute()
  await gate.route(id, app.target)
  expect((await waiting).status).toBe(404)
})

test('use is told at once, then in batches; an open socket that is silent is no use', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store, { limits: { touchEvery: 20 } })
  await using app = await openApp((_request, response) => response.end('ok'))
  const sockets = new WebSocketServer({ server: app.server })
  sockets.on('connection', (socket) => socket.on('message', () => socket.send('yes')))
  const id = await gate.space('one', { target: app.target })
  await ask(gate, gate.host('one'))
  await until(() => gate.touched.length === 1)
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/`, { headers: { Host: gate.host('one') } })
  await once(socket, 'open')
  await until(() => gate.touched.length === 2)
  socket.send('hello')
  await once(socket, 'message')
  await until(() => gate.touched.length >= 3)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const told = gate.touched.length
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(gate.touched.length).toBe(told)
  expect(new Set(gate.touched)).toEqual(new Set([id]))
  socket.close()
})

test('the stage is told as it changes, and that the app is there', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using app = await openApp((_request, response) => response.end('ok'))
  const id = await gate.space('one')
  const request = http.get({
    host: '127.0.0.1',
    port: gate.port,
    path: '/.plaza/events',
    headers: { Host: gate.host('one') },
    agent: false,
  })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  let told = ''
  response.setEncoding('utf8').on('data', (piece: string) => {
    told += piece
  })
  await until(() => told.includes('"face":"waiting"') && told.includes('Waking up'))
  gate.stages.set(id, {
    ...gate.stages.get(id)!,
    stage: 'APP_STARTING',
    phase: { name: 'starting', startedAt: new Date() },
  })
  await until(() => told.includes('"heading":"Starting"'))
  await gate.route(id, app.target)
  await until(() => told.includes('"face":"ready"'))
  request.destroy()
})
