/** The container engine: where it is, and whether it answers. */
import Docker from 'dockerode'

/** Milliseconds that an engine may take to say its version. */
const patience = 5_000
/** BuildKit by the Engine's own API came with it, and so did all that is used here. */
const oldestApi = '1.39'

export type FoundEngine =
  | { engine: Docker; host: string; version: string; missing?: undefined }
  /** Why there is none, one sentence. */
  | { engine?: undefined; missing: string }

/** @param host as DOCKER_HOST has it; undefined: the usual socket. */
export async function findEngine(host: string | undefined): Promise<FoundEngine> {
  const place = host ?? 'unix:///var/run/docker.sock'
  const options = optionsOf(place)
  if (options === undefined) return { missing: `DOCKER_HOST is ${place}, which is neither unix://… nor tcp://….` }
  const engine = new Docker(options)
  try {
    const answer = await withLimit(engine.version(), patience)
    if (answer.Os !== 'linux')
      return { missing: `The engine at ${place} runs ${answer.Os} containers, not Linux ones.` }
    if (!isAtLeast(answer.ApiVersion, oldestApi)) {
      return {
        missing: `The engine at ${place} speaks version ${answer.ApiVersion} of the API; ${oldestApi} is needed.`,
      }
    }
    return { engine, host: place, version: answer.Version }
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    return { missing: `No container engine answers at ${place} (${words}).` }
  }
}

/** Exported for tests (pure). Undefined for what is no address of an engine. */
export function optionsOf(host: string): Docker.DockerOptions | undefined {
  const url = URL.parse(host)
  if (url?.protocol === 'unix:') return { socketPath: url.pathname }
  if (url?.protocol !== 'tcp:' && url?.protocol !== 'http:') return undefined
  return { protocol: 'http', host: url.hostname, port: Number(url.port || 2375) }
}

/** Versions such as 1.41 (pure). */
export function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number)
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

async function withLimit<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
