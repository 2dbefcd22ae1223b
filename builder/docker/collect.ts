/** Removes what no Space wants any more: images, made sites, checkouts, leftovers of builds that died, old caches. */
import type Docker from 'dockerode'
import type { ImageInfo } from 'dockerode'
import type { Image } from '../builder.ts'
import { discardAll, discardCheckouts } from '../discard.ts'
import type { Holds } from '../holds.ts'
import type { Folders } from './folders.ts'
import { builderLabel, bytecodeTagOf, imageLabel } from './images.ts'

export type Collection = {
  engine: Docker
  /** Name of this installation's builder. */
  builder: string
  folders: Folders
  /** Images that are used or wanted. */
  keep: readonly Image[]
  /** Images (by key), checkouts, sites and scratch (by path) of builds that run now. */
  holds: Holds
  /** Hours after which what BuildKit keeps for later builds, and none used, is removed. */
  cacheHours: number
}

/** Bytes freed. */
export async function collect({ engine, builder, folders, keep, holds, cacheHours }: Collection): Promise<number> {
  const wanted = new Set(keep.flatMap((image) => (image.kind === 'static' ? [image.root] : [])))
  let freed = 0
  freed += await discardCheckouts(folders.checkouts, wanted, holds)
  freed += await discardAll(folders.sites, (path) => wanted.has(path) || holds.has(path))
  freed += await discardAll(folders.builds, (path) => holds.has(path))
  freed += await collectImages(engine, builder, keep, holds)
  return freed + (await pruneCache(engine, cacheHours))
}

async function collectImages(engine: Docker, builder: string, keep: readonly Image[], holds: Holds): Promise<number> {
  const ours = await engine.listImages({ all: false, filters: { label: [`${builderLabel}=${builder}`] } })
  if (ours.length === 0) return 0
  const containers = await engine.listContainers({ all: true })
  // Not by their ids: what had a name first gives it to the same with bytecode, and then nobody starts it any more.
  const kept = new Set(keep.flatMap((image) => (image.kind === 'oci' ? [image.reference] : [])))
  const isKept = (image: ImageInfo) => namesOf(image).some((name) => kept.has(name))
  const keys = ours.filter(isKept).map(({ Labels }) => Labels[imageLabel] ?? '')
  const used = new Set([...kept, ...keys.map(bytecodeTagOf), ...containers.map(({ ImageID }) => ImageID)])
  const unwanted = ours.filter(
    (image) =>
      ![image.Id, ...namesOf(image)].some((name) => used.has(name)) && !holds.has(image.Labels[imageLabel] ?? ''),
  )
  if (unwanted.length === 0) return 0
  const before = await layersSize(engine)
  for (const image of unwanted) {
    if (holds.has(image.Labels[imageLabel] ?? '')) continue
    // By all its names: without force, the engine refuses where a container has come to use it meanwhile.
    const known = namesOf(image)
    for (const name of known.length > 0 ? known : [image.Id]) await engine.getImage(name).remove().catch(unlessUsed)
  }
  return Math.max(0, before - (await layersSize(engine)))
}

function namesOf({ RepoTags, RepoDigests }: ImageInfo): readonly string[] {
  return [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((name) => !name.startsWith('<none>'))
}

function unlessUsed(error: unknown): void {
  const status = (error as { statusCode?: number }).statusCode
  if (status !== 404 && status !== 409) throw error
}

/** Bytes. What BuildKit keeps of it stays on the disk until its cache is cleaned. */
async function layersSize(engine: Docker): Promise<number> {
  // Newer engines look at images only then; that is a matter of minutes on some machines.
  const answer = await ask(engine, 'GET', `/system/df?${new URLSearchParams({ type: 'image' })}`)
  return (answer as { LayersSize?: number }).LayersSize ?? 0
}

/** BuildKit's cache knows no labels, only how long something has not been used. */
async function pruneCache(engine: Docker, hours: number): Promise<number> {
  const filters = JSON.stringify({ 'unused-for': { [`${hours}h`]: true } })
  const answer = await ask(engine, 'POST', `/build/prune?${new URLSearchParams({ all: '1', filters })}`)
  return (answer as { SpaceReclaimed?: number }).SpaceReclaimed ?? 0
}

/** dockerode's own calls for these drop the query. */
function ask(engine: Docker, method: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // It takes the last character off.
    const dial = { path: `${path}&`, method, statusCodes: { 200: true } }
    engine.modem.dial(dial, (error: unknown, answer: unknown) => {
      if (error === null) resolve(answer)
      else reject(error)
    })
  })
}
