import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Address, Addresses, Target } from '../../control-plane/proxy/routes.ts'
import { testDatabase } from '../store/database.ts'
import {
  type Answer,
  ask,
  type AskOptions,
  friend,
  freePort,
  type Gate,
  navigation,
  openApp,
  openGate,
  until,
} from './gate.ts'

type App = Awaited<ReturnType<typeof openApp>>

const replicasOf = (first: App, ...others: App[]): Target => ({
  kind: 'address',
  addresses: [first.target.addresses[0], ...others.map((app): Address => app.target.addresses[0])],
})

/** An app that says which one it is, and what cookies it got. */
const named = (name: string) =>
  openApp(async (request, response) => {
    const body = (await request.toArray()).join('')
    response.setHeader('Set-Cookie', ['plaza-replica=stolen', `seen=${name}`])
    response.end([name, body, request.headers.cookie ?? ''].join('|'))
  })

const replicaOf = (answer: Answer) => answer.body.split('|')[0]

/** The cookie of ours that an answer sets, as a browser sends it back. */
function cookieOf(answer: Pick<Answer, 'headers'>): string | undefined {
  const own = answer.headers['set-cookie']?.filter((cookie) => cookie.startsWith('plaza-replica='))
  expect(own?.length ?? 0).toBeLessThan(2)
  return own?.[0]?.split(';')[0]
}

const open = (gate: Gate, options: AskOptions = {}) =>
  ask(gate, gate.host('one'), { ...options, headers: { ...navigation, ...options.headers } })
const call = (gate: Gate, options: AskOptions = {}) => ask(gate, gate.host('one'), options)

test('a visitor stays at the replica of their cookie, which no app sees or sets', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using a = await named('a')
  await using b = await named('b')
  await gate.space('one', { target: replicasOf(a, b) })
  const first = await open(gate)
  const setting = first.headers['set-cookie']?.find((cookie) => cookie.startsWith('plaza-replica='))
  expect(setting).toMatch(/^plaza-replica=[\w-]{16}; Path=\/; HttpOnly; SameSite=None; Secure; Partitioned$/)
  expect(first.headers['set-cookie']).toContain(`seen=${replicaOf(first)}`)
  const cookie = cookieOf(first) ?? ''
  for (const method of ['GET', 'POST', 'GET', 'PUT', 'GET', 'DELETE']) {
    const next = await call(gate, { method, headers: { Cookie: `mine=1; ${cookie}` } })
    expect(next.body).toBe(`${replicaOf(first)}||mine=1`)
    expect(cookieOf(next)).toBeUndefined()
  }
})

test('pages go to the replica with the least under way, websockets counted', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  const held: http.ServerResponse[] = []
  const slow = (request: http.IncomingMessage, response: http.ServerResponse) => {
    if (request.url === '/slow') held.push(response)
    else response.end()
  }
  await using a = await openApp(slow)
  await using b = await openApp(slow)
  for (const app of [a, b]) new WebSocketServer({ server: app.server }).on('connection', (socket) => socket.resume())
  await gate.space('one', { target: replicasOf(a, b) })
  const busy = cookieOf(await open(gate)) ?? ''
  const slowly = [1, 2, 3].map(() => open(gate, { path: '/slow', headers: { Cookie: busy } }))
  await until(() => held.length === slowly.length)
  const calm = cookieOf(await open(gate)) ?? ''
  expect(calm).not.toBe(busy)
  for (let count = 0; count < 8; count++) expect(cookieOf(await open(gate))).toBe(calm)
  const headers = { Host: gate.host('one'), Cookie: calm }
  const sockets = [1, 2, 3, 4, 5, 6].map(() => new WebSocket(`ws://127.0.0.1:${gate.port}/`, { headers }))
  await Promise.all(sockets.map((socket) => once(socket, 'open')))
  for (let count = 0; count < 8; count++) expect(cookieOf(await open(gate))).toBe(busy)
  for (const socket of sockets) socket.close()
  await until(() => gate.proxy.occupancy('space-one').websockets === 0)
  for (let count = 0; count < 8; count++) expect(cookieOf(await open(gate))).toBe(calm)
  for (const response of held) response.end()
  await Promise.all(slowly)
})

