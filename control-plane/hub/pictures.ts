/** Pictures of Spaces: which there are, and their bytes for whoever may see the Space. */
import { type Request, type Response, Router } from 'express'
import { may } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import type { PictureFiles } from '../pictures/picture-files.ts'
import { previewKey, type PreviewSubject } from '../pictures/preview-page.ts'
import type { Previews } from '../pictures/previews.ts'
import { findSpace, type SpaceRow } from '../spaces/space.ts'
import type { Reader, Store } from '../store/database.ts'
import { type Access, guarded } from './access.ts'

/** Paths on the platform's own origin: 640×400 and 1280×800, or twice the author's own. */
type Links = { small: string; large: string }

/** `dark` is there where the app looks different to whoever prefers the dark. */
export type PictureLinks = Links & { dark?: Links }

/** One that was taken: sha256 of each size, hex. */
export type Picture = Links & { dark?: Links }

export async function picturesOf(db: Reader, ids: readonly string[]): Promise<Map<string, Picture>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('pictures')
    .select(['space_id', 'small', 'large', 'dark_small', 'dark_large'])
    .where('space_id', 'in', ids)
    .execute()
  return new Map(
    rows.flatMap(({ space_id, small, large, dark_small, dark_large }) => {
      if (small === null || large === null) return []
      const dark = dark_small !== null && dark_large !== null ? { dark: { small: dark_small, large: dark_large } } : {}
      return [[space_id, { small, large, ...dark }]]
    }),
  )
}

type Pictured = Pick<SpaceRow, 'owner' | 'name' | 'head_commit' | 'card'>

/** What the author has chosen wins over what the platform has taken (pure). */
export function presentPicture(space: Pictured, taken: Picture | undefined): PictureLinks | undefined {
  const chosen = thumbnailOf(space)
  const root = [space.owner, space.name].map(encodeURIComponent).join('/')
  if (chosen !== undefined) {
    const link = `/spaces/${root}/resolve/${space.head_commit}/${chosen.split('/').map(encodeURIComponent).join('/')}`
    return { small: link, large: link }
  }
  if (!taken) return undefined
  const links = ({ small, large }: Links) => ({
    small: `/api/plaza/spaces/${root}/picture/${small}-small.webp`,
    large: `/api/plaza/spaces/${root}/picture/${large}-large.webp`,
  })
  return { ...links(taken), ...(taken.dark ? { dark: links(taken.dark) } : {}) }
}

