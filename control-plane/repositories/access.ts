/** Who may clone and push, and in which words a refusal reaches them. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'

/** A Space as far as git needs to know it. */
export type SpaceRef = { id: string; ownerId: string; visibility: 'public' | 'private'; owner: string; name: string }

export type Access = {
  find(owner: string, name: string): Promise<SpaceRef | undefined>
  /** Who the Authorization header speaks for. @throws PlazaError 'unauthenticated' for a wrong or revoked token. */
  viewerOfBasic(authorization: string | undefined): Promise<Viewer>
  may(viewer: Viewer, permission: 'space.see' | 'space.push', space: SpaceRef): boolean
}

/** @throws PlazaError; nobody learns from it whether a private Space is there. */
export async function admit(
  access: Access,
  asked: { owner: string; name: string; headers: IncomingHttpHeaders; permission: 'space.see' | 'space.push' },
): Promise<{ space: SpaceRef; viewer: Viewer }> {
  const { owner, headers, permission } = asked
  const name = asked.name.replace(/\.git$/, '')
  const viewer = await access.viewerOfBasic(headers.authorization)
  // Whatever else is no name can never be found, and the store refuses some of it (a zero byte).
  const named = /^[\w.-]{1,200}$/.test(owner) && /^[\w.-]{1,200}$/.test(name)
  const space = named ? await access.find(owner, name) : undefined
  if (!space || !access.may(viewer, 'space.see', space)) throw viewer ? notFound(viewer.name) : signIn()
  if (!access.may(viewer, permission, space)) throw notYours(viewer, space)
  return { space, viewer }
}

function signIn(): PlazaError {
  return new PlazaError(
    'unauthenticated',
    'Sign in with your name, and an access token as the password.',
    'Make a token on the page Access tokens.',
  )
}

function notFound(viewer: string): PlazaError {
  return new PlazaError(
    'repo_not_found',
    `There is no Space of this name that ${viewer} may see.`,
    'Check the address, or create the Space first: on the page New Space, or with POST /api/repos/create.',
  )
}

function notYours(viewer: Viewer, space: SpaceRef): PlazaError {
  if (!viewer) return signIn()
  const tooWeak = viewer.tokenRole !== undefined && viewer.tokenRole !== 'write'
  if (tooWeak && (viewer.accountId === space.ownerId || viewer.role === 'admin')) {
    return new PlazaError('forbidden', 'This token may only read.', 'Push with a token of the role write.')
  }
  return new PlazaError(
    'forbidden',
    `${space.owner}/${space.name} is not yours: ${viewer.name} may not push to it.`,
    'Push to a Space of your own.',
  )
}
