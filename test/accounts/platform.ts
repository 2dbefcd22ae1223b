/** The accounts part and its routes behind a real HTTP server on a database of its own, and a browser's cookie jar. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import express, { type NextFunction, type Request, type Response } from 'express'
import { type Accounts, openAccounts, type SignInLimits } from '../../control-plane/accounts/accounts.ts'
import { PlazaError } from '../../control-plane/errors.ts'
import { openAccess } from '../../control-plane/hub/access.ts'
import { accountRouter } from '../../control-plane/hub/account.ts'
import { notificationsRouter } from '../../control-plane/hub/notifications.ts'
import { peopleRouter } from '../../control-plane/hub/people.ts'
import { sessionsRouter } from '../../control-plane/hub/sessions.ts'
import { signInRoutes } from '../../control-plane/hub/sign-in.ts'
import { tokenRoutes } from '../../control-plane/hub/tokens.ts'
import { whoamiRoutes } from '../../control-plane/hub/whoami.ts'
import type { Store } from '../../control-plane/store/database.ts'
import { testDatabase } from '../store/database.ts'

export type Platform = AsyncDisposable & { store: Store; accounts: Accounts; url: URL; key: Buffer; visitor(): Visitor }

export type Answer = { status: number; body: unknown; headers: Headers }

/** Keeps cookies and sends the page's Origin, unless told otherwise. */
export type Visitor = {
  cookies: Map<string, string>
  /** The `Set-Cookie` values of the last answer. */
  setCookies: string[]
  send(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string>; origin?: string | null },
  ): Promise<Answer>
}

export async function testPlatform(
  options: {
    signUp?: 'open' | 'closed'
    limits?: Partial<SignInLimits>
    /** What people see in their address bar, where it is not the server's own address. */
    url?: URL
    store?: Store
    key?: Buffer
  } = {},
): Promise<Platform> {
  const database = options.store ? undefined : await testDatabase()
  const store = options.store ?? database?.store
  if (!store) throw new Error('no store')
  const app = express()
  const server = createServer(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const base = new URL(`http://127.0.0.1:${address.port}`)
  const url = options.url ?? base
  const key = options.key ?? Buffer.alloc(32, 7)
  const accounts = openAccounts({
    store,
    url,
    key,
    signUp: options.signUp ?? 'open',
    ...(options.limits && { limits: options.limits }),
  })
  app.use(signInRoutes({ accounts }))
  app.use(tokenRoutes({ accounts, store }))
  const access = openAccess({ store, accounts })
  app.use(accountRouter({ store, access, accounts }))
  app.use(sessionsRouter({ store, access }))
  app.use(notificationsRouter({ store, access }))
  app.use(peopleRouter({ store, access }))
  app.use(
    whoamiRoutes({
      accounts,
      install: () => ({
        name: 'Test',
        url: url.href,
        spacesDomain: 'spaces.localhost',
        signUp: accounts.signUpOpen,
        isolated: false,
        containers: false,
        newInstall: true,
      }),
    }),
  )
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (error instanceof PlazaError) {
      response
        .status(error.status)
        .json({ error: error.message, remedy: error.remedy, code: error.code, ...error.fields })
    } else if (error instanceof Error && 'status' in error && typeof error.status === 'number') {
      response.status(error.status).json({ error: error.message })
    } else {
      response.status(500).json({ error: String(error) })
    }
  })
  return {
    store,
    accounts,
    url,
    key,
    visitor: () => visitor(base, url),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await database?.[Symbol.asyncDispose]()
    },
  }
}

function visitor(base: URL, url: URL): Visitor {
  const self: Visitor = {
    cookies: new Map(),
    setCookies: [],
    async send(method, path, { body, headers = {}, origin = url.origin } = {}) {
      const response = await fetch(new URL(path, base), {
        method,
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(origin !== null && { origin }),
          ...(self.cookies.size > 0 && { cookie: [...self.cookies].map((pair) => pair.join('=')).join('; ') }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000),
      })
      self.setCookies = response.headers.getSetCookie()
      for (const cookie of self.setCookies) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
        if (value === '' || /max-age=0/i.test(cookie)) self.cookies.delete(name)
        else self.cookies.set(name, value)
      }
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers }
    },
  }
  return self
}
