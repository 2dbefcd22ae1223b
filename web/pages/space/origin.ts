import type { Install, SpaceDetail } from '../../api/types.ts'

/** Where a Space's app lives: an origin of its own, so that its code never meets the platform's cookies. */
export function spaceOrigin(slug: string, install: Pick<Install, 'url' | 'spacesDomain'>): string {
  const { protocol, port } = new URL(install.url)
  const host = `${slug}.${install.spacesDomain}`
  return `${protocol}//${host}${port === '' || host.includes(':') ? '' : `:${port}`}`
}

type Opening = {
  space: Pick<SpaceDetail, 'slug' | 'sdk' | 'card'>
  install: Pick<Install, 'url' | 'spacesDomain'>
  /** Of the page around it: a link with `?seed=4#result` opens the app with them. */
  search: string
  hash: string
  theme: string | undefined
  /** Opens a private Space; short-lived. */
  sign: string | undefined
}

/** The frame's address. */
export function frameAddress({ space, install, search, hash, theme, sign }: Opening): string {
  const basePath = space.card?.['base_path']
  const start = typeof basePath === 'string' && basePath.startsWith('/') ? basePath : '/'
  const address = new URL(spaceOrigin(space.slug, install))
  // Set apart from the origin: a base path of `//elsewhere` stays a path.
  address.pathname = start
  address.search = search
  address.hash = hash
  if (sign) address.searchParams.set('__sign', sign)
  // Gradio follows it; other SDKs might trip over a parameter that they do not know.
  if (theme && space.sdk === 'gradio' && !address.searchParams.has('__theme')) address.searchParams.set('__theme', theme)
  return address.href
}
