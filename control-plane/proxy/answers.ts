/** What the proxy itself answers: a page for a person, JSON for a program. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Said } from '../../web/words/english/server.ts'
import { type Words, wordsFor } from '../words.ts'
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
  /** For people, in their language; without it, the page is made of the sentences. */
  page?: (words: Words, host: string) => Page
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
  response.setHeader('Vary', 'Accept, Accept-Language, Sec-Fetch-Mode, Sec-Fetch-Dest')
  if (refusal.retryAfter !== undefined) response.setHeader('Retry-After', String(refusal.retryAfter))
  // What is left of the request's body is not worth reading.
  if (hasBody(request) && !request.complete) response.setHeader('Connection', 'close')
  let body: string
  if (isNavigation(request)) {
    const nonce = randomBytes(16).toString('base64')
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.setHeader('Content-Security-Policy', pagePolicy(nonce))
    const words = wordsFor(request.headers['accept-language'])
    const host = request.headers.host ?? ''
    const { status, code, error: heading, remedy: sentence } = refusal
    const page = refusal.page?.(words, host) ?? plainPage({ status, code, heading, sentence }, host)
    body = renderPage(page, nonce, words.lang)
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

function plainPage(refusal: Said & { status: number; code: string }, host: string): Page {
  const { status, code, heading, sentence } = refusal
  return {
    title: heading,
    status: { tone: 'failed', words: String(status) },
    heading,
    sentence,
    strip: { left: host, right: code },
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
    page: ({ nothingHere: { heading, sentence, signIn, strip } }) => ({
      title: heading,
      status: { tone: 'absent', words: '404' },
      heading,
      sentence,
      link: { url: signInUrl, words: signIn, signal: true },
      strip: { left: host, right: strip },
    }),
  }
}

export const storeAway = said(503, 'unavailable', ({ refusal }) => refusal.storeAway, 5)

export const noAnswer = (detail: string): Refusal => said(502, 'bad_gateway', ({ refusal }) => refusal.noAnswer(detail))

export const misdirected = (host: string): Refusal =>
  said(421, 'misdirected', ({ refusal }) => refusal.misdirected(host))

/** No 2xx: whoever is not a person must not take the waiting page for the app's own. */
export const starting = (stage: StageAnswer, host: string, now: Date): Refusal => ({
  status: 503,
  error: `${stage.title} is starting.`,
  remedy: 'Try again in a few seconds.',
  code: 'starting',
  retryAfter: 2,
  page: (words) => waitingPage(stage, host, now, words),
})

export const notRunning = (stage: StageAnswer, host: string, now: Date): Refusal => ({
  status: 503,
  error: stage.errorMessage ?? `${stage.title} is not running (${stage.stage}).`,
  remedy: `See ${stage.pageUrl}.`,
  code: 'not_running',
  retryAfter: 60,
  fields: { stage: stage.stage, errorMessage: stage.errorMessage ?? null },
  page: (words) => waitingPage(stage, host, now, words),
})

export const tooMany = said(503, 'unavailable', ({ refusal }) => refusal.tooMany, 5)

export const tooLate = said(503, 'unavailable', ({ refusal }) => refusal.tooLate, 30)

/** Programs get it in English, people in their language. */
function said(status: number, code: string, choose: (words: Words) => Said, retryAfter?: number): Refusal {
  const { heading: error, sentence: remedy } = choose(wordsFor(undefined))
  return {
    status,
    error,
    remedy,
    code,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    page: (words, host) => plainPage({ status, code, ...choose(words) }, host),
  }
}
