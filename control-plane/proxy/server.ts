/** The one HTTP server of an install's port: what is for a Space, and what is for the platform. */
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { admitHead } from './admission.ts'
import { refuse } from './answers.ts'
import type { Proxy } from './proxy.ts'

/**
 * Spaces to the proxy, everything else to the platform. It takes strictly formed HTTP only, and sets no limit on the
 * time of a body or an answer.
 */
export function createProxyServer(platform: RequestListener, proxy: Proxy): http.Server {
  const isSpace = (request: IncomingMessage) => proxy.owns(request.headers.host, request.socket.localAddress)
  const dispatch = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => {
    if (isSpace(request)) {
      proxy.request(request, response)
      return
    }
    const head = admitHead(request, response)
    if ('status' in head) {
      refuse(request, response, head)
      return
    }
    if (awaitsContinue) response.writeContinue()
    platform(request, response)
  }
  const server = new ProxyServer(proxy, {
    insecureHTTPParser: false,
    requireHostHeader: true,
    maxHeaderSize: 64 * 1024,
    headersTimeout: 30_000,
    requestTimeout: 0,
    connectionsCheckingInterval: 5_000,
    // Longer than what load balancers in front keep (60 s), so that it is they who close.
    keepAliveTimeout: 75_000,
    noDelay: true,
    shouldUpgradeCallback: (request) =>
      request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket' && isSpace(request),
  })
  server.timeout = 0
  // Bounded by their size; a count would drop the last ones without a word.
  server.maxHeadersCount = 0
  server.on('request', (request, response) => dispatch(request, response, false))
  server.on('checkContinue', (request, response) => dispatch(request, response, true))
  server.on('upgrade', (request, socket, first) => proxy.upgrade(request, socket, first))
  server.on('connect', (_request, socket) => {
    socket.on('error', () => {})
    socket.end(
      'HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    )
  })
  return server
}

/** An HTTP server that closes its websockets too: `close()` waits for them, and Node leaves them to whoever has them. */
class ProxyServer extends http.Server {
  readonly #proxy: Proxy

  constructor(proxy: Proxy, options: http.ServerOptions) {
    super(options)
    this.#proxy = proxy
  }

  override closeAllConnections(): void {
    super.closeAllConnections()
    this.#proxy.closeWebsockets()
  }
}
