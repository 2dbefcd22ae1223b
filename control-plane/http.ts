/** The platform's express app: what every request passes, in order, and the one map from errors to answers. */
import { randomUUID } from 'node:crypto'
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express'
import { ZodError } from 'zod'
import { PlazaError } from './errors.ts'
import type { Logger } from './log.ts'
import { isStoreAway, sqlState } from './store/database.ts'

/** What a browser's JavaScript may read of our answers, as the hub exposes it. */
const exposedHeaders =
  'X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range'

/** What pages of other origins may ask for: the API, and files of repositories. */
const openPaths = /^\/(api|spaces\/[^/]+\/[^/]+\/(resolve|raw))\//

export type HttpParts = {
  log: Logger
  /** Origins that the page may frame: the Spaces' own, e.g. `http://*.spaces.localhost:8420`. */
  frames: string
  /** In order; git's before the JSON parser, since it reads bodies as streams. */
  routers: readonly Router[]
  page: Router
}

export function createApp(parts: HttpParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use(requestId)
  app.use(secure(parts.frames))
  for (const router of parts.routers) app.use(router)
  app.use('/api', (_request, _response, next) => {
    next(new PlazaError('not_found', 'There is no such route.'))
  })
  app.use(parts.page)
  app.use(toAnswer(parts.log))
  return app
}

/** For routers that read JSON; the limit is far above what any of them needs. */
export function jsonBody(): RequestHandler {
  return express.json({ limit: '4mb', strict: false })
}

const requestId: RequestHandler = (_request, response, next) => {
  response.setHeader('X-Request-Id', randomUUID())
  next()
}

/** No inline script, nothing framed but Spaces, nobody frames us. */
function secure(frames: string): RequestHandler {
  const policy = [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    `frame-src ${frames}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
  return (request, response, next) => {
    response.setHeader('Content-Security-Policy', policy)
    response.setHeader('X-Content-Type-Options', 'nosniff')
    response.setHeader('Referrer-Policy', 'strict-origin-when-cross-origin')
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    // Tokens work from any page; cookies never do, since no credentials are allowed.
    if (openPaths.test(request.path)) {
      response.setHeader('Access-Control-Allow-Origin', '*')
      response.setHeader('Access-Control-Expose-Headers', exposedHeaders)
      if (request.method === 'OPTIONS') {
        response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type')
        response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE')
        response.setHeader('Access-Control-Max-Age', '86400')
        response.status(204).end()
        return
      }
    }
    next()
  }
}

function toAnswer(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const known = toPlazaError(error)
    if (!known) log.error({ err: error, method: request.method, path: request.path }, 'a request failed')
    if (response.headersSent) {
      response.destroy()
      return
    }
    const message = known ? [known.message, known.remedy].filter(Boolean).join(' ') : 'The platform made a mistake.'
    if (known?.hubCode) response.setHeader('X-Error-Code', known.hubCode)
    response.setHeader('X-Error-Message', asHeader(message))
    response.status(known?.status ?? 500).json({
      error: message,
      ...(known ? { code: known.code } : {}),
      ...(known?.remedy ? { remedy: known.remedy } : {}),
      requestId: response.getHeader('X-Request-Id'),
      ...known?.fields,
    })
  }
}

function toPlazaError(error: unknown): PlazaError | undefined {
  if (error instanceof PlazaError) return error
  if (error instanceof ZodError) {
    const issue = error.issues[0]
    const where = issue?.path.join('.') ?? ''
    return new PlazaError(
      'bad_request',
      [where, issue?.message].filter(Boolean).join(': ') || 'The request is not valid.',
    )
  }
  // PostgreSQL keeps no text with a zero character (22021, 22P05 in JSON): no stored name or value can be what was meant.
  if (['22021', '22P05'].includes(sqlState(error))) {
    return new PlazaError('bad_request', 'The request holds a zero character.', 'Leave it out.')
  }
  if (isStoreAway(error)) {
    return new PlazaError('unavailable', 'Plaza cannot look this up right now.', 'Try again in a few seconds.')
  }
  // body-parser and express itself: an unreadable body, a path that cannot be decoded.
  if (error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500) {
    return new PlazaError(error.status === 413 ? 'payload_too_large' : 'bad_request', error.message)
  }
  return undefined
}

/** Header values are latin-1 without line ends. */
function asHeader(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 500)
}
