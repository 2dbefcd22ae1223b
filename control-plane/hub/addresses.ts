/** Where things are reached: one place that knows the platform's own address and the Spaces'. */
import type { SpaceRow } from '../spaces/space.ts'

export type Addresses = {
  platform: URL
  /** A Space's page on the platform. */
  page: (space: { owner: string; name: string }) => string
  /** Where browsers open the app: its own origin. */
  origin: (space: { slug: string }) => string
  /** The same as a Host header. */
  host: (slug: string) => string
  /** What API clients connect to: on a localhost install an address that every resolver knows. */
  api: (space: Pick<SpaceRow, 'slug' | 'address'>) => string
}

export function addressesOf(platform: URL, spacesDomain: string): Addresses {
  const port = platform.port ? `:${platform.port}` : ''
  const host = (slug: string) => `${slug}.${spacesDomain}${port}`
  const origin = (space: { slug: string }) => `${platform.protocol}//${host(space.slug)}`
  return {
    platform,
    page: (space) => `${platform.origin}/spaces/${space.owner}/${space.name}`,
    origin,
    host,
    api: (space) => (space.address ? `${platform.protocol}//${space.address}${port}` : origin(space)),
  }
}
