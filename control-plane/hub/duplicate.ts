/** `POST /api/spaces/{id}/duplicate`: a Space of one's own from another one's files and variables, never its secrets. */
import { Router } from 'express'
import { z } from 'zod'
import { may, requirePermission } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import { type PushParts, recordPush } from '../repositories/push.ts'
import { mainRef, type Repositories } from '../repositories/repository.ts'
import type { Flavor } from '../scheduling/flavors.ts'
import { checkSettings, seal } from '../spaces/secrets.ts'
import { createSpace, deleteSpace, findSpace } from '../spaces/space.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'
import type { Addresses } from './addresses.ts'
import { accountNamed, splitName } from './repos.ts'
import { checkHardware, sdkOf } from './runtime.ts'

const setting = z.object({ key: z.string(), value: z.string(), description: z.string().max(1000).nullish() })

const wish = z.object({
  repository: z.string().nullish(),
  visibility: z.enum(['public', 'private', 'protected']).nullish(),
  private: z.boolean().nullish(),
  hardware: z.string().nullish(),
  sleepTimeSeconds: z.number().nullish(),
  secrets: z.array(setting).nullish(),
  variables: z.array(setting).nullish(),
})

/** What somebody who duplicates has to decide. */
export type DuplicateOffer = {
  /** A name that is still free among one's own. */
  name: string
  variables: { key: string; value: string; description: string }[]
  /** Their values are not copied: whoever duplicates fills in their own. */
  secrets: { key: string; description: string }[]
}

export type DuplicateParts = {
  store: Store
  access: Access
  addresses: Addresses
  flavors: readonly Flavor[]
  secretsKey: Buffer
  loopbackAddresses: boolean
  pushes: PushParts
}

export function duplicateRouter(parts: DuplicateParts): Router {
  const { store, access, addresses, pushes } = parts
  const router = Router()

  router.get('/api/plaza/spaces/:owner/:name/duplicate', async (request, response) => {
    const viewer = await access.person(request, 'space.create')
    const { space } = await access.space(request, 'space.see')
    const [variables, secrets] = await Promise.all([
      variablesOf(store, space.id),
      store.read.selectFrom('secrets').select(['key', 'description']).where('space_id', '=', space.id).execute(),
    ])
    const name = await freeName(store, viewer.name, space.name)
    const offer: DuplicateOffer = { name, variables, secrets }
    response.json(offer)
  })

  router.post('/api/spaces/:owner/:name/duplicate', jsonBody(), async (request, response) => {
    const viewer = await access.person(request, 'space.create')
    const { space: source } = await access.space(request, 'space.see')
    const body = wish.parse(request.body ?? {})
    if (body.visibility === 'protected') {
      throw new PlazaError('bad_request', 'Plaza knows no protected Spaces yet.', 'Use public or private.')
    }
    const { owner, name } = splitName(body.repository ?? source.name, undefined, viewer.name)
    const account = await accountNamed(store, owner)
    if (!account || !may(viewer, 'space.create', { ownerId: account.id, visibility: 'public' })) {
      requirePermission(viewer, 'space.create', undefined)
      throw new PlazaError('forbidden', `You may not create a Space for ${owner}.`, 'Use your own name.')
    }
    if (typeof body.hardware === 'string') checkHardware(parts.flavors, body.hardware)
    const changed = (body.variables ?? []).map((one) => ({ ...one, description: one.description ?? '' }))
    const variables = [...(await variablesOf(store, source.id)), ...changed]
    const secrets = body.secrets ?? []
    const kept = new Map(variables.map((one) => [one.key, one]))
    checkSettings([...kept.values(), ...secrets])

    const page = addresses.page({ owner: account.name, name })
    const made = await createSpace(store, {
      owner: account,
      name,
      // As at the reference: whoever duplicates shows it when it is theirs.
      visibility: body.visibility ?? (body.private === false ? 'public' : 'private'),
      sdk: sdkOf(source),
      hardware: body.hardware ?? parts.flavors.find((flavor) => flavor.isDefault)?.name ?? 'cpu-basic',
      sleepAfter: body.sleepTimeSeconds ?? undefined,
      hasAddress: parts.loopbackAddresses,
      variables: [...kept.values()],
      secrets: secrets.map((one) => ({
        key: one.key,
        description: one.description ?? '',
        sealed: (spaceId) => seal(parts.secretsKey, spaceId, one.key, one.value),
      })),
    }).catch((error: unknown) => {
      if (!(error instanceof PlazaError) || error.code !== 'conflict') throw error
      throw new PlazaError('conflict', error.message, 'Take another name.', { url: page })
    })
    try {
      await copyMain(pushes.repositories, source.id, made.id)
      await recordPush(pushes, made.id, viewer)
    } catch (error) {
      // Half a Space helps nobody.
      await deleteSpace(store, made.id)
      throw error
    }
    response.json({ url: page })
  })

  return router
}

async function variablesOf(store: Store, spaceId: string): Promise<DuplicateOffer['variables']> {
  return await store.read
    .selectFrom('variables')
    .select(['key', 'value', 'description'])
    .where('space_id', '=', spaceId)
    .orderBy('key')
    .execute()
}

/** `name`, or `name-2` and so on. */
async function freeName(store: Store, owner: string, name: string): Promise<string> {
  for (let count = 1; count < 100; count++) {
    const wanted = count === 1 ? name : `${name}-${count}`
    if (!(await findSpace(store.read, owner, wanted))) return wanted
  }
  return name
}

/** main with its history; nothing of the other branches. */
async function copyMain(repositories: Repositories, from: string, to: string): Promise<void> {
  await repositories.create(to)
  if ((await repositories.head(from)) === undefined) return
  await repositories.run(to, [
    '-c',
    'protocol.file.allow=always',
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--',
    repositories.path(from),
    `${mainRef}:${mainRef}`,
  ])
}
