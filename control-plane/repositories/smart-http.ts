/**
 * Clone, fetch and push: git's smart HTTP protocol (gitprotocol-http) spoken by git itself, whose two programs are
 * fed and read as streams. What a refusal says is text/plain, because that is all that a git client shows.
 */
import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { type Access, type SpaceRef, admit } from './access.ts'
import { decoded, relay } from './relay.ts'
import type { Repositories } from './repository.ts'

export type GitOptions = Access & {
  repositories: Repositories
  /**
   * Called after refs may have moved and before the pusher's answer ends; also when the pusher went away. It must be
   * repeatable. While it fails it is called again, up to `recordAttempts` times (default 3); what stays unrecorded is
   * found by `recordAll`.
   */
  pushed(spaceId: string, viewer: Viewer): Promise<unknown>
  /** The Space's page, where a build can be watched; git's address is the same. */
  watchUrl(space: SpaceRef): string
  /** Hears what nobody else would: git's own complaints, a push that could not be recorded. */
  report?: (message: string, error: unknown) => void
  /** Milliseconds without a byte in either direction after which git is ended. Default: two minutes. */
  idleLimit?: number
  /** gits that serve at once; more clients are asked to come back. Default: 64. */
  serviceLimit?: number
  recordAttempts?: number
}

type Service = 'git-upload-pack' | 'git-receive-pack'

const recordLimit = 30_000

/** The server that it is mounted in must not limit the time of a request (`requestTimeout = 0`): a push may be long. */
export function gitRouter(options: GitOptions): Router {
  const { repositories, idleLimit = 120_000, serviceLimit = 64, recordAttempts = 3, report = () => {} } = options
  let serving = 0
  const router = express.Router()
  router.get('/spaces/:owner/:name/info/refs', toGit(advertise))
  for (const service of ['git-upload-pack', 'git-receive-pack'] as const) {
    router.post(`/spaces/:owner/:name/${service}`, toGit(serve(service)))
  }
  router.post('/spaces/:owner/:name/info/lfs/objects/batch', refuseLargeFiles)
  for (const elsewhere of ['/:owner/:name', '/datasets/:owner/:name', '/models/:owner/:name']) {
    router.get(`${elsewhere}/info/refs`, toGit(refuseOtherKinds))
  }
  return router

  async function advertise(request: Request, response: Response): Promise<void> {
    const { service } = request.query
    if (service !== 'git-upload-pack' && service !== 'git-receive-pack') {
      throw new PlazaError('bad_request', 'Only the smart protocol is spoken here.', 'Use git 1.6.6 or newer.')
    }
    const { space } = await admitTo(service, request)
    await repositories.create(space.id)
    const refs = await repositories.git.output(
      [program(service), '--stateless-rpc', '--advertise-refs', repositories.path(space.id)],
      { environment: protocol(request) },
    )
    begin(response, `application/x-${service}-advertisement`)
    // Version 2 begins without this line; receive-pack never speaks it.
    const secondVersion = refs.subarray(4, 13).toString('latin1') === 'version 2'
    response.end(secondVersion ? refs : Buffer.concat([packet(`# service=${service}\n`), Buffer.from('0000'), refs]))
  }

  function serve(service: Service) {
    return async (request: Request, response: Response): Promise<void> => {
      if (request.headers['content-type'] !== `application/x-${service}-request`) {
        throw new PlazaError('bad_request', `Only application/x-${service}-request is taken.`, 'Use a git client.')
      }
      const { space, viewer } = await admitTo(service, request)
      if (serving >= serviceLimit) throw new PlazaError('unavailable', 'Too many clone and push now.', 'Try again.')
      serving++
      try {
        await run(service, space, viewer, request, response)
      } finally {
        serving--
      }
    }
  }

  async function run(service: Service, space: SpaceRef, viewer: Viewer, request: Request, response: Response) {
    await repositories.create(space.id)
    // From here to `relay` nothing waits: a stream whose fault nobody listens to would end the platform.
    const body = decoded(request)
    const child = repositories.git.start([program(service), '--stateless-rpc', repositories.path(space.id)], {
      environment: { ...protocol(request), ...committer(viewer), PLAZA_WATCH_URL: options.watchUrl(space) },
    })
    const beginResult = (): void => begin(response, `application/x-${service}-result`)
    const finishes = service === 'git-receive-pack'
    const { exitCode, words } = await relay({ child, request, body, response, begin: beginResult, finishes, idleLimit })
    if (exitCode !== 0 && words !== '') report(`git ${program(service)} for ${space.owner}/${space.name}`, words)

    // Whatever git's exit code and whoever has left: only the refs tell whether something was pushed.
    const probe = request.headers['content-length'] === '4'
    if (service === 'git-receive-pack' && !probe) await record(space, viewer)
    if (!response.headersSent && exitCode !== 0) {
      throw new PlazaError('bad_request', 'git could not read this request.', 'Try again; update git if it stays so.')
    }
    if (!response.headersSent) beginResult()
    response.end()
  }

  async function record(space: SpaceRef, viewer: Viewer): Promise<void> {
    for (let attempt = 1; attempt <= recordAttempts; attempt++) {
      try {
        await within(options.pushed(space.id, viewer), recordLimit)
        repositories.tidy(space.id).catch((error: unknown) => report(`could not tidy ${space.id}`, error))
        return
      } catch (error) {
        report(`could not record the push to ${space.owner}/${space.name}, attempt ${attempt}`, error)
        if (attempt < recordAttempts) await sleep(200 * attempt)
      }
    }
  }

  function admitTo(service: Service, request: Request): Promise<{ space: SpaceRef; viewer: Viewer }> {
    const { owner, name } = request.params
    const permission = service === 'git-receive-pack' ? 'space.push' : 'space.see'
    return admit(options, { owner: String(owner), name: String(name), headers: request.headers, permission })
  }
}

