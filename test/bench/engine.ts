/** The Docker engine of a bench: the tester's own by `PLAZA_TEST_ENGINE`, else one that starts with the bench and ends with it. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type Docker from 'dockerode'
import { type BaseImages, ensureBaseImages } from '../drivers/base-images.ts'
import { engineOf, hostOf, startDockerd, stopDockerd } from '../drivers/dockerd.ts'
import { sharedEngine } from '../drivers/engine-run.ts'
import { lacking } from '../drivers/test-engine.ts'

export type BenchEngine = AsyncDisposable & { host: string; engine: Docker; images: BaseImages }

/** Undefined where there can be none; `missing` is called with the reason. */
export async function benchEngine(missing: (why: string) => void): Promise<BenchEngine | undefined> {
  const own = process.env['PLAZA_TEST_ENGINE']
  if (own !== undefined && own !== '') return await ready(own, async () => {})
  const why = lacking()
  if (why !== undefined) {
    missing(why)
    return undefined
  }
  const place = sharedEngine(await mkdtemp(path.join(tmpdir(), 'plaza-engine-')))
  await startDockerd(place)
  return await ready(hostOf(place), async () => await stopDockerd(place))
}

async function ready(host: string, end: () => Promise<void>): Promise<BenchEngine> {
  const engine = engineOf(host)
  return { host, engine, images: await ensureBaseImages(engine), [Symbol.asyncDispose]: end }
}