/** What stands beside links to the Space elsewhere (pure). @param host the install's, in words. */
export function previewSubject(space: Pictured, taken: Picture | undefined, host: string): PreviewSubject {
  const { owner, name, card } = space
  const chosen = thumbnailOf(space)
  const picture = chosen === undefined ? taken?.large : `${space.head_commit} ${chosen}`
  const said = (key: string) => {
    const value = card?.[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return {
    id: `${owner}/${name}`,
    owner,
    title: said('title') ?? name,
    about: said('shortDescription'),
    emoji: said('emoji'),
    colorFrom: said('colorFrom'),
    colorTo: said('colorTo'),
    host,
    picture,
  }
}

export function previewLink(space: Pictured, subject: PreviewSubject): string {
  const root = [space.owner, space.name].map(encodeURIComponent).join('/')
  return `/api/plaza/spaces/${root}/preview/${previewKey(subject)}.jpg`
}

/** Only a path in the repository: an address elsewhere would tell a stranger who looks at the gallery. */
function thumbnailOf({ head_commit, card }: Pictured): string | undefined {
  const written = card?.['thumbnail']
  if (typeof written !== 'string' || head_commit === null) return undefined
  const path = written.replace(/^(\.?\/)(?!\/)/, '')
  const segments = path.split('/')
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || segments.some((one) => one === '' || one === '.' || one === '..'))
    return undefined
  return /\.(png|jpe?g|gif|webp|avif)$/i.test(path) ? path : undefined
}

export type PicturesParts = {
  store: Store
  access: Access
  files: PictureFiles
  previews: Previews
  /** The install's host. */
  host: string
  /** A file of a commit; undefined where it is none, or too large to be drawn. */
  fileOf: (spaceId: string, commit: string, path: string) => Promise<Buffer | undefined>
}

/** The preview as it is now, drawn if it was not. */
export async function previewOf(parts: Omit<PicturesParts, 'access'>, space: SpaceRow): Promise<Buffer> {
  const { store, files, previews, host, fileOf } = parts
  const taken = (await picturesOf(store.read, [space.id])).get(space.id)
  return await previews.get(space.id, previewSubject(space, taken, host), async () => {
    const chosen = thumbnailOf(space)
    if (chosen !== undefined && space.head_commit !== null) return await fileOf(space.id, space.head_commit, chosen)
    return taken && (await files.get(taken.large))
  })
}

export function picturesRouter(parts: PicturesParts): Router {
  const { store, access, files, host } = parts
  const router = Router()

  router.get('/api/plaza/spaces/:owner/:name/picture/:file', async (request, response) => {
    const asked = /^([0-9a-f]{64})-(small|large)\.webp$/.exec(request.params.file)
    const viewer = await access.viewer(request)
    const space = await findSpace(store.read, request.params.owner, request.params.name)
    const taken =
      asked && space && may(viewer, 'space.see', guarded(space))
        ? (await picturesOf(store.read, [space.id])).get(space.id)
        : undefined
    // Content addresses are the same for all Spaces: only this one's own are answered.
    const size = asked?.[2] === 'small' ? 'small' : 'large'
    const digest = [taken?.[size], taken?.dark?.[size]].find((one) => one !== undefined && one === asked?.[1])
    const bytes = digest === undefined ? undefined : await files.get(digest)
    // To strangers it looks the same as a Space that is not there.
    if (!space || digest === undefined || bytes === undefined) throw noPicture()
    response.setHeader('Content-Type', 'image/webp')
    send(request, response, { bytes, name: digest, isPrivate: space.visibility === 'private' })
  })

  router.get('/api/plaza/spaces/:owner/:name/preview/:file', async (request, response) => {
    const asked = /^([0-9a-f]{32})\.jpg$/.exec(request.params.file)?.[1]
    const viewer = await access.viewer(request)
    const space = await findSpace(store.read, request.params.owner, request.params.name)
    if (asked === undefined || !space || !may(viewer, 'space.see', guarded(space))) throw noPicture()
    const taken = (await picturesOf(store.read, [space.id])).get(space.id)
    const subject = previewSubject(space, taken, host)
    const now = previewKey(subject)
    if (asked !== now) {
      // Shared before it changed: where the link stands, today's picture is better than none.
      response.setHeader('Cache-Control', 'no-cache')
      response.redirect(302, previewLink(space, subject))
      return
    }
    const bytes = await previewOf(parts, space)
    response.setHeader('Content-Type', 'image/jpeg')
    send(request, response, { bytes, name: now, isPrivate: space.visibility === 'private' })
  })
  return router
}

function noPicture(): PlazaError {
  return new PlazaError('not_found', 'There is no such picture.')
}

/** @param picture.name never means other bytes. */
function send(
  request: Request,
  response: Response,
  picture: { bytes: Buffer; name: string; isPrivate: boolean },
): void {
  const { bytes, name, isPrivate } = picture
  response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'; frame-ancestors 'none'")
  response.setHeader('X-Content-Type-Options', 'nosniff')
  if (isPrivate) response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  // Whoever may no longer see the Space is asked again; what all may see never changes under its name.
  response.setHeader('Cache-Control', isPrivate ? 'private, no-cache' : 'private, max-age=31536000, immutable')
  response.setHeader('ETag', `"${name}"`)
  if (request.fresh) response.status(304).end()
  else response.end(bytes)
}
