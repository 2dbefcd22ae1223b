/** One build by BuildKit, through the Engine's own API. */
import { spawn } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import type Docker from 'dockerode'
import { openSession, type SessionOffer } from './grpc-session.ts'
import { traceOf, type Trace } from './progress.ts'

export type ImageBuild = SessionOffer & {
  /** Absolute path of a folder; its links are sent as links. */
  context: string
  /** Path of the Dockerfile in it. */
  dockerfile: string
  tag?: string
  labels: Readonly<Record<string, string>>
  buildArgs: Readonly<Record<string, string>>
  /** Nothing that was built before is taken. */
  fresh: boolean
  /** Where `tar` is looked for. */
  path: string
}

/** What the engine said of a build that it did not finish. */
export class BuildKitError extends Error {}

/** The engine stopped answering while it built: what it did until then it still has. */
export class EngineGone extends Error {}

/** Returns the image's id. @throws BuildKitError, EngineGone; the signal's reason when aborted. */
export async function buildImage(
  engine: Docker,
  build: ImageBuild,
  heard: (trace: Trace) => void,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted()
  await using session = await openSession(engine, build, signal).catch((error: unknown) => {
    signal.throwIfAborted()
    throw isConnection(error) ? new EngineGone(error.message) : error
  })
  const query = new URLSearchParams({
    version: '2',
    session: session.id,
    ...(build.tag === undefined ? {} : { t: build.tag }),
    dockerfile: build.dockerfile,
    buildargs: JSON.stringify(build.buildArgs),
    labels: JSON.stringify(build.labels),
    nocache: build.fresh ? '1' : '0',
  })
  const tar = spawn('tar', ['--create', '--numeric-owner', '--owner=0', '--group=0', '--sort=name', '.'], {
    cwd: build.context,
    env: { PATH: build.path, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let unpacked: Error | undefined
  tar.on('error', (error) => (unpacked = new Error(`The files could not be packed: ${error.message}`)))
  try {
    const response = await post(engine, `/build?${query}&`, tar.stdout, signal)
    return await follow(response, heard)
  } catch (error) {
    signal.throwIfAborted()
    if (unpacked !== undefined) throw unpacked
    throw isConnection(error) ? new EngineGone(error.message) : error
  } finally {
    tar.kill('SIGKILL')
  }
}

/** Node's own words for a connection that broke or never came to be. */
function isConnection(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return /^(ECONN\w+|EPIPE|ENOENT|ETIMEDOUT)$/.test(code) || /socket hang up|aborted/.test(error.message)
}

function post(engine: Docker, path: string, file: NodeJS.ReadableStream, signal: AbortSignal) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const dial = { path, method: 'POST', file, isStream: true, abortSignal: signal, statusCodes: { 200: true } }
    engine.modem.dial(dial, (error: unknown, response: unknown) => {
      if (error === null) resolve(response as IncomingMessage)
      else reject(error)
    })
  })
}

type Said = { id?: string; aux?: unknown; error?: string; errorDetail?: { message?: string } }

async function follow(response: IncomingMessage, heard: (trace: Trace) => void): Promise<string> {
  let image: string | undefined
  let failed: string | undefined
  // `for await` over readline would not see the stream's own error.
  const broken = new Promise<never>((_, reject) => response.on('error', reject))
  broken.catch(() => undefined)
  const lines = createInterface({ input: response, crlfDelay: Infinity })
  const read = async () => {
    for await (const line of lines) {
      if (line === '') continue
      const said = JSON.parse(line) as Said
      if (said.id === 'moby.buildkit.trace' && typeof said.aux === 'string') {
        heard(traceOf(Buffer.from(said.aux, 'base64')))
      } else if (said.id === 'moby.image.id') image = (said.aux as { ID?: string }).ID
      failed ??= said.errorDetail?.message ?? said.error
    }
  }
  await Promise.race([read(), broken])
  if (failed !== undefined) throw new BuildKitError(failed)
  if (image === undefined) throw new EngineGone('it ended the build without a word')
  return image
}
