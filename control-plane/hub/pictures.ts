/** Pictures of Spaces: which there are, and their bytes for whoever may see the Space. */
import { Router } from 'express'
import { may } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import type { PictureFiles } from '../pictures/picture-files.ts'
import { findSpace, type SpaceRow } from '../spaces/space.ts'
import type { Reader, Store } from '../store/database.ts'
import { type Access, guarded } from './access.ts'

/** Paths on the platform's own origin: 640×400 and 1280×800, or twice the author's own. */
export type PictureLinks = { small: string; large: string }

/** One that was taken: sha256 of each size, hex. */
export type Picture = { small: string; large: string }

export async function picturesOf(db: Reader, ids: readonly string[]): Promise<Map<string, Picture>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('pictures')
    .select(['space_id', 'small', 'large'])
    .where('space_id', 'in', ids)
    .execute()
  return new Map(
    rows.flatMap(({ space_id, small, large }) =>
      small === null || large === null ? [] : [[space_id, { small, large }]],
    ),
  )
}

type Pictured = Pick<SpaceRow, 'owner' | 'name' | 'head_commit' | 'card'>

/** What the author has chosen wins over what the platform has taken (pure). */
export function presentPicture(space: Pictured, taken: Picture | undefined): PictureLinks | undefined {
  const chosen = thumbnailOf(space)
  if (chosen !== undefined) return { small: chosen, large: chosen }
  if (!taken) return undefined
  const link = (size: 'small' | 'large') =>
    `/api/plaza/spaces/${encodeURIComponent(space.owner)}/${encodeURIComponent(space.name)}/picture/${taken[size]}-${size}.webp`
  return { small: link('small'), large: link('large') }
}

/** Only a path in the repository: an address elsewhere would tell a stranger who looks at the gallery. */
function thumbnailOf({ owner, name, head_commit, card }: Pictured): string | undefined {
  const written = card?.['thumbnail']
  if (typeof written !== 'string' || head_commit === null) return undefined
  const path = written.replace(/^(\.?\/)(?!\/)/, '')
  const segments = path.split('/')
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || segments.some((one) => one === '' || one === '.' || one === '..'))
    return undefined
  if (!/\.(png|jpe?g|gif|webp|avif)$/i.test(path)) return undefined
  const at = [owner, name, 'resolve', head_commit, ...segments].map(encodeURIComponent).join('/')
  return `/spaces/${at}`
}

export function picturesRouter(parts: { store: Store; access: Access; files: PictureFiles }): Router {
  const { store, access, files } = parts
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
    const digest = asked?.[2] === 'small' ? taken?.small : taken?.large
    const bytes = digest !== undefined && digest === asked?.[1] ? await files.get(digest) : undefined
    // To strangers it looks the same as a Space that is not there.
    if (!space || bytes === undefined) throw new PlazaError('not_found', 'There is no such picture.')
    const isPrivate = space.visibility === 'private'
    response.setHeader('Content-Type', 'image/webp')
    response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'; frame-ancestors 'none'")
    response.setHeader('X-Content-Type-Options', 'nosniff')
    if (isPrivate) response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
    // Whoever may no longer see the Space is asked again; what all may see never changes under its name.
    response.setHeader('Cache-Control', isPrivate ? 'private, no-cache' : 'private, max-age=31536000, immutable')
    response.setHeader('ETag', `"${digest}"`)
    if (request.fresh) response.status(304).end()
    else response.end(bytes)
  })
  return router
}
