/** Which platforms of this machine look after the firewall now, so that the last one can tidy up. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

/** Names in the kernel's own name space of sockets: they end with their process, and belong to one network namespace, as rules do. */
const presencePrefix = 'plaza-guard-'
let presences = 0

export function showPresence() {
  const server = createServer((socket) => socket.destroy()).unref()
  // That it cannot be shown costs nothing but rules that stay.
  server.on('error', () => undefined)
  server.listen(`\0${presencePrefix}${process.pid}-${(presences += 1)}`)
  return {
    end: async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      await promise
    },
  }
}

/** Asked after one's own has ended. */
export function othersArePresent(): boolean {
  try {
    return readFileSync('/proc/net/unix', 'utf8').includes(`@${presencePrefix}`)
  } catch {
    return true
  }
}
