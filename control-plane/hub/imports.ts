/** Spaces from repositories elsewhere: `POST /api/plaza/imports` fetches, the answer is looked at, and `…/space` makes the Space. */
import { type Request, Router } from 'express'
import { z } from 'zod'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import { checkSource } from '../repositories/import.ts'
import { makeCommit } from '../repositories/commit.ts'
import { recordPush } from '../repositories/push.ts'
import { filesAt } from '../repositories/tree.ts'
import { CardError } from '../spaces/card.ts'
import { type CardFields, editCard } from '../spaces/card-edit.ts'
import type { Imports } from '../spaces/imports.ts'
import { creditSource, deleteSpace } from '../spaces/space.ts'
import { cardWish, creation, type ReposParts, takePlace } from './repos.ts'

const wish = z.object({ url: z.string().max(4000), branch: z.string().nullish() })
const placement = creation.extend({ card: cardWish.nullish() })

export function importsRouter(parts: ReposParts & { imports: Imports }): Router {
  const { store, access, imports, pushes } = parts
  const { repositories } = pushes
  const router = Router()

  router.post('/api/plaza/imports', jsonBody(), async (request, response) => {
    const viewer = await access.person(request, 'space.create')
    const body = wish.parse(request.body ?? {})
    const source = checkSource(body.url, body.branch ?? undefined)
    response.status(202).json(imports.start(viewer.accountId, source))
  })

  router.get('/api/plaza/imports/:id', async (request, response) => {
    const viewer = await access.person(request, 'space.create')
    response.json(imports.find(viewer.accountId, request.params.id))
  })

  router.delete('/api/plaza/imports/:id', async (request, response) => {
    const viewer = await access.person(request, 'space.create')
    await imports.cancel(viewer.accountId, request.params.id)
    response.status(204).end()
  })

  router.post('/api/plaza/imports/:id/space', jsonBody(), async (request: Request<{ id: string }>, response) => {
    const viewer = await access.person(request, 'space.create')
    const body = placement.parse({ ...request.body, type: 'space' })
    const { id } = request.params
    const { staged, source, giveBack } = imports.take(viewer.accountId, id)
    const place = await takePlace(parts, viewer, body).catch((error: unknown) => {
      giveBack()
      throw error
    })
    let adopted = false
    try {
      const fields = body.card ?? {}
      const head = await repositories.head(staged)
      const files = head === undefined ? undefined : await filesAt(repositories, staged, head)
      const before = await files?.text('README.md')
      const after = Object.keys(fields).length === 0 ? before : edited(before, fields)
      if (after !== undefined && after !== before) {
        await makeCommit(repositories, staged, {
          message: before === undefined ? 'Add README.md with a card' : 'Change the card in README.md',
          author: parts.authorOf(viewer),
          parent: head,
          changes: [{ put: 'README.md', content: after }],
        })
      }
      await repositories.adopt(staged, place.id)
      adopted = true
      await creditSource(store, place.id, source.url)
      await recordPush(pushes, place.id, viewer)
    } catch (error) {
      // Half a Space helps nobody; what was fetched is there for another try.
      if (!adopted) giveBack()
      await deleteSpace(store, place.id)
      throw error
    }
    void imports.cancel(viewer.accountId, id).catch(() => {})
    response.json(place)
  })

  return router
}

function edited(readme: string | undefined, fields: CardFields): string {
  try {
    return editCard(readme, fields)
  } catch (error) {
    if (!(error instanceof CardError)) throw error
    throw new PlazaError('unprocessable', error.message, 'Import it as it is, and correct README.md then.')
  }
}