async function refuseOtherKinds(): Promise<void> {
  throw new PlazaError('repo_not_found', 'Only Spaces are kept here.', 'Their addresses are /spaces/OWNER/NAME.')
}

/** git-lfs shows `message`; the same for every address, so that it tells nothing about private Spaces. */
function refuseLargeFiles(_request: Request, response: Response): void {
  const message =
    "Git LFS is not spoken here. Push the files as they are: git lfs migrate export --everything --include='*', then git push --force"
  response.status(404).type('application/vnd.git-lfs+json').end(JSON.stringify({ message }))
}

/** Answers a PlazaError in the one form that git clients show, and leaves the rest to the app's own handler. */
function toGit(handler: (request: Request, response: Response) => Promise<void>) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    try {
      await handler(request, response)
    } catch (error) {
      if (response.headersSent) response.destroy()
      else if (error instanceof PlazaError) refuse(response, error)
      else next(error)
    }
  }
}

function refuse(response: Response, error: PlazaError): void {
  response.status(error.status)
  if (error.code === 'unauthenticated') response.setHeader('www-authenticate', 'Basic realm="Plaza", charset="UTF-8"')
  if (error.code === 'unavailable') response.setHeader('retry-after', '5')
  if (error.hubCode) response.setHeader('x-error-code', error.hubCode)
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.setHeader('cache-control', 'no-store')
  response.end(`${[error.message, error.remedy].filter(Boolean).join('\n')}\n`)
}

function begin(response: Response, type: string): void {
  response.writeHead(200, {
    'content-type': type,
    'cache-control': 'no-cache, max-age=0, must-revalidate',
    expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
  })
}

/** The name in the repository's log of where its refs have been. */
function committer(viewer: Viewer): Record<string, string> {
  return viewer ? { GIT_COMMITTER_NAME: viewer.name, GIT_COMMITTER_EMAIL: `${viewer.name}@localhost` } : {}
}

function protocol(request: Request): Record<string, string> {
  const version = request.headers['git-protocol']
  return typeof version === 'string' && /^[a-z0-9=:.-]{1,100}$/.test(version) ? { GIT_PROTOCOL: version } : {}
}

function program(service: Service): string {
  return service.slice('git-'.length)
}

function packet(text: string): Buffer {
  return Buffer.from((text.length + 4).toString(16).padStart(4, '0') + text)
}

async function within(work: Promise<unknown>, limit: number): Promise<void> {
  const inTime = new AbortController()
  const late = async (): Promise<never> => {
    await sleep(limit, undefined, { signal: inTime.signal })
    throw new Error(`it takes longer than ${limit} ms`)
  }
  try {
    await Promise.race([work, late()])
  } finally {
    inTime.abort()
  }
}
