/** Who may go on to which Space: head → route → access. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Access } from './access.ts'
import { badRequest, isNavigation, misdirected, nothingHere, type Refusal } from './answers.ts'
import { type Visitor, withoutSign } from './forwarded-headers.ts'
import { type CheckedHead, checkHead, hostText } from './head.ts'
import type { Routes, SpaceRoute } from './routes.ts'
import type { Visit } from './visit.ts'
import { plainAddress } from './visitor.ts'

export type Admitted = {
  spaceId: string
  visibility: SpaceRoute['visibility']
  head: CheckedHead
  /** Without `__sign`. */
  target: string
  cookies: readonly string[]
}

export class Admission {
  readonly #routes: Routes
  readonly #access: Access
  readonly #protocol: Visitor['protocol']
  readonly #platformUrl: URL

  constructor(routes: Routes, access: Access, protocol: Visitor['protocol'], platformUrl: URL) {
    this.#routes = routes
    this.#access = access
    this.#protocol = protocol
    this.#platformUrl = platformUrl
  }

  /** Who may go on, or why not, or that it has been answered. @throws where the store is away. */
  async admit({ request, response, upgrade }: Visit): Promise<Admitted | Refusal | { answered: true }> {
    const head = admitHead(request, response)
    if ('status' in head) return head
    if (upgrade && head.body.kind !== 'none' && !(head.body.kind === 'length' && Number(head.body.length) === 0)) {
      return badRequest('A websocket begins with a request without a body.')
    }
    const route = this.#routes.find(head.host.name)
    const here = this.#routes.find(plainAddress(request.socket.localAddress))
    // A page elsewhere whose name was pointed here (DNS rebinding) names itself, not this address.
    if (here && here !== route) return misdirected(hostText({ name: here.address ?? '', port: head.host.port }))
    const access = route && (await this.#access.check(route, head.target, request.rawHeaders))
    const moved = route ? undefined : this.#routes.findMoved(head.host.name)
    // Where a private one went is nobody's business.
    if (moved?.visibility === 'public' && !upgrade) {
      const host = hostText({ name: this.#routes.hostName(moved), port: head.host.port })
      response.writeHead(307, {
        Location: `${this.#protocol}://${host}${head.target}`,
        'Cache-Control': 'no-store',
        'Content-Length': 0,
      })
      response.end()
      return { answered: true }
    }
    if (!route || !access?.allowed) return this.nothingHere(head)
    const target = withoutSign(head.target)
    const cookies = 'cookie' in access ? [access.cookie] : []
    if (cookies.length > 0 && isNavigation(request)) {
      response.writeHead(302, {
        Location: `${this.#protocol}://${hostText(head.host)}${target}`,
        'Set-Cookie': [...cookies],
        'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer',
        'Content-Length': 0,
      })
      response.end()
      return { answered: true }
    }
    return { spaceId: route.spaceId, visibility: route.visibility, head, target, cookies }
  }

  /** Whether one that was admitted before the Space became another still would be. @throws where the store is away. */
  async isOpen(route: SpaceRoute, { request }: Visit, head: CheckedHead): Promise<boolean> {
    return (await this.#access.check(route, head.target, request.rawHeaders)).allowed
  }

  nothingHere(head: CheckedHead): Refusal {
    const host = hostText(head.host)
    // The platform's page, which leads back here with a signed link.
    const signIn = new URL('/sign-in', this.#platformUrl)
    signIn.searchParams.set('space', `${this.#protocol}://${host}${withoutSign(head.target)}`)
    return nothingHere(host, signIn.href)
  }
}

/** The head of any request, or why it is refused: then nothing that follows it on its connection is read. */
export function admitHead(request: IncomingMessage, response: ServerResponse): CheckedHead | Refusal {
  const { method = '', url = '', httpVersion, rawHeaders } = request
  const head = checkHead({ method, url, httpVersion, rawHeaders })
  if (!('fault' in head)) return head
  response.setHeader('Connection', 'close')
  return badRequest(head.fault)
}
