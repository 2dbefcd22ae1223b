/** What the proxy itself answers: a page for a person, JSON for a program. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Page, pagePolicy, renderPage } from './page.ts'
import { waitingPage } from './waiting-page.ts'
import type { StageAnswer } from './wake.ts'

export type Refusal = {
  status: number
  /** One sentence that says what is wrong, and one that says what to do; empty where the first already does. */
  error: string
  remedy: string
  code: string
  /** Seconds after which it is worth trying again. */
  retryAfter?: number
  /** Without it, the page is made of the sentences. */
  page?: Page
  fields?: Readonly<Record<string, unknown>>
}

/** Whether a person waits in a browser window or frame for this answer, and so can be shown a page. */
export function isNavigation(request: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  if (request.method !== 'GET' || !(request.headers.accept ?? '').includes('text/html')) return false
  const mode = request.headers['sec-fetch-mode']
  const destination = request.headers['sec-fetch-dest']
  // Browsers send neither over plain http to anything but localhost.
  if (mode === undefined && destination === undefined) return true
  return mode === 'navigate' || destination === 'document' || destination === 'iframe'
}

/** Answers in full; where an answer has already begun, cuts it instead, so that it is not taken for a whole one. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const requestId = randomUUID()
  response.statusCode = refusal.status
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('X-Request-Id', requestId)
  response.setHeader('Vary', 'Accept, Sec-Fetch-Mode, Sec-Fetch-Dest')
  if (refusal.retryAfter !== undefined) response.setHeader('Retry-After', String(refusal.retryAfter))
  // What is left of the request's body is not worth reading.
  if (hasBody(request) && !request.complete) response.setHeader('Connection', 'close')
  let body: string
  if (isNavigation(request)) {
    const nonce = randomBytes(16).toString('base64')
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.setHeader('Content-Security-Policy', pagePolicy(nonce))
    body = renderPage(refusal.page ?? plainPage(refusal, request.headers.host ?? ''), nonce)
  } else {
    response.setHeader('Content-Type', 'application/json; charset=utf-8')
    const { error, remedy, code } = refusal
    body = JSON.stringify({ error, ...(remedy === '' ? {} : { remedy }), code, requestId, ...refusal.fields })
  }
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(request.method === 'HEAD' ? undefined : body)
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || request.headers['content-length'] !== undefined
}

function plainPage(refusal: Refusal, host: string): Page {
  return {
    title: refusal.error,
    status: { tone: 'failed', words: String(refusal.status) },
    heading: refusal.error,
    sentence: refusal.remedy,
    strip: { left: host, right: refusal.code },
  }
}

export const badRequest = (fault: string): Refusal => ({
  status: 400,
  error: fault,
  remedy: '',
  code: 'bad_request',
})

/** The same for a Space that is not there and for one that the visitor may not open. */
export function nothingHere(host: string, signInUrl: string): Refusal {
  return {
    status: 404,
    error: 'There is no Space at this address, or it is private.',
    remedy: 'Check the address, or sign in as somebody who may open it.',
    code: 'not_found',
    page: {
      title: 'No Space here',
      status: { tone: 'absent', words: '404' },
      heading: 'No Space here',
      sentence: 'There is no Space at this address, or it is private. If it should be yours to see, sign in.',
      link: { url: signInUrl, words: 'Sign in', signal: true },
      strip: { left: host, right: 'not found' },
    },
  }
}

export const storeAway: Refusal = {
  status: 503,
  error: 'Plaza cannot look this up right now.',
  remedy: 'Try again in a few seconds.',
  code: 'unavailable',
  retryAfter: 5,
}

export const noAnswer = (detail: string): Refusal => ({
  status: 502,
  error: `The app did not answer: ${detail}.`,
  remedy: 'Try again; if it stays so, the log of the Space says more.',
  code: 'bad_gateway',
})

export const misdirected = (host: string): Refusal => ({
  status: 421,
  error: 'This address belongs to one Space.',
  remedy: `Ask for ${host}.`,
  code: 'misdirected',
})

/** No 2xx: whoever is not a person must not take the waiting page for the app's own. */
export const starting = (stage: StageAnswer, host: string, now: Date): Refusal => ({
  status: 503,
  error: `${stage.title} is starting.`,
  remedy: 'Try again in a few seconds.',
  code: 'starting',
  retryAfter: 2,
  page: waitingPage(stage, host, now),
})

export const notRunning = (stage: StageAnswer, host: string, now: Date): Refusal => ({
  status: 503,
  error: stage.errorMessage ?? `${stage.title} is not running (${stage.stage}).`,
  remedy: `See ${stage.pageUrl}.`,
  code: 'not_running',
  retryAfter: 60,
  fields: { stage: stage.stage, errorMessage: stage.errorMessage ?? null },
  page: waitingPage(stage, host, now),
})

export const tooMany: Refusal = {
  status: 503,
  error: 'Too many requests wait for this Space to start.',
  remedy: 'Try again in a few seconds.',
  code: 'unavailable',
  retryAfter: 5,
}

export const tooLate: Refusal = {
  status: 503,
  error: 'The Space did not start in the time that a request is held.',
  remedy: 'Try again later; the page of the Space says how far it is.',
  code: 'unavailable',
  retryAfter: 30,
}
