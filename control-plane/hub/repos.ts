/** Repositories come and go: `POST /api/repos/create`, with the first files where some were named, and `DELETE /api/repos/delete`. */
import { Router } from 'express'
import { z } from 'zod'
import { may, repositoryNotFound, requirePermission, type Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import type { FileChange, NewCommit } from '../repositories/commit.ts'
import { commitAndRecord, type PushParts } from '../repositories/push.ts'
import type { Flavor } from '../scheduling/flavors.ts'
import { checkSettings, seal } from '../spaces/secrets.ts'
import { checkSpaceName, createSpace, deleteSpace, findSpace } from '../spaces/space.ts'
import type { Store } from '../store/database.ts'
import { type Access, guarded } from './access.ts'
import type { Addresses } from './addresses.ts'
import { checkHardware } from './runtime.ts'
import type { Templates } from './templates.ts'

const setting = z.object({ key: z.string(), value: z.string(), description: z.string().max(1000).nullish() })

/** What a card shall say beside what its files say. */
export const cardWish = z.record(
  z.string().regex(/^[a-zA-Z_]{1,40}$/),
  z.union([z.string().max(2000), z.boolean(), z.number(), z.array(z.string().max(500)).max(100)]),
)

const file = z.object({ path: z.string(), content: z.string(), encoding: z.enum(['base64', 'utf-8']).default('utf-8') })

export const creation = z.object({
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
  template: z.string().nullish(),
  license: z.string().max(100).nullish(),
  /** As the JavaScript client sends them. */
  files: z.array(file).max(1000).nullish(),
})

/** Whether a name can be had, and if not, why. */
export type NameAnswer = { free: boolean; reason?: string }

const deletion = z.object({ name: z.string(), organization: z.string().nullish(), type: z.string().nullish() })

export type ReposParts = {
  store: Store
  access: Access
  addresses: Addresses
  flavors: readonly Flavor[]
  secretsKey: Buffer
  /** Whether Spaces get a loopback address of their own. */
  loopbackAddresses: boolean
  pushes: PushParts
  templates: Templates
  authorOf(viewer: Viewer): NewCommit['author']
}

export function reposRouter(parts: ReposParts): Router {
  const { store, access } = parts
  const router = Router()

  router.post('/api/repos/create', jsonBody(), async (request, response) => {
    const viewer = await access.person(request, 'space.create')
    const body = creation.parse(request.body ?? {})
    const { name } = splitName(body.name, body.organization, viewer.name)
    const first = await firstFiles(parts.templates, body, name)
    const place = await takePlace(parts, viewer, body)
    if (first.changes.length > 0) {
      const commit = { ...first, author: parts.authorOf(viewer) }
      await commitAndRecord(parts.pushes, place.id, viewer, commit).catch(async (error: unknown) => {
        // Half a Space helps nobody.
        await deleteSpace(store, place.id)
        throw error
      })
    }
    response.json(place)
  })

  router.get('/api/plaza/names/:owner/:name', async (request, response) => {
    const viewer = await access.person(request, 'space.create')
    const { owner, name } = request.params
    const account = await accountNamed(store, owner)
    const isOwn = account && may(viewer, 'space.create', { ownerId: account.id, visibility: 'public' })
    const answer: NameAnswer = isOwn
      ? await nameAnswer(store, account.name, name)
      : { free: false, reason: `You may not create a Space for ${owner}.` }
    response.json(answer)
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

/** The row and the empty repository of a new Space. @throws PlazaError conflict with the `url` of the one that has the name. */
export async function takePlace(
  parts: ReposParts,
  viewer: NonNullable<Viewer>,
  body: z.infer<typeof creation>,
): Promise<{ url: string; name: string; id: string }> {
  const { store, addresses } = parts
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
  await parts.pushes.repositories.create(space.id)
  return { url: page, name: `${account.name}/${name}`, id: space.id }
}

/** The first commit: a template's files with the Space's own title, then those that were sent along. */
async function firstFiles(
  templates: Templates,
  body: z.infer<typeof creation>,
  name: string,
): Promise<{ message: string; changes: FileChange[] }> {
  const { template, license, files } = body
  const fields = { title: titleOf(name), ...(license ? { license } : {}) }
  const changes = new Map<string, FileChange>()
  for (const change of template ? await templates.changes(template, fields) : []) {
    if ('put' in change) changes.set(change.put, change)
  }
  for (const { path, content, encoding } of files ?? []) {
    changes.set(path, { put: path, content: Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8') })
  }
  const message = template ? `Start from the template ${template.replace(/^templates\//, '')}` : 'Add the first files'
  return { message, changes: [...changes.values()] }
}

/** `bread-clock` → `Bread clock`: what the gallery shows until its author writes something better (pure). */
export function titleOf(name: string): string {
  const words = name.replaceAll(/[-_.]+/g, ' ').trim()
  return words === '' ? name : words.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
}

async function nameAnswer(store: Store, owner: string, name: string): Promise<NameAnswer> {
  try {
    checkSpaceName(name)
  } catch (error) {
    if (!(error instanceof PlazaError)) throw error
    return { free: false, reason: [error.message, error.remedy].join(' ') }
  }
  return (await findSpace(store.read, owner, name)) ? { free: false } : { free: true }
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
