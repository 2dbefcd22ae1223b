/** The sockets that an app in a container listens on, and what to say of them. */
import { readFileSync } from 'node:fs'
import { parseListeners, type Listener } from '../probe.ts'

/** @param pid of any process in the container, on this machine. */
export function listenersOf(pid: number): Listener[] {
  return (
    ['tcp', 'tcp6']
      .flatMap((table) => parseListeners(read(`/proc/${pid}/net/${table}`)))
      // The engine's own resolver.
      .filter(({ address }) => address !== '127.0.0.11')
  )
}

/**
 * A container is reached by its address: an app that listens on loopback alone looks closed from outside (pure).
 * @param words what a probe gave, in words that hold where loopback is reached too.
 */
export function sayLoopback(words: string, port: number, listeners: readonly Listener[]): string {
  const here = listeners.filter((listener) => listener.port === port)
  const loopback = here.length > 0 && here.every(({ address }) => address.startsWith('127.') || address === '::1')
  if (!loopback) return words
  const hint = `The app listens on port ${port} only on ${here[0]?.address}. Listen on 0.0.0.0.`
  return words.replace(/The app listens on port .*$/s, hint)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
