/** What an owner sets on a Space as a whole: the card as a form, name, visibility, and what it keeps. */
import { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import type { Runtime } from '../../runtime/runtime.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { may, repositoryNotFound, requirePermission, type Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import { commitAndRecord, type PushParts } from '../repositories/push.ts'
import type { Repositories } from '../repositories/repository.ts'
import { filesAt } from '../repositories/tree.ts'
import { CardError, parseCard } from '../spaces/card.ts'
import { type CardFields, cardFields, editCard } from '../spaces/card-edit.ts'
import { changeReplicas } from '../spaces/replicas.ts'
import { changeSpace, findMoved, findSpace, moveSpace, spaceById } from '../spaces/space.ts'
import { isStoreAway, type Store } from '../store/database.ts'
import { type Access, guarded } from './access.ts'
import type { Addresses } from './addresses.ts'
import { accountNamed, splitName } from './repos.ts'

export type CardForm = {
  /** The commit that it was read from: given back with the change, so that nobody's is lost. Null where nothing was pushed. */
  commit: string | null
  fields: CardFields
  /** Why the card cannot be used as it is. */
  problem?: string
}

/** Bytes. */
export type StorageUse = { repository: number; data: number }

const value = z.union([z.string().max(2000), z.boolean(), z.number(), z.array(z.string().max(500)).max(100), z.null()])
const cardChange = z.object({ commit: z.string().nullable(), fields: z.record(z.string(), value) })
const replicas = z.object({ replicas: z.number() })
const move = z.object({ fromRepo: z.string(), toRepo: z.string(), type: z.string().nullish() })
const settings = z.object({
  visibility: z.enum(['public', 'private']).nullish(),
  private: z.boolean().nullish(),
})

export type SettingsParts = {
  store: Store
  access: Access
  addresses: Addresses
  pushes: PushParts
  runtime: Pick<Runtime, 'stored' | 'mostReplicas'>
}

export function settingsRouter(parts: SettingsParts): Router {
  const { store, access, addresses, pushes } = parts
  const { repositories } = pushes
  const router = Router()
  const at = '/api/plaza/spaces/:owner/:name'

  router.get(`${at}/card`, async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    response.json(await cardForm(space.id))
  })

  router.put(`${at}/card`, jsonBody(), async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.push')
    const body = cardChange.parse(request.body)
    await repositories.create(space.id)
    const head = await repositories.head(space.id)
    const before = head === undefined ? undefined : await readme(space.id, head)
    const based = body.commit === null ? undefined : await readme(space.id, body.commit).catch(() => undefined)
    // Whatever else was pushed meanwhile does not touch the card.
    if (before !== based) {
      throw new PlazaError(
        'precondition_failed',
        'Somebody has changed README.md meanwhile.',
        'Load the page again and repeat the change.',
      )
    }
    const after = edited(before, body.fields)
    if (after !== before) {
      const name = viewer?.name ?? 'Plaza'
      await commitAndRecord(pushes, space.id, viewer, {
        message: messageOf(Object.keys(body.fields)),
        author: { name, email: `${name}@users.noreply.${addresses.platform.hostname}` },
        parent: head,
        changes: [{ put: 'README.md', content: after }],
      })
    }
    response.json(await cardForm(space.id))
  })

  router.get(`${at}/storage`, async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    const [repository, data] = await Promise.all([sizeOf(repositories, space.id), parts.runtime.stored(space.id)])
    const use: StorageUse = { repository, data }
    response.json(use)
  })

  router.put(`${at}/replicas`, jsonBody(), async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    const body = replicas.parse(request.body ?? {})
    await changeReplicas(store, space.id, body.replicas, parts.runtime.mostReplicas)
    response.json({ replicas: body.replicas })
  })

  router.put('/api/spaces/:owner/:name/settings', jsonBody(), async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    const body = settings.parse(request.body ?? {})
    const wanted = body.visibility ?? (typeof body.private === 'boolean' ? (body.private ? 'private' : 'public') : null)
    if (wanted) await changeSpace(store, space.id, { visibility: wanted })
    response.json({})
  })

  router.post('/api/repos/move', jsonBody(), async (request, response) => {
    const viewer = await access.viewer(request)
    const body = move.parse(request.body ?? {})
    if (body.type !== 'space') throw new PlazaError('repo_not_found', 'Repository not found.', 'Send "type": "space".')
    const from = splitName(body.fromRepo, undefined, viewer?.name ?? '')
    const to = splitName(body.toRepo, undefined, viewer?.name ?? '')
    const space = await findSpace(store.read, from.owner, from.name)
    if (!space) throw repositoryNotFound(viewer)
    requirePermission(viewer, 'space.settings', guarded(space))
    const owner = await accountNamed(store, to.owner)
    if (!owner || !may(viewer, 'space.create', { ownerId: owner.id, visibility: 'public' })) {
      throw new PlazaError('forbidden', `You may not create a Space for ${to.owner}.`, 'Use your own name.')
    }
    await moveSpace(store, space, { owner, name: to.name })
    response.json({ url: addresses.page({ owner: owner.name, name: to.name }) })
  })

  return router

  async function cardForm(spaceId: string): Promise<CardForm> {
    const head = await repositories.head(spaceId)
    const text = head === undefined ? undefined : await readme(spaceId, head)
    return { commit: head ?? null, ...cardFields(text) }
  }

  async function readme(spaceId: string, commit: string): Promise<string | undefined> {
    return await (await filesAt(repositories, spaceId, commit)).text('README.md')
  }
}

