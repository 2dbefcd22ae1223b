/** What Spaces keep: a volume each, mounted at `/data`, that every user inside may write. */
import { chmod, lchown, lstat } from 'node:fs/promises'
import type Docker from 'dockerode'
import { archive } from './archive.ts'
import { isMissing } from './failures.ts'
import { bytesIn } from './folder-size.ts'

export type VolumesOptions = {
  engine: Docker
  /** Of this Plaza: several may use one engine. */
  install: string
}

/** Where images that Plaza builds run as. */
const owner = 1000
/** Others too: an author's own image may run as anybody, and root there has no capability to write elsewhere. Nobody else mounts it. */
const mode = 0o777
/** Milliseconds for which the engine's own count, which takes it long, is good enough. */
const countedFor = 60_000

export class Volumes {
  readonly #engine: Docker
  readonly #install: string
  readonly #writable = new Set<string>()
  #counted: { at: number; sizes: Promise<Map<string, number>> } | undefined

  constructor({ engine, install }: VolumesOptions) {
    this.#engine = engine
    this.#install = install
  }

  /** The volume's name; made where it is missing. To be mounted with NoCopy: an image's own `/data` would change whose it is. */
  async of(spaceId: string): Promise<string> {
    const name = this.#name(spaceId)
    // The engine gives back the one that is there.
    await this.#engine.createVolume({ Name: name, Labels: { 'plaza.install': this.#install, 'plaza.space': spaceId } })
    if (!this.#writable.has(name)) await this.#makeWritable(name)
    this.#writable.add(name)
    return name
  }

  /** Bytes on disk, the volume's own folder left out; 0 for a Space that has none. */
  async stored(spaceId: string): Promise<number> {
    const name = this.#name(spaceId)
    const folder = await this.#folder(name)
    if (folder !== undefined) return (await bytesIn([folder])) - (await lstat(folder)).blocks * 512
    return (await this.#sizes()).get(name) ?? 0
  }

  /** Unknown ones are fine. @throws the engine's error while a container has it. */
  async forget(spaceId: string): Promise<void> {
    const name = this.#name(spaceId)
    this.#writable.delete(name)
    await this.#engine.getVolume(name).remove().catch(unlessMissing)
  }

  #name(spaceId: string): string {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(spaceId)) throw new Error(`${JSON.stringify(spaceId)} is not an id.`)
    return `plaza-${this.#install}-${spaceId}`
  }

  /** Where this machine has it; undefined: the engine's is another one, or it is not for this user. */
  async #folder(name: string): Promise<string | undefined> {
    const found = await this.#engine.getVolume(name).inspect().catch(unlessMissing)
    // The engine's word alone would do as a path for whatever it likes.
    if (found === undefined || !found.Mountpoint.includes(`/${name}/`)) return undefined
    const stat = await lstat(found.Mountpoint).catch(() => undefined)
    return stat?.isDirectory() === true ? found.Mountpoint : undefined
  }

  async #makeWritable(name: string): Promise<void> {
    const folder = await this.#folder(name)
    try {
      if (folder === undefined) return await this.#makeWritableThere(name)
      // An app of a Space cannot swap the folder itself for a link: it sees only what is below.
      await lchown(folder, owner, owner)
      await chmod(folder, mode)
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error
      await this.#makeWritableThere(name)
    }
  }

  /** By unpacking an archive through a container that is never started. Whose image it has is no matter. */
  async #makeWritableThere(name: string): Promise<void> {
    const [image] = await this.#engine.listImages()
    if (image === undefined) throw new Error('The engine has no image yet, so no volume can be given to its user.')
    const container = await this.#engine.createContainer({
      Image: image.Id,
      Cmd: ['/never-started'],
      Labels: { 'plaza.install': this.#install, 'plaza.purpose': 'volume' },
      HostConfig: { NetworkMode: 'none', Binds: [`${name}:/data:nocopy`] },
    })
    try {
      // Of the folder that an archive is unpacked in, the engine changes nothing: it has to be one below.
      await container.putArchive(archive([{ name: 'data/', mode, user: owner }]), { path: '/' })
    } finally {
      await container.remove({ force: true }).catch(unlessMissing)
    }
  }

  async #sizes(): Promise<Map<string, number>> {
    if (this.#counted === undefined || Date.now() - this.#counted.at > countedFor) {
      const sizes = volumeSizes(this.#engine)
      this.#counted = { at: Date.now(), sizes }
      sizes.catch(() => (this.#counted = undefined))
    }
    return await this.#counted.sizes
  }
}

/** Bytes by name, as the engine counts them. */
export async function volumeSizes(engine: Docker): Promise<Map<string, number>> {
  const counted = (await engine.df()) as { Volumes?: { Name: string; UsageData?: { Size: number } | null }[] | null }
  return new Map((counted.Volumes ?? []).map(({ Name, UsageData }) => [Name, Math.max(0, UsageData?.Size ?? 0)]))
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}
