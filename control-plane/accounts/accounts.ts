/** The accounts part as others see it: who is asking, and the ways in. */
import type { IncomingHttpHeaders } from 'node:http'
import { PlazaError } from '../errors.ts'
import type { Store } from '../store/database.ts'
import {
  type Account,
  findAccount,
  hashPassword,
  hasPassword,
  isPassword,
  setPassword,
  shortestPassword,
} from './account.ts'
import { addressKey, type Attempts, countAttempts, type Limit } from './attempts.ts'
import { type AskedBy, requireOwnOrigin } from './csrf.ts'
import { chosenNameProblem, nameKey } from './name.ts'
import type { Viewer } from './permissions.ts'
import { type Cookies, openSessions, type Origin, type SignedIn, type SignIn, type SignUp } from './session.ts'
import { useSignInLink } from './sign-in-link.ts'
import { findToken } from './token.ts'

export type AccountsOptions = {
  store: Store
  /** Where people reach the platform: cookies and `Origin` are held to it. */
  url: URL
  /** The install's own, 32 bytes. */
  key: Buffer
  /** Whether people may make themselves an account. */
  signUp: 'open' | 'closed'
  limits?: Partial<SignInLimits>
}

/** How often one may try before one has to wait. A whole room behind one address must still get in. */
export type SignInLimits = {
  /** One name from one address. */
  name: Limit
  /** One name from everywhere: what a guessing crowd gets. */
  everywhere: Limit
  /** All names from one address. */
  address: Limit
  /** New accounts from one address. */
  signUp: Limit
  /** The present password, by whoever has a session of the account. */
  password: Limit
}

const defaultLimits: SignInLimits = {
  name: { tries: 10, seconds: 5 * 60 },
  everywhere: { tries: 200, seconds: 60 * 60 },
  address: { tries: 300, seconds: 5 * 60 },
  signUp: { tries: 600, seconds: 10 * 60 },
  password: { tries: 10, seconds: 5 * 60 },
}

export type Accounts = {
  readonly signUpOpen: boolean
  /**
   * Whoever a request speaks for: the owner of `Authorization: Bearer hf_…` where one is sent, else of the session
   * cookie, else undefined. A cookie counts for a changing method only when the platform's own page asks (`Origin`);
   * give `method` wherever a request may change something.
   * @throws PlazaError unauthenticated for a Bearer token that is unknown or revoked; forbidden for a foreign Origin.
   */
  viewerOf(request: AskedBy): Promise<Viewer>
  /** Git: `Basic base64(user:token)`. Undefined without a header; the user's name is not looked at, as at the hub. */
  viewerOfBasic: (authorization: string | undefined) => Promise<Viewer>
  /** Whom a signed link was made for: may what a session of theirs may. */
  viewerById(accountId: string): Promise<Viewer>
  /** A signed-in person's own account. @throws PlazaError unauthenticated where it is gone. */
  profile(accountId: string): Promise<Account>
  /** The session's owner, and cookies that keep the session alive while it is used. */
  renew(headers: IncomingHttpHeaders): Promise<{ viewer: Viewer; cookies: Cookies }>
  signUp(account: SignUp, from: Origin): Promise<SignedIn>
  signIn(credentials: SignIn, from: Origin): Promise<SignedIn>
  /** Uses the link up. */
  signInByLink(token: string, from: Origin): Promise<SignedIn>
  signOut(request: AskedBy): Promise<Cookies>
  /**
   * Ends every other session of theirs. `current` is asked of those who have a password already.
   * @throws PlazaError bad_request, with the `field` that is wrong.
   */
  changePassword(viewer: NonNullable<Viewer>, current: string, wanted: string): Promise<void>
  /** Refuses what another page made a browser send. For the ways in, which come before there is a viewer. */
  requireOwnOrigin(request: AskedBy): void
  /** Removes sessions and one-time values that have run out. Call it now and then. */
  prune(): Promise<void>
}

