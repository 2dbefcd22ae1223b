import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { testDatabase } from '../store/database.ts'
import { ask, friend, navigation, openApp, openGate } from './gate.ts'

test('a private Space looks like none to whoever may not open it, on every path and websocket', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  let reached = 0
  await using app = await openApp((_request, response) => {
    reached++
    response.end()
  })
  app.server.on('upgrade', (_request, socket) => {
    reached++
    socket.destroy()
  })
  await gate.space('secret', { target: app.target, visibility: 'private' })
  const host = gate.host('secret')
  const withoutId = (text: string) => text.replaceAll(/"requestId":"[^"]*"|nonce(-|=")[\w+/=]+|secret|nobody/g, '')
  for (const headers of [{}, navigation]) {
    for (const path of ['/', '/.plaza/stage', '/.plaza/events', '/gradio_api/info']) {
      const hidden = await ask(gate, host, { path, headers })
      const missing = await ask(gate, gate.host('nobody'), { path, headers })
      expect(hidden.status).toBe(404)
      expect(withoutId(hidden.body)).toBe(withoutId(missing.body))
      expect(Object.keys(hidden.headers)).toEqual(Object.keys(missing.headers))
    }
  }
  expect((await ask(gate, host, { headers: navigation })).body).toContain('/sign-in?space=')
  for (const headers of [
    { Authorization: 'Bearer hf_stranger' },
    { Authorization: `Basic ${friend.bearer}` },
    { Cookie: `plaza_access=${gate.proxy.sign('space-secret', friend.accountId)}` },
    { Cookie: 'plaza_access=a.b; plaza_access=' },
  ]) {
    expect((await ask(gate, host, { headers })).status).toBe(404)
  }
  const other = await gate.space('other', { visibility: 'private', target: app.target })
  for (const sign of [
    gate.proxy.sign(other, friend.accountId),
    gate.proxy.sign('space-secret', 'stranger'),
    '%',
    'a.b',
    '',
  ]) {
    expect((await ask(gate, host, { path: `/?__sign=${sign}` })).status).toBe(404)
  }
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/`, { headers: { Host: host } })
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
  expect(response.statusCode).toBe(404)
  socket.on('error', () => {})
  socket.terminate()
  expect(reached).toBe(0)
})

test('a bearer opens it by either header, and the app never sees the token', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  let seen: IncomingHttpHeaders = {}
  await using app = await openApp((request, response) => {
    seen = request.headers
    response.end('in')
  })
  await gate.space('secret', { target: app.target, visibility: 'private' })
  for (const name of ['Authorization', 'X-HF-Authorization']) {
    const answer = await ask(gate, gate.host('secret'), { headers: { [name]: `Bearer ${friend.bearer}` } })
    expect(answer.body).toBe('in')
    expect(JSON.stringify(seen)).not.toContain(friend.bearer)
  }
  // Asked once and kept for some seconds.
  expect(gate.asked.length).toBe(1)
  const both = { Authorization: 'Bearer sk-own', 'X-HF-Authorization': `Bearer ${friend.bearer}` }
  expect((await ask(gate, gate.host('secret'), { headers: both })).body).toBe('in')
  expect(seen.authorization).toBe('Bearer sk-own')
})

test('a signed link becomes a cookie of this origin alone, and leaves the address', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  let seen = ''
  await using app = await openApp((request, response) => {
    seen = `${request.url} ${JSON.stringify(request.headers)}`
    response.end('in')
  })
  app.server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 200 fine\r\nContent-Length: 0\r\n\r\n'))
  const id = await gate.space('secret', { target: app.target, visibility: 'private' })
  const host = gate.host('secret')
  const sign = gate.proxy.sign(id, friend.accountId)
  const first = await ask(gate, host, { path: `//evil.example/?a=1&__sign=${sign}&b=%20`, headers: navigation })
  expect(first.status).toBe(302)
  expect(first.headers.location).toBe(`http://${host}//evil.example/?a=1&b=%20`)
  const cookie = first.headers['set-cookie']?.[0] ?? ''
  expect(cookie).toMatch(/^plaza_access=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=None; Secure; Partitioned$/)
  const value = cookie.split(';')[0] ?? ''

  expect((await ask(gate, host, { headers: { Cookie: `a=1; ${value}` } })).body).toBe('in')
  expect(seen).not.toContain('plaza_access')
  expect(
    (await ask(gate, host, { path: `/file?__sign=${sign}`, headers: { Referer: `http://x/?__sign=${sign}` } })).body,
  ).toBe('in')
  expect(seen).not.toContain('__sign')
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/`, { headers: { Host: host, Cookie: value } })
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
  expect(response.statusCode).toBe(200)
  socket.on('error', () => {})
  socket.terminate()

  await gate.space('neighbour', { target: app.target, visibility: 'private' })
  expect((await ask(gate, gate.host('neighbour'), { headers: { Cookie: value } })).status).toBe(404)
  expect((await ask(gate, host, { path: `/?__sign=${value.slice('plaza_access='.length)}` })).status).toBe(404)
})

test('a store that is away is 503, not a closed door and not an open one', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store, { mayOpen: () => Promise.reject(new Error('no connection')) })
  await gate.space('secret', { visibility: 'private' })
  const answer = await ask(gate, gate.host('secret'), { headers: { Authorization: 'Bearer hf_any' } })
  expect(answer.status).toBe(503)
  expect(answer.headers['retry-after']).toBeDefined()
})
