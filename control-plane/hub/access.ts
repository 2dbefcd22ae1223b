/** The first line of every route about a Space: who asks, which Space, and whether they may. */
import type { Request } from 'express'
import type { Accounts } from '../accounts/accounts.ts'
import { type Permission, repositoryNotFound, requirePermission, type Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { findSpace, type SpaceRow } from '../spaces/space.ts'
import type { Store } from '../store/database.ts'

export type Access = {
  viewer(request: Request): Promise<Viewer>
  /** Someone who has signed in. @throws PlazaError unauthenticated. */
  person(
    request: Request,
    permission: 'space.create' | 'like' | 'account' | 'admin' | 'admin.accounts',
  ): Promise<NonNullable<Viewer>>
  /** The Space of `:owner/:name` in the path. @throws PlazaError as the hub says it. */
  space(request: Request, permission: Permission): Promise<{ space: SpaceRow; viewer: Viewer }>
}

export function openAccess(parts: { store: Store; accounts: Pick<Accounts, 'viewerOf'> }): Access {
  return {
    viewer: async (request) => await parts.accounts.viewerOf(request),
    async person(request, permission) {
      const viewer = await parts.accounts.viewerOf(request)
      requirePermission(viewer, permission, undefined)
      if (!viewer) throw new PlazaError('unauthenticated', 'Sign in first.')
      return viewer
    },
    async space(request, permission) {
      const viewer = await parts.accounts.viewerOf(request)
      const { owner, name } = request.params
      const space = await findSpace(parts.store.read, String(owner), String(name))
      if (!space) throw repositoryNotFound(viewer)
      requirePermission(viewer, permission, guarded(space))
      return { space, viewer }
    },
  }
}

export function guarded(space: SpaceRow): { ownerId: string; visibility: 'public' | 'private' } {
  return { ownerId: space.owner_id, visibility: space.visibility }
}
