import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import { AddressListeners } from '../../control-plane/proxy/addresses.ts'
import { publish } from '../../control-plane/store/changes.ts'
import { testDatabase } from '../store/database.ts'
import { ask, openApp, openGate } from './gate.ts'

const address = '127.83.7.1'
const other = '127.83.7.2'

test.skipIf(process.platform !== 'linux')(
  'a Space answers at its own loopback address, only for that host and its name (needs Linux: 127.0.0.0/8)',
  async () => {
    await using db = await testDatabase()
    await using gate = await openGate(db.store)
    await using listeners = new AddressListeners(gate.server, gate.proxy.addresses, gate.port)
    expect(listeners).toBeDefined()
    await using app = await openApp((request, response) =>
      response.end([request.headers.host, request.headers['x-forwarded-host']].join(' ')),
    )
    const id = await gate.space('one', { target: app.target, address })
    await gate.space('two', { target: app.target, address: other })
    for (const one of [address, other]) await expect.poll(async () => await reaches(one, gate.port)).toBe(true)

    const host = `${address}:${gate.port}`
    expect((await ask(gate, host, { localAddress: address })).body).toBe(`${host} ${host}`)
    expect((await ask(gate, gate.host('one'), { localAddress: address })).status).toBe(200)
    for (const stranger of [
      'evil.example',
      'localhost',
      `localhost:${gate.port}`,
      gate.host('two'),
      `${other}:${gate.port}`,
    ]) {
      expect((await ask(gate, stranger, { localAddress: address })).status).toBe(421)
    }
    await db.store.transaction(async (tx) => {
      await tx.db.updateTable('spaces').set({ deleted_at: new Date() }).where('id', '=', id).execute()
      await publish(tx, { type: 'space', spaceId: id })
    })
    await expect
      .poll(
        async () =>
          await ask(gate, host, { localAddress: address }).then(
            () => 'open',
            () => 'closed',
          ),
      )
      .toBe('closed')
    expect((await ask(gate, `${other}:${gate.port}`, { localAddress: other })).status).toBe(200)
  },
)

async function reaches(host: string, port: number): Promise<boolean> {
  const socket = net.connect(port, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
