/** A port of loopback that leads to an app elsewhere: the browser is given that port and nothing else of the network. */
import net from 'node:net'
import type { Address } from '../../runtime/runtime.ts'
import type { OnePage } from './one-page.ts'

/** Milliseconds. */
const connectWithin = 5_000

export async function forwardTo(address: Address): Promise<OnePage> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((visitor) => {
    const app = net.connect(address)
    app.setTimeout(connectWithin, () => app.destroy()).once('connect', () => app.setTimeout(0))
    for (const [from, to] of [
      [visitor, app],
      [app, visitor],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.once('close', () => {
        sockets.delete(from)
        to.destroySoon()
      })
      from.pipe(to)
    }
  })
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('A listening server has a port.')
  return {
    url: new URL(`http://127.0.0.1:${bound.port}/`),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
