/** Short texts that prove who may open one Space, signed with a key of this install (pure but for the clock it is given). */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** `sign` stands in an address for minutes, `cookie` is kept by the browser: one cannot be used as the other. */
export type AccessTokenUse = 'sign' | 'cookie'
export type AccessToken = { use: AccessTokenUse; spaceId: string; accountId: string }

/** Milliseconds. An address lands in histories and logs; a cookie is asked about again while it is used (access.ts). */
const lifetimes: Readonly<Record<AccessTokenUse, number>> = { sign: 5 * 60_000, cookie: 24 * 60 * 60_000 }

export class AccessTokens {
  readonly #key: Buffer

  /** @param key the install's own; a subkey of it signs. */
  constructor(key: Buffer) {
    this.#key = Buffer.from(hkdfSync('sha256', key, '', 'plaza proxy access', 32))
  }

  issue(token: AccessToken, now: number): string {
    const expires = Math.floor((now + lifetimes[token.use]) / 1000)
    const claims = Buffer.from(JSON.stringify([token.use, token.spaceId, token.accountId, expires])).toString(
      'base64url',
    )
    return `${claims}.${this.#signature(claims)}`
  }

  /** Whose token it is; undefined where it is not ours, has run out, or is for another use or Space. */
  accountOf(text: string, use: AccessTokenUse, spaceId: string, now: number): string | undefined {
    const dot = text.indexOf('.')
    if (dot < 1 || text.length > 1024) return undefined
    const claims = text.slice(0, dot)
    const given = Buffer.from(text.slice(dot + 1))
    const right = Buffer.from(this.#signature(claims))
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
    const parsed: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString())
    if (!Array.isArray(parsed)) return undefined
    const [claimedUse, claimedSpace, accountId, expires] = parsed as unknown[]
    if (claimedUse !== use || claimedSpace !== spaceId || typeof expires !== 'number') return undefined
    return expires * 1000 > now && typeof accountId === 'string' ? accountId : undefined
  }

  #signature(claims: string): string {
    return createHmac('sha256', this.#key).update(claims).digest('base64url')
  }
}

/** Seconds that the browser keeps the cookie. */
export const cookieMaxAge = lifetimes.cookie / 1000
