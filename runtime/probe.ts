/**
 * Whether an app answers, and if not, why, in words for its author. A TCP accept says nothing: pasta and load balancers
 * accept before anything listens. Ready is any HTTP answer below 500.
 */
import { request } from 'node:http'

export type Answer =
  | { kind: 'status'; status: number }
  /** Connection refused, or closed without a word. */
  | { kind: 'nothing' }
  /** The connection stayed open without an answer for `timeout`. */
  | { kind: 'silent' }
  | { kind: 'not-http' }

/** A listening socket of the app, as it sees it itself: `address` is `0.0.0.0`, `127.0.0.1`, `::`, `::1`, … */
export type Listener = { address: string; port: number }

/** Asks once. `timeout` in milliseconds. Rejects only with the signal's reason. */
export function probe(
  address: { host: string; port: number },
  timeout: number,
  signal: AbortSignal,
  path = '/',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const asked = request({
      ...address,
      path,
      agent: false,
      timeout,
      signal,
      headers: { 'User-Agent': 'plaza-probe', Accept: '*/*', Connection: 'close' },
    })
    asked.on('response', (response) => {
      resolve({ kind: 'status', status: response.statusCode ?? 0 })
      response.destroy()
    })
    // An answer of 101 or to CONNECT is an answer too.
    asked.on('upgrade', (response, socket) => {
      resolve({ kind: 'status', status: response.statusCode ?? 101 })
      socket.destroy()
    })
    asked.on('timeout', () => {
      resolve({ kind: 'silent' })
      asked.destroy()
    })
    asked.on('error', (error) => {
      if (signal.aborted) reject(signal.reason)
      else resolve({ kind: 'code' in error && String(error.code).startsWith('HPE_') ? 'not-http' : 'nothing' })
    })
    asked.end()
  })
}

export const isReady = (answer: Answer): boolean => answer.kind === 'status' && answer.status < 500

/** What a probe saw, and what to do about it. `listeners` are all sockets that the app listens on. */
export function explain(answer: Answer, port: number, listeners: readonly Listener[]): string {
  const here = listeners.filter((listener) => listener.port === port)
  const elsewhere = [...new Set(listeners.map((listener) => listener.port))]
    .filter((other) => other !== port)
    .sort(byValue)
  const everywhere = 'Listen on 0.0.0.0'
  switch (answer.kind) {
    case 'status':
      return `It answers ${answer.status}.`
    case 'not-http':
      return `Port ${port} answers, but not in HTTP.`
    case 'silent':
      return `Port ${port} takes the connection and does not answer.`
    case 'nothing':
      if (here.length > 0 && here.every(({ address }) => address === '::1'))
        return `The app listens on port ${port} only on ::1. ${everywhere} (or 127.0.0.1).`
      if (here.length === 0 && elsewhere.length > 0)
        return `The app listens on port ${elsewhere.join(' and ')}, not on ${port}. Listen on ${port} (host 0.0.0.0).`
      if (here.length > 0) return `The app listens on port ${port} and closes the connection.`
      return `Nothing answers on port ${port} yet.`
  }
}

/** For an app whose time is over: what the last probe saw, and always a remedy. */
export function explainTimeout(answer: Answer, port: number, listeners: readonly Listener[]): string {
  const seen = explain(answer, port, listeners)
  switch (answer.kind) {
    case 'status':
      return `${seen} Answer GET / with a status below 500.`
    case 'not-http':
    case 'silent':
      return `${seen} Answer GET / in HTTP.`
    case 'nothing':
      if (seen.includes('Listen on')) return seen
      return listeners.length > 0
        ? `${seen} Answer GET / in HTTP.`
        : `${seen.replace(/ yet\.$/, '.')} Listen on port ${port} (host 0.0.0.0); an app that needs longer sets startup_duration_timeout in the card.`
  }
}

const byValue = (one: number, other: number) => one - other

/** Listening sockets in a table of /proc/net/tcp or tcp6, with their inodes. */
export function parseListeners(table: string): (Listener & { inode: string })[] {
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    const [host, port] = (fields[1] ?? '').split(':')
    // 0A is TCP_LISTEN.
    if (fields[3] !== '0A' || host === undefined || port === undefined) return []
    return [{ address: textAddress(host), port: Number.parseInt(port, 16), inode: fields[9] ?? '' }]
  })
}

/** The kernel prints addresses as 32-bit words in the machine's byte order (little-endian on all that Node runs on here). */
function textAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex')].toReversed())
  if (bytes.length === 4) return bytes.join('.')
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  if (mapped) return bytes.slice(12).join('.')
  if (bytes.slice(0, 15).every((byte) => byte === 0)) return bytes[15] === 0 ? '::' : `::${bytes[15]}`
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bytes[index * 2] ?? 0) * 256 + (bytes[index * 2 + 1] ?? 0)).toString(16),
  )
  return groups.join(':')
}
