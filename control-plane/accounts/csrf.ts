/** A cookie is sent by whatever page makes the browser ask; `Origin` tells which one did. */
import type { IncomingHttpHeaders } from 'node:http'
import { PlazaError } from '../errors.ts'

export type AskedBy = { method?: string | undefined; headers: IncomingHttpHeaders }

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a state-changing request that another page made. Spaces are of the same site as the platform on many
 * installs, so SameSite alone does not keep them out. Programs send no Origin; that passes only without a cookie.
 */
export function requireOwnOrigin(request: AskedBy, platform: URL): void {
  if (request.method === undefined || safeMethods.has(request.method)) return
  const { origin, cookie } = request.headers
  if (origin === platform.origin) return
  if (origin === undefined && cookie === undefined) return
  throw new PlazaError(
    'forbidden',
    'This request did not come from the page of this install.',
    `Open ${platform.origin} and try again, or send a token instead of a cookie.`,
  )
}
