/** Whether an engine builds by BuildKit: tried, with an image of nothing. */
import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { z } from 'zod'
import { archive } from './archive.ts'

/** Milliseconds. */
const patience = 30_000
const dockerfile = 'FROM scratch\nLABEL plaza.purpose=trial\n'

/** BuildKit's events have ids, the old builder's are plain lines. */
const event = z.object({ id: z.string().optional(), error: z.string().optional(), aux: z.unknown() })
const imageOf = z.object({ ID: z.string() })

/** Leaves nothing behind. @throws Error with the engine's words. */
export async function buildNothing(engine: Docker): Promise<void> {
  const context = archive([{ name: 'Dockerfile', mode: 0o644, user: 0, content: dockerfile }])
  const output = await engine.buildImage(Readable.from([context]), {
    version: '2',
    abortSignal: AbortSignal.timeout(patience),
  })
  const events = await new Promise<unknown[]>((resolve, reject) => {
    engine.modem.followProgress(output, (error: Error | null, all: unknown[]) => (error ? reject(error) : resolve(all)))
  })
  const all = events.flatMap((one) => event.safeParse(one).data ?? [])
  const failure = all.find(({ error }) => error !== undefined)?.error
  if (failure !== undefined) throw new Error(failure)
  const built = all.find(({ id }) => id === 'moby.image.id')
  if (built === undefined) throw new Error('It built by its old builder.')
  const { data: image } = imageOf.safeParse(built.aux)
  // Two that try at once make the same image.
  if (image !== undefined) await removeQuietly(engine, image.ID)
}

async function removeQuietly(engine: Docker, image: string): Promise<void> {
  try {
    await engine.getImage(image).remove()
  } catch {
    // It is gone, or somebody else's.
  }
}
