/** What a running Gradio app can be called for, as it says itself: for examples that work as they are copied. */
import { Router } from 'express'
import { z } from 'zod'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'

/** `example`: what the app itself would pass, in order. */
export type Endpoint = { name: string; example: unknown[] }

const patience = 3_000
/** Bytes. */
const largestAnswer = 1024 * 1024
const mostEndpoints = 50
/** Characters of JSON: longer examples (pictures as data) help nobody who reads. */
const longestExample = 500

const described = z.object({
  named_endpoints: z.record(
    z.string(),
    z.object({ parameters: z.array(z.object({ example_input: z.unknown().optional() })).default([]) }),
  ),
})

export function endpointsRouter(parts: { store: Store; access: Access }): Router {
  const router = Router()
  router.get('/api/plaza/spaces/:owner/:name/endpoints', async (request, response) => {
    const { space } = await parts.access.space(request, 'space.see')
    const route = await parts.store.read
      .selectFrom('routes')
      .select('addresses')
      .where('space_id', '=', space.id)
      .where('kind', '=', 'address')
      .executeTakeFirst()
    const replica = route?.addresses?.[0]
    const endpoints = replica ? await ask(`http://${replica.host}:${replica.port}`) : []
    response.json({ endpoints })
  })
  return router
}

/** None where the app is no Gradio, or does not answer: the page then shows an example with a name of its own. */
async function ask(app: string): Promise<Endpoint[]> {
  try {
    const answer = await fetch(`${app}/gradio_api/info`, {
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
    })
    if (!answer.ok || !answer.body) return []
    const pieces: Uint8Array[] = []
    let bytes = 0
    for await (const piece of answer.body) {
      bytes += piece.byteLength
      if (bytes > largestAnswer) return []
      pieces.push(piece)
    }
    return endpointsOf(JSON.parse(Buffer.concat(pieces).toString('utf8')))
  } catch {
    return []
  }
}

/** The app is a stranger's: only plain names pass, since people copy them into a terminal (pure). */
export function endpointsOf(info: unknown): Endpoint[] {
  const read = described.safeParse(info)
  if (!read.success) return []
  return Object.entries(read.data.named_endpoints)
    .filter(([name]) => /^\/[A-Za-z0-9_]{1,100}$/.test(name))
    .slice(0, mostEndpoints)
    .map(([name, { parameters }]) => {
      const example = parameters.map((one) => one.example_input ?? null)
      return { name, example: JSON.stringify(example).length > longestExample ? [] : example }
    })
}
