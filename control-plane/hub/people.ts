/** Who somebody is, for everybody: `GET /api/users/{name}/overview`, as the hub has it. */
import { Router } from 'express'
import { type Account, findAccountByName } from '../accounts/account.ts'
import { countSpaces, noFilter } from '../community/discover.ts'
import { PlazaError } from '../errors.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'

export type Overview = {
  type: 'user' | 'org'
  user: string
  fullname: string
  avatarUrl: string
  /** What they say of themselves. */
  details: string
  createdAt: string
  /** Both as far as the viewer may see them. */
  numSpaces: number
  numLikes: number
  isPro: boolean
  isFollowing: false
  numModels: 0
  numDatasets: 0
  numDiscussions: 0
  numPapers: 0
  numUpvotes: 0
  numFollowing: 0
  numFollowers: 0
  orgs: readonly []
}

/** What is nobody else's business (address, role, sessions) is not in it. */
export function peopleRouter(parts: { store: Store; access: Access }): Router {
  const { store, access } = parts
  const router = Router()

  router.get('/api/users/:name/overview', async (request, response) => {
    const viewer = await access.viewer(request)
    const account = await findAccountByName(store.read, request.params.name)
    if (!account) throw new PlazaError('not_found', 'There is no such account.')
    const [spaces, likes] = await Promise.all([
      countSpaces(store.read, viewer, { ...noFilter, author: account.name }),
      countSpaces(store.read, viewer, { ...noFilter, likedBy: account.name }),
    ])
    response.json(present(account, spaces.total, likes.total))
  })

  return router
}

function present(account: Account, numSpaces: number, numLikes: number): Overview {
  return {
    type: account.kind === 'organization' ? 'org' : 'user',
    user: account.name,
    fullname: account.fullname,
    avatarUrl: account.avatarUrl ?? '',
    details: account.bio,
    createdAt: account.createdAt.toISOString(),
    numSpaces,
    numLikes,
    isPro: account.plan === 'pro',
    isFollowing: false,
    numModels: 0,
    numDatasets: 0,
    numDiscussions: 0,
    numPapers: 0,
    numUpvotes: 0,
    numFollowing: 0,
    numFollowers: 0,
    orgs: [],
  }
}
