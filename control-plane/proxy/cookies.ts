/** The proxy's own cookies on a Space's host: how they are read and kept (pure). */
import { valuesOf } from './head.ts'

/** Every cookie of that name: a neighbour may have set one of the same name for the parent domain. */
export function cookieValues(rawHeaders: readonly string[], name: string): string[] {
  return valuesOf(rawHeaders, 'cookie')
    .flatMap((header) => header.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
}

/**
 * A Space's page stands in a frame of the platform's, which is another site: the browser sends a cookie there only
 * with `SameSite=None`, takes that only with `Secure`, and keeps it apart per embedding site with `Partitioned`.
 * @param secure whether the browser keeps `Secure` cookies here: https, or localhost, which browsers trust too.
 */
export function inFrames(secure: boolean): string {
  return secure ? 'SameSite=None; Secure; Partitioned' : 'SameSite=Lax'
}