/** @throws PlazaError bad_request with the card's own words. */
function edited(readme: string | undefined, fields: CardFields): string {
  try {
    const after = editCard(readme, fields)
    parseCard(after)
    return after
  } catch (error) {
    if (error instanceof CardError) throw new PlazaError('bad_request', error.message)
    throw error
  }
}

function messageOf(keys: readonly string[]): string {
  return keys.length === 1 ? `Change ${keys[0]} of the card` : 'Change the card'
}

/** Bytes of a repository's objects, as git counts them. */
export async function sizeOf(repositories: Repositories, spaceId: string): Promise<number> {
  await repositories.create(spaceId)
  const counted = (await repositories.run(spaceId, ['count-objects', '-v'])).toString()
  const kibibytes = [...counted.matchAll(/^size(?:-pack)?: (\d+)$/gm)].reduce((sum, [, size]) => sum + Number(size), 0)
  return kibibytes * 1024
}

/**
 * Old addresses of Spaces that were renamed lead to the new ones: pages, API and git. To be asked before all other
 * routers. Whoever may not see the Space learns nothing of its new name.
 */
export function redirectRouter(parts: {
  store: Store
  accounts: Pick<Accounts, 'viewerOf' | 'viewerOfBasic'>
}): Router {
  const { store, accounts } = parts
  const router = Router()
  const lead: RequestHandler = async (request, response, next) => {
    const [, before = '', owner = '', name = '', rest = ''] =
      /^(\/(?:api\/(?:plaza\/)?)?spaces\/)([^/?]+)\/([^/?]+)(.*)$/.exec(request.originalUrl) ?? []
    const names = [decoded(owner), decoded(name)] as const
    const isGit = /^\/(?:info\/refs|git-upload-pack|git-receive-pack)(?:\?|$)/.test(rest)
    const bare = isGit ? names[1].replace(/\.git$/, '') : names[1]
    const moved = await movedTo(store, names[0], bare)
    if (!moved) return next()
    const viewer = isGit ? await basicViewer(request.headers.authorization) : await sessionViewer(request)
    if (!may(viewer, 'space.see', guarded(moved))) return next()
    response.setHeader('Cache-Control', 'no-store')
    // Relative: the clients follow only what stays at this server.
    response.redirect(307, `${before}${moved.owner}/${moved.name}${rest}`)
  }
  router.all(
    ['/spaces/:owner/:name{/*rest}', '/api/spaces/:owner/:name{/*rest}', '/api/plaza/spaces/:owner/:name{/*rest}'],
    lead,
  )
  return router

  // Whoever gives wrong credentials is told so by the route itself.
  async function basicViewer(authorization: string | undefined): Promise<Viewer> {
    return await accounts.viewerOfBasic(authorization).catch(() => undefined)
  }
  async function sessionViewer(request: Parameters<Accounts['viewerOf']>[0]): Promise<Viewer> {
    return await accounts.viewerOf(request).catch(() => undefined)
  }
}

async function movedTo(store: Store, owner: string, name: string) {
  const isName = /^[\w.-]{1,200}$/
  if (!isName.test(owner) || !isName.test(name)) return undefined
  // Pages are served without the store as well.
  const moved = await findMoved(store.read, owner, name).catch((error: unknown) => {
    if (isStoreAway(error)) return undefined
    throw error
  })
  if (!moved || (await findSpace(store.read, owner, name))) return undefined
  return await spaceById(store.read, moved.id)
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return ''
  }
}