test('a program without cookies stays at one replica, by its address and token', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store, { trustedProxies: ['127.0.0.0/8'] })
  await using a = await named('a')
  await using b = await named('b')
  await gate.space('one', { target: replicasOf(a, b) })
  const places = new Set<string | undefined>()
  for (const who of Array.from({ length: 24 }, (_, n) => n)) {
    const headers: Record<string, string> =
      who % 2 === 0
        ? { 'X-Forwarded-For': `192.0.2.${who}, 198.51.100.7` }
        : { Authorization: `Bearer sk-${who}`, 'X-Forwarded-For': '192.0.2.1' }
    const answers = []
    for (const path of ['/queue/join', '/queue/data', '/info']) answers.push(await call(gate, { path, headers }))
    expect(new Set(answers.map(replicaOf)).size).toBe(1)
    // Whoever keeps the cookie after all gets to the same one.
    const kept = await call(gate, { headers: { Cookie: cookieOf(answers[0] as Answer) ?? '' } })
    expect(replicaOf(kept)).toBe(replicaOf(answers[0] as Answer))
    places.add(replicaOf(kept))
  }
  expect(places).toEqual(new Set(['a', 'b']))
})

test('people at one address are told apart by their tokens, not by what they say of their address', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using a = await named('a')
  await using b = await named('b')
  await gate.space('one', { target: replicasOf(a, b) })
  const places = new Set<string | undefined>()
  for (let count = 0; count < 12; count++) {
    places.add(replicaOf(await call(gate, { headers: { 'X-Forwarded-For': `192.0.2.${count}` } })))
  }
  expect(places.size).toBe(1)
  for (let count = 0; count < 24; count++) {
    places.add(replicaOf(await call(gate, { headers: { 'X-HF-Authorization': `Bearer hf_${count}` } })))
  }
  expect(places.size).toBe(2)
})

test('a websocket goes to the replica of its visitor, and its answer sets the cookie of who has none', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using a = await named('a')
  await using b = await named('b')
  for (const [name, app] of [
    ['a', a],
    ['b', b],
  ] as const) {
    new WebSocketServer({ server: app.server }).on('connection', (socket, request: http.IncomingMessage) =>
      socket.send(`${name}|${request.headers.cookie ?? ''}`),
    )
  }
  await gate.space('one', { target: replicasOf(a, b) })
  const connect = async (headers: Record<string, string>) => {
    const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/`, { headers: { Host: gate.host('one'), ...headers } })
    const upgraded = once(socket, 'upgrade') as Promise<[http.IncomingMessage]>
    const [message] = (await once(socket, 'message')) as [Buffer]
    const [answer] = await upgraded
    socket.close()
    return { body: message.toString(), cookie: cookieOf(answer) }
  }
  for (let count = 0; count < 6; count++) {
    const page = await open(gate)
    const cookie = cookieOf(page) ?? ''
    expect(await connect({ Cookie: `mine=1; ${cookie}` })).toEqual({
      body: `${replicaOf(page)}|mine=1`,
      cookie: undefined,
    })
  }
  const { body, cookie } = await connect({})
  expect(replicaOf(await call(gate, { headers: { Cookie: cookie ?? '' } }))).toBe(body.slice(0, 1))
})

test('where a replica takes no connection another one does, body and all, and the visitor stays there', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using a = await named('a')
  await using b = await named('b')
  for (const app of [a, b]) new WebSocketServer({ server: app.server }).on('connection', (socket) => socket.close())
  await gate.space('one', { target: replicasOf(a, b) })
  const lost = cookieOf(await open(gate)) ?? ''
  const [dead, alive] = replicaOf(await call(gate, { headers: { Cookie: lost } })) === 'a' ? [a, b] : [b, a]
  dead.server.closeAllConnections()
  dead.server.close()
  await once(dead.server, 'close')
  const name = alive === a ? 'a' : 'b'
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/`, { headers: { Host: gate.host('one'), Cookie: lost } })
  const [upgraded] = (await once(socket, 'upgrade')) as [http.IncomingMessage]
  const found = cookieOf(upgraded)
  expect(found).toBeDefined()
  expect(found).not.toBe(lost)
  for (const method of ['GET', 'POST', 'GET']) {
    const answer = await call(gate, { method, body: method === 'POST' ? 'once' : '', headers: { Cookie: lost } })
    expect(answer.body).toBe(`${name}|${method === 'POST' ? 'once' : ''}|`)
    expect(cookieOf(answer)).toBe(found)
  }
  const settled = await call(gate, { headers: { Cookie: found ?? '' } })
  expect([replicaOf(settled), cookieOf(settled)]).toEqual([name, undefined])
  expect(gate.proxy.held).toBe(0)
  expect(gate.woken).toEqual([])
})

