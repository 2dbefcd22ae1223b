/** Which headers pass from a visitor to an app and back, and which are the proxy's own (pure). */
import { type BodyFraming, type Host, hostText } from './head.ts'

export type Visitor = {
  /** Address of the connection's other end. */
  address: string
  /** Whether that end is a proxy of the operator's, whose word about the visitor counts. */
  trusted: boolean
  /** How people reach this install: `https` also where a load balancer ends TLS. */
  protocol: 'http' | 'https'
}

/** Our cookies on a Space's origin, and on the platform's; a Space neither sees nor sets them. */
export const cookiePrefix = 'plaza_'

const platformCookie = /^(?:__secure-|__host-)?(?:plaza[._-]|better-auth\.)/i

/** RFC 9110 7.6.1, and what belongs to the connection by other names. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** A `Connection` header may not remove what holds the message together. */
const neverNamed = new Set(['host', 'content-length'])

/** Whether a header says who the visitor is: written by us, so taken from nobody else. */
function tellsVisitor(name: string): boolean {
  return name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip'
}

/**
 * Headers for the app, as a flat list of names and values: the visitor's own without what belongs to the connection
 * or to the platform, then where the visitor comes from. `upgrade` keeps the request for a websocket.
 */
export function requestHeaders(
  rawHeaders: readonly string[],
  request: { host: Host; visitor: Visitor; body: BodyFraming; method: string; upgrade: boolean },
): string[] {
  const named = namedByConnection(rawHeaders)
  const headers = ['Host', hostText(request.host)]
  const forwardedFor: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const key = rawHeaders[at] ?? ''
    const value = rawHeaders[at + 1] ?? ''
    // WSGI reads X_Forwarded_For and X-Forwarded-For as one variable, so they are one name here too.
    const name = key.toLowerCase().replaceAll('_', '-')
    if (hopByHop.has(name) || named.has(name)) continue
    if (name === 'x-forwarded-for' && request.visitor.trusted) forwardedFor.push(value)
    if (tellsVisitor(name)) continue
    switch (name) {
      case 'host':
      case 'content-length':
      case 'x-hf-authorization':
      // `Proxy: …` becomes HTTP_PROXY in CGI-like environments.
      case 'proxy':
        continue
      case 'authorization':
        if (!holdsPlatformToken(value)) headers.push(key, value)
        continue
      case 'cookie': {
        const kept = withoutPlatformCookies(value)
        if (kept !== '') headers.push(key, kept)
        continue
      }
      case 'referer':
        headers.push(key, withoutSign(value))
        continue
      default:
        headers.push(key, value)
    }
  }
  forwardedFor.push(request.visitor.address)
  const { protocol } = request.visitor
  headers.push('X-Forwarded-For', forwardedFor.join(', '))
  headers.push('X-Forwarded-Host', hostText(request.host))
  headers.push('X-Forwarded-Proto', protocol)
  headers.push('X-Forwarded-Port', request.host.port === '' ? (protocol === 'https' ? '443' : '80') : request.host.port)
  if (request.upgrade) headers.push('Connection', 'Upgrade', 'Upgrade', 'websocket')
  else headers.push(...framing(request.body, request.method))
  return headers
}

function framing(body: BodyFraming, method: string): string[] {
  switch (body.kind) {
    case 'length':
      return ['Content-Length', body.length]
    case 'chunked':
      return ['Transfer-Encoding', 'chunked']
    case 'none':
      return method === 'POST' || method === 'PUT' || method === 'PATCH' ? ['Content-Length', '0'] : []
  }
}

/**
 * Headers for the visitor, as a flat list. Content-Length stays, chunks are made anew.
 * @param hostName the Space's own, in lower case: cookies for any other domain become cookies of this host alone.
 * @param own headers that the Space's card asks for; they stand before what the app says.
 */
export function responseHeaders(
  rawHeaders: readonly string[],
  hostName: string,
  own: Readonly<Record<string, string>> = {},
): string[] {
  const named = namedByConnection(rawHeaders)
  const headers: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const key = rawHeaders[at] ?? ''
    const value = rawHeaders[at + 1] ?? ''
    const name = key.toLowerCase()
    if (hopByHop.has(name) || (named.has(name) && !neverNamed.has(name)) || Object.hasOwn(own, name)) continue
    if (name === 'set-cookie') {
      const cookie = ownCookie(value, hostName)
      if (cookie !== undefined) headers.push(key, cookie)
      continue
    }
    headers.push(key, value)
  }
  for (const [name, value] of Object.entries(own)) headers.push(name, value)
  return headers
}

/** The query without `__sign`, every other byte as it was. */
export function withoutSign(target: string): string {
  const question = target.indexOf('?')
  if (question === -1 || !target.includes('__sign', question)) return target
  const kept = target
    .slice(question + 1)
    .split('&')
    .filter((parameter) => parameterName(parameter) !== '__sign')
  return kept.length === 0 ? target.slice(0, question) : `${target.slice(0, question)}?${kept.join('&')}`
}

/** The first `__sign` of a query. */
export function signOf(target: string): string | undefined {
  const question = target.indexOf('?')
  if (question === -1 || !target.includes('__sign', question)) return undefined
  const parameter = target
    .slice(question + 1)
    .split('&')
    .find((parameter) => parameterName(parameter) === '__sign')
  return parameter?.slice(parameter.indexOf('=') + 1)
}

function parameterName(parameter: string): string {
  const equals = parameter.indexOf('=')
  return equals === -1 ? parameter : parameter.slice(0, equals)
}

/** `Bearer hf_…`, or Basic with such a token as name or password. Another Authorization is the app's own affair. */
function holdsPlatformToken(value: string): boolean {
  const [scheme = '', credentials = ''] = value.trim().split(/\s+/, 2)
  if (credentials.startsWith('hf_')) return true
  if (scheme.toLowerCase() !== 'basic') return scheme.startsWith('hf_')
  const [name = '', ...password] = Buffer.from(credentials, 'base64').toString('latin1').split(':')
  return name.startsWith('hf_') || password.join(':').startsWith('hf_')
}

function withoutPlatformCookies(value: string): string {
  if (!value.includes('plaza') && !/better-auth/i.test(value) && !/plaza/i.test(value)) return value
  return value
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !platformCookie.test(pair))
    .join('; ')
}

/** A cookie that stays on the host which set it; undefined where it is named like one of ours. */
function ownCookie(value: string, hostName: string): string | undefined {
  if (platformCookie.test(value.trimStart())) return undefined
  if (!/domain/i.test(value)) return value
  const [pair = '', ...attributes] = value.split(';')
  const kept = attributes.filter((attribute) => {
    const [name = '', domain = ''] = attribute.split('=', 2)
    if (name.trim().toLowerCase() !== 'domain') return true
    const asked = domain.trim().toLowerCase().replace(/^\./, '')
    return asked === hostName || asked.endsWith(`.${hostName}`)
  })
  return [pair, ...kept].join(';')
}

function namedByConnection(rawHeaders: readonly string[]): ReadonlySet<string> {
  let names: Set<string> | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const key = rawHeaders[at] ?? ''
    if (key.length !== 10 || key.toLowerCase() !== 'connection') continue
    for (const name of (rawHeaders[at + 1] ?? '').split(',')) (names ??= new Set()).add(name.trim().toLowerCase())
  }
  return names ?? nothing
}
const nothing: ReadonlySet<string> = new Set()
