/**
 * Sign-in by people: passwords, sessions and their cookies, by better-auth's core on the store's own tables.
 * Its endpoints are called as functions and none is mounted, so only what hub/sign-in.ts offers can be reached.
 */
import { createHmac, randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { betterAuth } from 'better-auth'
import { createAuthEndpoint, isAPIError } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import { username } from 'better-auth/plugins'
import { z } from 'zod'
import { PlazaError } from '../errors.ts'
import type { Store } from '../store/database.ts'
import { findAccount, longestPassword, type Role, shortestPassword } from './account.ts'
import { nameKey, nameProblem } from './name.ts'
import { endSessions, touchSession } from './session-list.ts'

export type SignUp = { name: string; fullname: string; email: string; password: string }

/** `login`: the name, or the address where it has an `@`, which no name has. */
export type SignIn = { login: string; password: string; remember: boolean }

/** Where a request comes from, kept with the session that it opens. */
export type Origin = { headers: IncomingHttpHeaders; address: string | undefined }

/** What a browser must be told: the values of `Set-Cookie`. */
export type Cookies = readonly string[]

export type SignedIn = { accountId: string; cookies: Cookies }

export type Session = { sessionId: string; accountId: string; name: string; role: Role }

export type Sessions = {
  /** Whose session the cookie is, or undefined. */
  find(headers: IncomingHttpHeaders): Promise<Session | undefined>
  /** The same, and the cookies that make it last longer where that is due. */
  renew(headers: IncomingHttpHeaders): Promise<{ session: Session | undefined; cookies: Cookies }>
  /** @throws PlazaError bad_request, or conflict where the name or address is taken. */
  signUp(account: SignUp, from: Origin): Promise<SignedIn>
  /** @throws PlazaError unauthenticated, the same for an unknown name and a wrong password. */
  signIn(credentials: SignIn, from: Origin): Promise<SignedIn>
  /** A session without a password, for whoever has proved in another way who they are. */
  open(accountId: string, from: Origin): Promise<SignedIn>
  signOut(headers: IncomingHttpHeaders): Promise<Cookies>
}

const sessionSeconds = 30 * 24 * 3600
const renewedAfterSeconds = 24 * 3600
/** Set by this file alone: what a client sends under this name is not taken over. */
const addressHeader = 'x-plaza-client-address'
const cookieName = 'plaza'

/**
 * @param options.url the platform's address; on https its cookies get the prefix `__Host-`, which no Space on a
 * neighbouring name can set or replace.
 * @param options.key the install's own key; a subkey of it signs the cookies.
 */
export function openSessions(options: { store: Store; url: URL; key: Buffer }): Sessions {
  const { store, url } = options
  const secure = url.protocol === 'https:'
  const cookiePrefix = secure ? `__Host-${cookieName}` : cookieName

  /** Not one of better-auth's: opens a session for an account that is known already. */
  const opener = {
    id: 'plaza-opener',
    endpoints: {
      openSession: createAuthEndpoint(
        '/plaza/open',
        { method: 'POST', body: z.object({ accountId: z.string() }) },
        async (ctx) => {
          const user = await ctx.context.internalAdapter.findUserById(ctx.body.accountId)
          if (!user) throw new PlazaError('unauthenticated', 'This account is not there any more.')
          const session = await ctx.context.internalAdapter.createSession(user.id)
          await setSessionCookie(ctx, { session, user })
          return ctx.json({ user: { id: user.id } })
        },
      ),
    },
  }

  const auth = betterAuth({
    appName: 'Plaza',
    baseURL: url.origin,
    basePath: '/api/auth',
    // Given as a list, because with a single one a variable of the environment (BETTER_AUTH_SECRETS) would win.
    secrets: [{ version: 1, value: createHmac('sha256', options.key).update('plaza sessions').digest('hex') }],
    database: { db: store.read, type: 'postgres', transaction: true },
    telemetry: { enabled: false },
    logger: { disabled: true },
    // Counted in accounts.ts, by name and address; the one of better-auth knows paths only.
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: shortestPassword,
      maxPasswordLength: longestPassword,
    },
    plugins: [
      username({
        minUsernameLength: 1,
        maxUsernameLength: 64,
        usernameValidator: (name) => nameProblem(name) === undefined,
        usernameNormalization: nameKey,
        schema: { user: { fields: { username: 'name_key', displayUsername: 'name' } } },
      }),
      opener,
    ],
    user: {
      modelName: 'accounts',
      fields: {
        name: 'fullname',
        email: 'email',
        emailVerified: 'email_verified',
        image: 'avatar',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      additionalFields: {
        role: { type: 'string', required: false, input: false, fieldName: 'role' },
        disabledAt: { type: 'date', required: false, input: false, fieldName: 'disabled_at' },
      },
    },
    session: {
      modelName: 'sessions',
      expiresIn: sessionSeconds,
      updateAge: renewedAfterSeconds,
      fields: {
        userId: 'account_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    account: {
      modelName: 'credentials',
      fields: {
        userId: 'account_id',
        providerId: 'provider',
        accountId: 'subject',
        password: 'password_hash',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    advanced: {
      cookiePrefix,
      // Off, because it would put `__Secure-` in front; the attribute is set below.
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/', secure },
      ipAddress: { ipAddressHeaders: [addressHeader] },
      database: { generateId: () => randomUUID(), validateSchema: false },
    },
  })

  async function read(headers: IncomingHttpHeaders, disableRefresh: boolean) {
    const { headers: answer, response } = await auth.api.getSession({
      headers: webHeaders({ headers, address: undefined }),
      query: { disableRefresh },
      returnHeaders: true,
    })
    // Its sessions end when an account is disabled; one that was being opened at that moment counts for nothing.
    if (response?.user.disabledAt) return { session: undefined, cookies: [] }
    const user = response?.user
    const session: Session | undefined = user && {
      sessionId: response.session.id,
      accountId: user.id,
      name: user.displayUsername ?? user.username ?? '',
      role: user.role === 'admin' ? 'admin' : 'member',
    }
    return { session, cookies: answer.getSetCookie() }
  }

  async function refuseDisabled(accountId: string): Promise<void> {
    if (!(await findAccount(store.read, accountId))?.disabledAt) return
    await store.transaction(async (tx) => await endSessions(tx, accountId))
    throw new PlazaError('forbidden', 'An administrator has disabled this account.', 'Ask them.')
  }

  return {
    async find(headers) {
      if (!headers.cookie?.includes(`${cookiePrefix}.`)) return undefined
      return (await read(headers, true)).session
    },
    async renew(headers) {
      const renewed = await read(headers, false)
      if (renewed.session) await touchSession(store, renewed.session.sessionId)
      return renewed
    },
    async signUp(account, from) {
      const { headers, response } = await auth.api
        .signUpEmail({
          body: {
            name: account.fullname,
            email: account.email,
            password: account.password,
            username: account.name,
            displayUsername: account.name,
          },
          headers: webHeaders(from),
          returnHeaders: true,
        })
        .catch((error: unknown) => {
          throw signUpError(error, account)
        })
      return { accountId: response.user.id, cookies: headers.getSetCookie() }
    },
    async signIn({ login, password, remember }, from) {
      const common = { headers: webHeaders(from), returnHeaders: true } as const
      const answer = login.includes('@')
        ? auth.api.signInEmail({ ...common, body: { email: login, password, rememberMe: remember } })
        : auth.api.signInUsername({ ...common, body: { username: login, password, rememberMe: remember } })
      const { headers, response } = await answer.catch((error: unknown) => {
        throw isAPIError(error) && error.statusCode < 500
          ? new PlazaError('unauthenticated', 'Name or password is wrong.')
          : error
      })
      await refuseDisabled(response.user.id)
      return { accountId: response.user.id, cookies: headers.getSetCookie() }
    },
    async open(accountId, from) {
      await refuseDisabled(accountId)
      const { headers } = await auth.api.openSession({
        body: { accountId },
        headers: webHeaders(from),
        returnHeaders: true,
      })
      return { accountId, cookies: headers.getSetCookie() }
    },
    async signOut(headers) {
      const answer = await auth.api.signOut({
        headers: webHeaders({ headers, address: undefined }),
        returnHeaders: true,
      })
      return answer.headers.getSetCookie()
    },
  }
}

/** Only what the session part looks at. */
function webHeaders(from: Origin): Headers {
  const headers = new Headers()
  if (from.headers.cookie !== undefined) headers.set('cookie', from.headers.cookie)
  if (from.headers['user-agent'] !== undefined) headers.set('user-agent', from.headers['user-agent'])
  if (from.address !== undefined) headers.set(addressHeader, from.address)
  return headers
}

function signUpError(error: unknown, account: SignUp): unknown {
  if (!isAPIError(error) || error.statusCode >= 500) return error
  const code: string | undefined = error.body?.code
  if (code === 'USERNAME_IS_ALREADY_TAKEN') {
    return new PlazaError('conflict', `The name "${account.name}" is taken.`, 'Choose another one.', {
      field: 'username',
    })
  }
  if (code === 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL') {
    return new PlazaError('conflict', `There is an account for ${account.email}.`, 'Sign in instead.', {
      field: 'email',
    })
  }
  if (code === 'FAILED_TO_CREATE_USER') {
    // Two people wanted the same at the same moment; the store let the other one have it.
    return new PlazaError('conflict', 'This name or address was taken just now.', 'Choose another one.')
  }
  const field = code === 'PASSWORD_TOO_SHORT' || code === 'PASSWORD_TOO_LONG' ? { field: 'password' } : {}
  return new PlazaError('bad_request', error.body?.message ?? 'These details cannot be used.', '', field)
}
