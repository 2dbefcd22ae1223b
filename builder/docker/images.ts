/** The images of this platform in the engine, and in a registry where there is one: named by what determines them. */
import type Docker from 'dockerode'
import type { Image, Sha256 } from '../builder.ts'
import type { Credentials } from './credentials.ts'

export type ImagesOptions = {
  engine: Docker
  /** `localhost:5000/plaza`: where images are pushed to; undefined: they stay in the engine. */
  registry: string | undefined
  credentials: Credentials
}

/** On every image that a builder makes: its key. */
export const imageLabel = 'plaza.image'
/** Whose it is: cleaning up touches nothing of another installation that uses the same engine. */
export const builderLabel = 'plaza.builder'

/** On images with packages: all that determines the layers that those are in, up to what an index had at that time. */
export const environmentLabel = 'plaza.environment'
/** On images with bytecode: which installation has it. */
export const bytecodeLabel = 'plaza.bytecode'

/** @param builder name of this installation's builder. */
export function labelsOf(key: Sha256, builder: string): Record<string, string> {
  return { [imageLabel]: key, [builderLabel]: builder }
}

/** The one beside an image in a registry, that later builds take the bytecode of. */
export function bytecodeTagOf(key: string): string {
  return `plaza/${key}:bytecode`
}

export type Oci = Extract<Image, { kind: 'oci' }>

export class Images {
  readonly #options: ImagesOptions
  #naming: Promise<unknown> = Promise.resolve()

  constructor(options: ImagesOptions) {
    this.#options = options
  }

  /** The name under which an image is found by what determines it. */
  tagOf(key: Sha256): string {
    return `${repository(key)}:latest`
  }

  /** The image that was made for `key`, fetched from the registry where the engine lost it. */
  async find(key: Sha256, signal: AbortSignal): Promise<Oci | undefined> {
    const { registry } = this.#options
    const id = await this.#idOf(this.tagOf(key))
    if (id !== undefined) return registry === undefined ? this.#pinned(key, id) : this.#pushed(id)
    if (registry === undefined) return undefined
    const name = `${registry}:${key}`
    if (
      !(await this.pull(name, signal).then(
        () => true,
        () => false,
      ))
    )
      return undefined
    await this.#tag(name, repository(key), 'latest')
    const pulled = await this.#idOf(name)
    return pulled === undefined ? undefined : this.#pushed(pulled)
  }

  /** Keeps a new image under its key, pushed where there is a registry. */
  async keep(key: Sha256, id: string, signal: AbortSignal): Promise<Oci> {
    await this.#inTurn(() => this.#tag(id, repository(key), 'latest'))
    if (this.#options.registry === undefined) return this.#pinned(key, id)
    await this.#push(key, id, signal)
    const pushed = await this.#pushed(id)
    if (pushed === undefined)
      throw new Error(`The engine does not know by which digest ${this.#options.registry} has the image.`)
    return pushed
  }

  /**
   * Gives the names of an image to one that has bytecode too, so that the next start is that one's. Where images run by
   * a registry's digest theirs stays, and the other is kept for later builds.
   */
  async replace(key: Sha256, plain: string, compiled: string): Promise<void> {
    if (this.#options.registry !== undefined) {
      const [repo = '', tag = ''] = bytecodeTagOf(key).split(':')
      return this.#tag(compiled, repo, tag)
    }
    await this.#inTurn(async () => {
      // A fresh build may have the key by now.
      if ((await this.id(this.tagOf(key))) === plain) await this.#tag(compiled, repository(key), 'latest')
      await this.#tag(compiled, repository(key), pinOf(plain))
    })
  }

  /** What an image is made of, the lowest layer first; undefined when the engine has none of that name. */
  async about(
    name: string,
  ): Promise<{ id: string; layers: readonly string[]; labels: Readonly<Record<string, string>> } | undefined> {
    const found = await this.#options.engine.getImage(name).inspect().catch(unlessMissing)
    return found && { id: found.Id, layers: found.RootFS.Layers ?? [], labels: found.Config.Labels ?? {} }
  }

  /** @throws Error with the engine's words. */
  async pull(name: string, signal: AbortSignal): Promise<void> {
    const { engine, credentials } = this.#options
    const stream = await engine.pull(name, { abortSignal: signal, authconfig: credentials(hostOf(name)) })
    await finished(engine, stream)
  }

  /** The engine's id of an image; undefined when it has none of that name. */
  async #idOf(name: string): Promise<string | undefined> {
    return this.#options.engine
      .getImage(name)
      .inspect()
      .then(({ Id }) => Id, unlessMissing)
  }

  async id(name: string): Promise<string | undefined> {
    return this.#idOf(name)
  }

  /**
   * A fresh build gives the key to another image; whoever runs the one before goes on finding it by a name of its own.
   */
  async #pinned(key: Sha256, id: string): Promise<Oci> {
    const tag = pinOf(id)
    await this.#tag(id, repository(key), tag)
    return { kind: 'oci', reference: `${repository(key)}:${tag}`, digest: id }
  }

  async #pushed(id: string): Promise<Oci | undefined> {
    const { engine, registry } = this.#options
    const { RepoDigests } = (await engine.getImage(id).inspect()) as { RepoDigests: string[] | null }
    const reference = RepoDigests?.find((name) => name.startsWith(`${registry}@`))
    // One that was built before there was a registry.
    return reference === undefined ? undefined : { kind: 'oci', reference, digest: id }
  }

  async #push(key: Sha256, id: string, signal: AbortSignal): Promise<void> {
    const { engine, registry = '', credentials } = this.#options
    await this.#tag(id, registry, key)
    // The engine insists on some, also where the registry asks for none.
    const authconfig = credentials(hostOf(registry)) ?? { username: '', password: '', serveraddress: hostOf(registry) }
    const stream = await engine.getImage(`${registry}:${key}`).push({ abortSignal: signal, authconfig })
    await finished(engine, stream)
  }

  /** What a name stands for must not change between the question and its answer's use. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#naming.then(work)
    this.#naming = turn.catch(() => undefined)
    return turn
  }

  async #tag(name: string, repo: string, tag: string): Promise<void> {
    await this.#options.engine.getImage(name).tag({ repo, tag })
  }
}

function repository(key: Sha256): string {
  return `plaza/${key}`
}

function pinOf(id: string): string {
  return id.replace('sha256:', '').slice(0, 16)
}

/** Of a reference as the engine reads it; Docker Hub has this name in its configuration. */
function hostOf(name: string): string {
  const first = name.includes('/') ? (name.split('/')[0] ?? '') : ''
  return /[.:]|^localhost$/.test(first) ? first : 'https://index.docker.io/v1/'
}

function unlessMissing(error: unknown): undefined {
  if ((error as { statusCode?: number }).statusCode === 404) return undefined
  throw error
}

async function finished(engine: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let failed: Error | undefined
    engine.modem.followProgress(
      stream,
      (error) => {
        const reason = error ?? failed
        if (reason) reject(reason)
        else resolve()
      },
      (said: { error?: string }) => {
        if (said.error !== undefined) failed ??= new Error(said.error)
      },
    )
  })
}
