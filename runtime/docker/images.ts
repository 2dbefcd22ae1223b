/** Images that the engine has no more, or never had: what has a registry in its name is fetched from there. */
import type Docker from 'dockerode'

/** Thrown where a container should be made of one. */
export class ImageMissing extends Error {
  readonly reference: string
  constructor(reference: string) {
    super('its image is gone; restart the Space to build it again.')
    this.name = 'ImageMissing'
    this.reference = reference
  }
}

/** `registry.example.org/plaza/x`, `localhost:5000/x`; `plaza/x` is nowhere but on the engine. */
export function hasRegistry(reference: string): boolean {
  const [first = '', ...rest] = reference.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
}

/** Takes as long as it takes. @throws the engine's error; the signal's reason. */
export async function pullImage(engine: Docker, reference: string, signal: AbortSignal): Promise<void> {
  const progress = await engine.pull(reference, { abortSignal: signal })
  await new Promise<void>((resolve, reject) => {
    engine.modem.followProgress(progress, (error: Error | null) => (error === null ? resolve() : reject(error)))
  })
  signal.throwIfAborted()
}
