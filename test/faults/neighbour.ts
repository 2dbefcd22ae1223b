/**
 * A stand-in for machines beside this one: a network namespace of its own with the addresses that are wanted, each answering
 * at port 8099. This machine has routes to them for as long as it lives. No packet leaves the machine.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)
const limit = () => AbortSignal.timeout(10_000)

export const neighbourPort = 8099

const server = `
import socket
server = socket.create_server(('0.0.0.0', ${neighbourPort}), backlog=100)
print('up', flush=True)
while True:
    one, _ = server.accept()
    one.close()`

/** @param device at most 13 characters, and none that the platform takes for a Space's. Needs root. */
export async function startNeighbour(device: string, addresses: readonly string[]): Promise<AsyncDisposable> {
  const neighbour = spawn(
    'unshare',
    ['-n', '/bin/sh', '-c', 'echo here; read -r go; exec /usr/bin/python3 -c "$1"', 'sh', server],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const end = async () => {
    // The pair goes with its namespace, and the routes with the pair.
    const ended = once(neighbour, 'exit', { signal: limit() })
    if (neighbour.kill('SIGKILL')) await ended
    await run('ip', ['link', 'del', device]).catch(() => undefined)
  }
  try {
    await once(neighbour.stdout, 'data', { signal: limit() })
    const pid = String(neighbour.pid)
    const there = async (...args: string[]) => await run('nsenter', ['-t', pid, '-n', 'ip', ...args])
    await run('ip', ['link', 'add', device, 'type', 'veth', 'peer', 'name', `${device}b`, 'netns', pid])
    // Addresses for documentation (RFC 5737), so that its own do not count as private.
    await run('ip', ['addr', 'add', '198.51.100.1/32', 'dev', device])
    await run('ip', ['link', 'set', device, 'up'])
    await there('link', 'set', `${device}b`, 'up')
    for (const address of addresses) await there('addr', 'add', `${address}/32`, 'dev', `${device}b`)
    await there('route', 'add', '198.51.100.1', 'dev', `${device}b`)
    await there('route', 'add', 'default', 'via', '198.51.100.1')
    for (const address of addresses) await run('ip', ['route', 'add', `${address}/32`, 'dev', device])
    neighbour.stdin.end('go\n')
    await once(neighbour.stdout, 'data', { signal: limit() })
    return { [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}
