import { createServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { explain, explainTimeout, isReady, parseListeners, probe } from './probe.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listening(server: Server): Promise<{ host: string; port: number }> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}
const never = new AbortController().signal

describe('probe', () => {
  test.each([200, 302, 404, 499])('an answer of %i is ready', async (status) => {
    const address = await listening(createServer((_, response) => response.writeHead(status).end()))
    expect(isReady(await probe(address, 2_000, never))).toBe(true)
  })
  test.each([500, 503])('an answer of %i is not', async (status) => {
    const address = await listening(createServer((_, response) => response.writeHead(status).end()))
    const answer = await probe(address, 2_000, never)
    expect(isReady(answer)).toBe(false)
    expect(explain(answer, 7860, [])).toBe(`It answers ${status}.`)
  })
  test('headers are enough: the body may go on for ever', async () => {
    const address = await listening(
      createServer((_, response) => {
        response.writeHead(200)
        response.write('first event')
      }),
    )
    expect(isReady(await probe(address, 2_000, never))).toBe(true)
  })
  test('a connection that is accepted and closed is nothing', async () => {
    const address = await listening(createTcpServer((socket) => socket.destroy()))
    expect(await probe(address, 2_000, never)).toEqual({ kind: 'nothing' })
  })
  test('a connection that stays open and silent', async () => {
    const address = await listening(createTcpServer((socket) => socket.unref()))
    expect(await probe(address, 50, never)).toEqual({ kind: 'silent' })
  })
  test('something else than HTTP', async () => {
    const address = await listening(createTcpServer((socket) => socket.end('SSH-2.0-x\r\n')))
    expect(await probe(address, 2_000, never)).toEqual({ kind: 'not-http' })
  })
  test('ends with the signal', async () => {
    const address = await listening(createTcpServer((socket) => socket.unref()))
    await expect(probe(address, 5_000, AbortSignal.timeout(20))).rejects.toThrow(/timeout/)
  })
})

describe('explain', () => {
  const nothing = { kind: 'nothing' } as const
  test.each([
    [[], 'Nothing answers on port 7860 yet.'],
    [[{ address: '0.0.0.0', port: 8000 }], 'The app listens on port 8000, not on 7860. Listen on 7860 (host 0.0.0.0).'],
    [[{ address: '::1', port: 7860 }], 'The app listens on port 7860 only on ::1. Listen on 0.0.0.0 (or 127.0.0.1).'],
    [[{ address: '0.0.0.0', port: 7860 }], 'The app listens on port 7860 and closes the connection.'],
  ])('%j', (listeners, words) => {
    expect(explain(nothing, 7860, listeners)).toBe(words)
  })
})

test.each([
  [{ kind: 'status', status: 503 } as const, [], 'It answers 503. Answer GET / with a status below 500.'],
  [{ kind: 'silent' } as const, [], 'Port 7860 takes the connection and does not answer. Answer GET / in HTTP.'],
  [
    { kind: 'nothing' } as const,
    [],
    'Nothing answers on port 7860. Listen on port 7860 (host 0.0.0.0); an app that needs longer sets startup_duration_timeout in the card.',
  ],
  [
    { kind: 'nothing' } as const,
    [{ address: '0.0.0.0', port: 8000 }],
    'The app listens on port 8000, not on 7860. Listen on 7860 (host 0.0.0.0).',
  ],
])('when its time is over, %j and %j end with a remedy', (answer, listeners, words) => {
  expect(explainTimeout(answer, 7860, listeners)).toBe(words)
})

test('tables of /proc/net are read', () => {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
  const row = (local: string, state: string, inode: string) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0 0 10 0\n`
  const one = '00000000000000000000000001000000'
  expect(parseListeners(head + row('0100007F:1EB4', '0A', '7') + row('0100007F:0050', '01', '8'))).toEqual([
    { address: '127.0.0.1', port: 7860, inode: '7' },
  ])
  expect(parseListeners(head + row(`${one}:1EB4`, '0A', '9')).map(({ address }) => address)).toEqual(['::1'])
  expect(parseListeners(head + row(`${'0'.repeat(32)}:1EB4`, '0A', '9')).map(({ address }) => address)).toEqual(['::'])
})
