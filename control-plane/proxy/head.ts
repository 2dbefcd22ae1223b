/**
 * What a request's head says, checked before anything is done with it (pure).
 *
 * Node's parser already refuses most ambiguous framing (both lengths, two lengths, bare CR or LF, folded lines, spaces
 * before the colon, malformed chunks); here is what it lets through and a proxy must not.
 */

/** The parts of `IncomingMessage` that a decision needs. */
export type RequestHead = {
  method: string
  /** The request-target, as it was sent. */
  url: string
  httpVersion: string
  /** Name, value, name, value, …, as they were sent. */
  rawHeaders: readonly string[]
}

export type CheckedHead = {
  method: string
  host: Host
  /** Path and query as they were sent, always beginning with `/`. */
  target: string
  body: BodyFraming
}

/** `name` in lower case, without the root's dot and without the port. */
export type Host = { name: string; port: string }

export type BodyFraming = { kind: 'none' } | { kind: 'length'; length: string } | { kind: 'chunked' }

export type HeadFault = { fault: string }

/** Letters, digits, `-`, `_`, `.` and `[v6]`: whatever else a Host header holds names nothing here. */
const hostSyntax = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5})?)?$/i
const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/i

export function checkHead(head: RequestHead): CheckedHead | HeadFault {
  if (head.httpVersion !== '1.1' && head.httpVersion !== '1.0') return { fault: 'Send HTTP/1.1.' }
  const body = bodyFraming(head)
  if ('fault' in body) return body
  const hosts = valuesOf(head.rawHeaders, 'host')
  if (hosts.length !== 1) return { fault: 'Send exactly one Host header.' }
  const host = parseHost(hosts[0] ?? '')
  if (!host) return { fault: 'The Host header is not a host name.' }
  const target = originForm(head.url, host)
  if (target === undefined) return { fault: 'The request target is not a path of this host.' }
  return { method: head.method, host, target, body }
}

/** Case, one trailing dot and the port do not make another host (RFC 9110 4.2.3). */
export function parseHost(value: string): Host | undefined {
  const match = hostSyntax.exec(value)
  if (!match) return undefined
  const name = (match[1] ?? '').toLowerCase()
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  return bare.split('.').includes('') ? undefined : { name: bare, port: match[2] ?? '' }
}

/** As a Host header, a forwarded host or the authority of a URL. */
export function hostText(host: Host): string {
  return host.port === '' ? host.name : `${host.name}:${host.port}`
}

/** Every value of a header, by its name in lower case. */
export function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const key = rawHeaders[at] ?? ''
    if (key.length === name.length && key.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? '')
  }
  return values
}

function bodyFraming(head: RequestHead): BodyFraming | HeadFault {
  const encodings = valuesOf(head.rawHeaders, 'transfer-encoding')
  const lengths = valuesOf(head.rawHeaders, 'content-length')
  if (encodings.length > 0) {
    if (lengths.length > 0) return { fault: 'Send Content-Length or Transfer-Encoding, not both.' }
    // HTTP/1.0 knows no chunks: whoever sends them and whoever reads on may disagree about where they end.
    if (head.httpVersion === '1.0') return { fault: 'HTTP/1.0 has no Transfer-Encoding.' }
    if (encodings.length > 1 || encodings[0]?.toLowerCase() !== 'chunked') {
      return { fault: 'The only Transfer-Encoding taken is chunked.' }
    }
    return { kind: 'chunked' }
  }
  if (lengths.length === 0) return { kind: 'none' }
  const length = lengths[0] ?? ''
  if (lengths.length > 1 || !/^[0-9]{1,16}$/.test(length)) return { fault: 'Send one Content-Length, a number.' }
  return { kind: 'length', length }
}

/** Both forms of a target that a server must take; an absolute one must name the host that the header names. */
function originForm(url: string, host: Host): string | undefined {
  if (url.includes('#')) return undefined
  if (url.startsWith('/')) return url
  const match = absoluteForm.exec(url)
  if (!match) return undefined
  const named = parseHost(match[1] ?? '')
  if (!named || named.name !== host.name) return undefined
  const rest = match[2] ?? ''
  return rest.startsWith('/') ? rest : `/${rest}`
}
