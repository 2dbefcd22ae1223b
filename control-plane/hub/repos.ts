/** Repositories come and go: `POST /api/repos/create`, `DELETE /api/repos/delete`. */
import { Router } from 'express'
import { z } from 'zod'
import { repositoryNotFound, requirePermission } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import type { Flavor } from '../scheduling/flavors.ts'
import { checkSettings, seal } from '../spaces/secrets.ts'
import { createSpace, deleteSpace, findSpace } from '../spaces/space.ts'
import type { Store } from '../store/database.ts'
import { type Access, guarded } from './access.ts'
import type { Addresses } from './addresses.ts'
import { checkHardware } from './runtime.ts'

const setting = z.object({ key: z.string(), value: z.string(), description: z.string().max(1000).nullish() })

const creation = z.object({
  name: z.string(),
  organization: z.string().nullish(),
  type: z.string().nullish(),
  visibility: z.enum(['public', 'private', 'protected']).nullish(),
  private: z.boolean().nullish(),
  sdk: z.enum(['gradio', 'docker', 'static', 'streamlit']).nullish(),
  hardware: z.string().nullish(),
  sleepTimeSeconds: z.number().nullish(),
  secrets: z.array(setting).nullish(),
  variables: z.array(setting).nullish(),
})

const deletion = z.object({ name: z.string(), organization: z.string().nullish(), type: z.string().nullish() })

export type ReposParts = {
  store: Store
  access: Access
  addresses: Addresses
  flavors: readonly Flavor[]
  secretsKey: Buffer
  /** Whether Spaces get a loopback address of their own. */
  loopbackAddresses: boolean
  createRepository(spaceId: string): Promise<void>
}

export function reposRouter(parts: ReposParts): Router {
  const { store, access, addresses } = parts
  const router = Router()

  router.post('/api/repos/create', jsonBody(), async (request, response) => {
    const viewer = await access.person(request, 'space.create')
    const body = creation.parse(request.body ?? {})
    if (body.type !== 'space') {
      throw new PlazaError('bad_request', `Plaza hosts Spaces, not ${body.type ?? 'model'}s.`, 'Send "type": "space".')
    }
    if (body.visibility === 'protected') {
      throw new PlazaError('bad_request', 'Plaza knows no protected Spaces yet.', 'Use public or private.')
    }
    const { owner, name } = splitName(body.name, body.organization, viewer.name)
    const account = await accountNamed(store, owner)
    requirePermission(viewer, 'space.create', account && { ownerId: account.id, visibility: 'public' })
    if (!account) throw new PlazaError('forbidden', `You may not create a Space for ${owner}.`, 'Use your own name.')
    if (typeof body.hardware === 'string') checkHardware(parts.flavors, body.hardware)
    checkSettings([...(body.secrets ?? []), ...(body.variables ?? [])])

    const page = addresses.page({ owner: account.name, name })
    const space = await createSpace(store, {
      owner: account,
      name,
      visibility: body.visibility ?? (body.private ? 'private' : 'public'),
      sdk: body.sdk ?? null,
      hardware: body.hardware ?? parts.flavors.find((flavor) => flavor.isDefault)?.name ?? 'cpu-basic',
      sleepAfter: body.sleepTimeSeconds ?? undefined,
      hasAddress: parts.loopbackAddresses,
      variables: (body.variables ?? []).map((one) => ({ ...one, description: one.description ?? '' })),
      secrets: (body.secrets ?? []).map((one) => ({
        key: one.key,
        description: one.description ?? '',
        sealed: (spaceId) => seal(parts.secretsKey, spaceId, one.key, one.value),
      })),
    }).catch((error: unknown) => {
      if (!(error instanceof PlazaError) || error.code !== 'conflict') throw error
      throw new PlazaError('conflict', error.message, '', { url: page })
    })
    await parts.createRepository(space.id)
    response.json({ url: page, name: `${account.name}/${name}`, id: space.id })
  })

  router.delete('/api/repos/delete', jsonBody(), async (request, response) => {
    const viewer = await access.viewer(request)
    const body = deletion.parse(request.body ?? {})
    if (body.type !== 'space') throw new PlazaError('repo_not_found', 'Repository not found.', 'Send "type": "space".')
    const { owner, name } = splitName(body.name, body.organization, viewer?.name ?? '')
    const space = await findSpace(store.read, owner, name)
    if (!space) throw repositoryNotFound(viewer)
    requirePermission(viewer, 'space.delete', guarded(space))
    await deleteSpace(store, space.id)
    response.type('text/plain').send('OK')
  })

  return router
}

/** Clients send `name` alone, `name` with `organization`, or `owner/name`. */
export function splitName(
  text: string,
  organization: string | null | undefined,
  self: string,
): { owner: string; name: string } {
  const [first = '', ...rest] = text.split('/')
  if (rest.length === 0) return { owner: organization ?? self, name: first }
  return { owner: first, name: rest.join('/') }
}

export async function accountNamed(store: Store, name: string): Promise<{ id: string; name: string } | undefined> {
  return await store.read
    .selectFrom('accounts')
    .select(['id', 'name'])
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst()
}
