/** Who may open a Space: everybody, or whoever brings a Bearer token, a signed link, or the cookie that it became. */
import { createHash } from 'node:crypto'
import { PlazaError } from '../errors.ts'
import { type AccessTokens, cookieMaxAge } from './access-token.ts'
import { cookieValues, inFrames } from './cookies.ts'
import { cookiePrefix, signOf } from './forwarded-headers.ts'
import { valuesOf } from './head.ts'
import type { SpaceRoute } from './routes.ts'

/** A hub token (`hf_…`), or an account that a signed link or cookie names. */
export type Credentials = { bearer: string } | { accountId: string }

export type AccessAnswer =
  | { allowed: false }
  | { allowed: true }
  /** By a signed link: `cookie` is the Set-Cookie value that keeps it. */
  | { allowed: true; cookie: string }

const accessCookie = `${cookiePrefix}access`

/** Answers are kept so long, milliseconds: a revoked token or a removed person is out after this time. */
const rememberFor = 5_000
const rememberAtMost = 10_000

export class Access {
  readonly #tokens: AccessTokens
  readonly #mayOpen: (spaceId: string, credentials: Credentials) => Promise<boolean>
  readonly #secure: boolean
  readonly #remembered = new Map<string, { answer: Promise<boolean>; until: number }>()

  /** @param secure whether the browser keeps `Secure` cookies here: https, or localhost, which browsers trust too. */
  constructor(
    tokens: AccessTokens,
    mayOpen: (spaceId: string, credentials: Credentials) => Promise<boolean>,
    secure: boolean,
  ) {
    this.#tokens = tokens
    this.#mayOpen = mayOpen
    this.#secure = secure
  }

  /** @throws what `mayOpen` throws beyond a PlazaError: the store is away. */
  async check(route: SpaceRoute, target: string, rawHeaders: readonly string[]): Promise<AccessAnswer> {
    if (route.visibility === 'public') return { allowed: true }
    const { spaceId } = route
    const now = Date.now()
    const sign = signOf(target)
    if (sign !== undefined) {
      const accountId = this.#tokens.accountOf(sign, 'sign', spaceId, now)
      if (accountId !== undefined && (await this.#ask(spaceId, { accountId }))) {
        return { allowed: true, cookie: this.#cookie(spaceId, accountId, now) }
      }
    }
    for (const value of cookieValues(rawHeaders, accessCookie)) {
      const accountId = this.#tokens.accountOf(value, 'cookie', spaceId, now)
      if (accountId !== undefined && (await this.#ask(spaceId, { accountId }))) return { allowed: true }
    }
    for (const bearer of bearers(rawHeaders)) if (await this.#ask(spaceId, { bearer })) return { allowed: true }
    return { allowed: false }
  }

  async #ask(spaceId: string, credentials: Credentials): Promise<boolean> {
    const who = 'bearer' in credentials ? `bearer ${credentials.bearer}` : `account ${credentials.accountId}`
    const key = createHash('sha256').update(`${spaceId} ${who}`).digest('base64')
    const now = Date.now()
    const before = this.#remembered.get(key)
    if (before && before.until > now) return await before.answer
    const answer = this.#mayOpen(spaceId, credentials).catch((error: unknown) => {
      if (error instanceof PlazaError) return false
      this.#remembered.delete(key)
      throw error
    })
    if (this.#remembered.size >= rememberAtMost) this.#remembered.clear()
    this.#remembered.set(key, { answer, until: now + rememberFor })
    return await answer
  }

  #cookie(spaceId: string, accountId: string, now: number): string {
    const value = this.#tokens.issue({ use: 'cookie', spaceId, accountId }, now)
    return `${accessCookie}=${value}; Path=/; Max-Age=${cookieMaxAge}; HttpOnly; ${inFrames(this.#secure)}`
  }
}

/** Gradio's Python client sends its token as X-HF-Authorization, everybody else as Authorization. */
function bearers(rawHeaders: readonly string[]): string[] {
  return [...valuesOf(rawHeaders, 'x-hf-authorization'), ...valuesOf(rawHeaders, 'authorization')]
    .map((value) => /^bearer\s+(hf_\S+)$/i.exec(value.trim())?.[1])
    .filter((token) => token !== undefined)
}