export function openAccounts(options: AccountsOptions): Accounts {
  const { store, url } = options
  const sessions = openSessions(options)
  const limits = { ...defaultLimits, ...options.limits }
  const byName = countAttempts(limits.name)
  const byEverywhere = countAttempts(limits.everywhere)
  const byAddress = countAttempts(limits.address)
  const bySignUp = countAttempts(limits.signUp)
  const byPassword = countAttempts(limits.password)

  async function viewerOfToken(value: string): Promise<NonNullable<Viewer>> {
    const token = await findToken(store, value)
    if (!token) {
      throw new PlazaError('unauthenticated', 'Invalid user token.', `Make a new one at ${url.origin}/settings/tokens.`)
    }
    return {
      accountId: token.accountId,
      name: token.accountName,
      role: token.accountRole,
      via: 'token',
      tokenRole: token.tokenRole,
      tokenName: token.tokenName,
      tokenCreatedAt: token.tokenCreatedAt,
    }
  }

  return {
    signUpOpen: options.signUp === 'open',
    async viewerOf(request) {
      const bearer = bearerOf(request.headers.authorization)
      if (bearer !== undefined) return await viewerOfToken(bearer)
      const session = await sessions.find(request.headers)
      if (!session) return undefined
      requireOwnOrigin(request, url)
      return { ...session, via: 'session' }
    },
    async viewerOfBasic(authorization) {
      if (authorization === undefined) return undefined
      const password = basicPassword(authorization) ?? bearerOf(authorization)
      return await viewerOfToken(password ?? '')
    },
    async viewerById(accountId) {
      const account = await findAccount(store.read, accountId)
      if (!account || account.disabledAt) return undefined
      return { accountId, name: account.name, role: account.role, via: 'session' }
    },
    async profile(accountId) {
      const account = await findAccount(store.read, accountId)
      if (!account) throw new PlazaError('unauthenticated', 'This account is not there any more.')
      return account
    },
    async renew(headers) {
      const { session, cookies } = await sessions.renew(headers)
      return { viewer: session && { ...session, via: 'session' }, cookies }
    },
    async signUp(account, from) {
      if (options.signUp === 'closed') {
        throw new PlazaError('forbidden', 'New accounts are made by the administrator here.', 'Ask for one.')
      }
      take(bySignUp, addressKey(from.address ?? ''))
      const problem = chosenNameProblem(account.name)
      if (problem) throw new PlazaError('bad_request', problem, '', { field: 'username' })
      return await sessions.signUp(account, from)
    },
    async signIn(credentials, from) {
      const address = addressKey(from.address ?? '')
      const name = nameKey(credentials.login)
      take(byAddress, address)
      take(byName, `${address} ${name}`)
      take(byEverywhere, name)
      const signedIn = await sessions.signIn(credentials, from)
      byAddress.giveBack(address)
      byEverywhere.giveBack(name)
      byName.forget(`${address} ${name}`)
      return signedIn
    },
    async signInByLink(token, from) {
      take(byAddress, addressKey(from.address ?? ''))
      const accountId = await store.transaction(async (tx) => await useSignInLink(tx, token))
      if (accountId === undefined) {
        throw new PlazaError(
          'unauthenticated',
          'This link has been used or has run out.',
          'Ask for a new one: plaza user link NAME.',
        )
      }
      return await sessions.open(accountId, from)
    },
    async signOut(request) {
      requireOwnOrigin(request, url)
      return await sessions.signOut(request.headers)
    },
    async changePassword(viewer, current, wanted) {
      if (wanted.length < shortestPassword) {
        const problem = `A password has at least ${shortestPassword} characters.`
        throw new PlazaError('bad_request', problem, '', { field: 'password' })
      }
      if (await hasPassword(store.read, viewer.accountId)) {
        take(byPassword, viewer.accountId)
        if (!(await isPassword(store.read, viewer.accountId, current))) {
          throw new PlazaError('bad_request', 'This is not your present password.', '', { field: 'current' })
        }
        byPassword.forget(viewer.accountId)
      }
      const hash = await hashPassword(wanted)
      await store.transaction(async (tx) => await setPassword(tx, viewer.accountId, hash, viewer.sessionId))
    },
    requireOwnOrigin: (request) => requireOwnOrigin(request, url),
    async prune() {
      await store.transaction(async (tx) => {
        await tx.db.deleteFrom('sessions').where('expires_at', '<', tx.now).execute()
        await tx.db.deleteFrom('verifications').where('expires_at', '<', tx.now).execute()
      })
    },
  }
}

function take(attempts: Attempts, key: string): void {
  const retryAfter = attempts.take(key)
  if (retryAfter === 0) return
  throw new PlazaError('rate_limited', 'Too many tries.', `Try again in ${retryAfter} seconds.`, { retryAfter })
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer(?:\s+(.*))?$/i
    .exec(authorization ?? '')
    ?.slice(1)
    .map((value) => value ?? '')[0]
}

function basicPassword(authorization: string): string | undefined {
  const encoded = /^Basic\s+(\S+)\s*$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? []
  return password
}