test('when none takes a connection the request waits for one, as with a single app', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  const addresses: Addresses = [
    { host: '127.0.0.1', port: await freePort() },
    { host: '127.0.0.1', port: await freePort() },
  ]
  const id = await gate.space('one', { target: { kind: 'address', addresses }, stage: { stage: 'RUNNING' } })
  const answer = call(gate, { method: 'POST', body: 'once' })
  await until(() => gate.proxy.held === 1)
  await using a = await named('a')
  await using b = await named('b')
  await gate.route(id, replicasOf(a, b))
  expect((await answer).body).toMatch(/^[ab]\|once\|$/)
})

test('a request that one replica ends unanswered is repeated at another where that is safe; nobody else is moved', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  let dropped = 0
  const rude = http.createServer((request, response) => {
    if (request.url === '/fine') {
      response.setHeader('Connection', 'close')
      response.end('rude')
      return
    }
    dropped++
    request.socket.destroy()
  })
  rude.listen(0, '127.0.0.1')
  await once(rude, 'listening')
  await using kind = await named('kind')
  const { port } = rude.address() as net.AddressInfo
  const target: Target = { kind: 'address', addresses: [{ host: '127.0.0.1', port }, kind.target.addresses[0]] }
  await gate.space('one', { target, stage: { stage: 'RUNNING', willStart: false } })
  const find = async (): Promise<string> => {
    const page = await open(gate, { path: '/fine' })
    return page.body === 'rude' ? (cookieOf(page) ?? '') : await find()
  }
  const headers = { Cookie: await find() }
  expect((await call(gate, { method: 'POST', body: 'once', headers })).status).toBe(502)
  expect(dropped).toBe(1)
  const moved = await call(gate, { headers })
  expect([replicaOf(moved), dropped]).toEqual(['kind', 2])
  expect(cookieOf(moved)).toBeDefined()
  expect((await call(gate, { path: '/fine', headers })).body).toBe('rude')
  rude.closeAllConnections()
  rude.close()
})

test('one replica sets no cookie, nor does a folder of files; a second one that comes does', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using a = await named('a')
  await using b = await named('b')
  const id = await gate.space('one', { target: a.target })
  for (const answer of [await open(gate), await call(gate, { headers: { Cookie: 'plaza-replica=old; mine=1' } })]) {
    expect(answer.headers['set-cookie']).toEqual(['seen=a'])
    expect(answer.body).not.toContain('plaza')
  }
  await gate.route(id, replicasOf(a, b))
  await gate.proxy.refresh(id)
  expect(cookieOf(await open(gate))).toBeDefined()
  await gate.route(id, { kind: 'static', root: import.meta.dirname, appFile: 'README.md' })
  await gate.proxy.refresh(id)
  expect((await open(gate)).headers).not.toHaveProperty('set-cookie')
})

test('a private Space keeps both cookies of a signed request', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await using a = await named('a')
  await using b = await named('b')
  const id = await gate.space('one', { target: replicasOf(a, b), visibility: 'private' })
  const answer = await call(gate, { path: `/?__sign=${gate.proxy.sign(id, friend.accountId)}` })
  const names = answer.headers['set-cookie']?.map((cookie) => cookie.split('=')[0])
  expect(names).toEqual(['seen', 'plaza_access', 'plaza-replica'])
})
