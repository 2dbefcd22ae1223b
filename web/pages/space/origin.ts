import type { SpaceDetail } from '../../api/types.ts'

type Opening = {
  space: Pick<SpaceDetail, 'origin' | 'sdk' | 'card'>
  /** Of the page around it: a link with `?seed=4#result` opens the app with them. */
  search: string
  hash: string
  theme: string | undefined
  /** Opens a private Space; short-lived. */
  sign: string | undefined
}

/** The address of a Space's frame, at its own origin. */
export function frameAddress({ space, search, hash, theme, sign }: Opening): string {
  const basePath = space.card['basePath']
  const address = new URL(space.origin)
  // Set apart from the origin: a base path of `//elsewhere` stays a path.
  address.pathname = typeof basePath === 'string' && basePath.startsWith('/') ? basePath : '/'
  address.search = search
  address.hash = hash
  if (sign) address.searchParams.set('__sign', sign)
  // Gradio follows it; other SDKs might trip over a parameter that they do not know.
  if (theme && space.sdk === 'gradio' && !address.searchParams.has('__theme'))
    address.searchParams.set('__theme', theme)
  return address.href
}
