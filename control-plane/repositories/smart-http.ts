/**
 * Clone, fetch and push: git's smart HTTP protocol (gitprotocol-http) spoken by git itself, whose two programs are
 * fed and read as streams. What a refusal says is text/plain, because that is all that a git client shows.
 */
import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Gunzip, createGunzip } from 'node:zlib'
import type { Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { type GitProcess, collectWords, end, ended } from './git.ts'
import type { Repositories } from './repository.ts'

/** A Space as far as git needs to know it. */
export type SpaceRef = { id: string; ownerId: string; visibility: 'public' | 'private'; owner: string; name: string }

export type GitOptions = {
  repositories: Repositories
  find(owner: string, name: string): Promise<SpaceRef | undefined>
  /** Who the Authorization header speaks for. @throws PlazaError 'unauthenticated' for a wrong or revoked token. */
  viewerOfBasic(authorization: string | undefined): Promise<Viewer>
  may(viewer: Viewer, permission: 'space.see' | 'space.push', space: SpaceRef): boolean
  /**
   * Called after refs may have moved and before the pusher's answer ends; also when the pusher went away. It must be
   * repeatable. While it fails it is called again, up to `recordAttempts` times.
   */
  pushed(spaceId: string, viewer: Viewer): Promise<void>
  /** The Space's page, where a build can be watched. */
  watchUrl(space: SpaceRef): string
  /** Hears of what nobody else would: git's own complaints, a push that could not be recorded. */
  report?(message: string, error: unknown): void
  /** Milliseconds without a byte in either direction after which git is ended. Default: two minutes. */
  idleLimit?: number
  /** gits that serve at once; more are asked to come back. Default: 64. */
  serviceLimit?: number
  recordAttempts?: number
}

type Service = 'git-upload-pack' | 'git-receive-pack'

export function gitRouter(options: GitOptions): Router {
  const { idleLimit = 120_000, serviceLimit = 64, recordAttempts = 3, report = () => {} } = options
  let serving = 0
  const router = express.Router()

  router.get('/spaces/:owner/:name/info/refs', toGit(advertise))
  router.post('/spaces/:owner/:name/git-upload-pack', toGit((request, response) => serve('git-upload-pack', request, response)))
  router.post('/spaces/:owner/:name/git-receive-pack', toGit((request, response) => serve('git-receive-pack', request, response)))
  for (const elsewhere of ['/:owner/:name', '/datasets/:owner/:name', '/models/:owner/:name']) {
    router.get(`${elsewhere}/info/refs`, toGit(refuseOtherKinds))
  }
  return router

  async function advertise(request: Request, response: Response): Promise<void> {
    const { service } = request.query
    if (service !== 'git-upload-pack' && service !== 'git-receive-pack') {
      throw new PlazaError('bad_request', 'Only the smart protocol is spoken here.', 'Use git 1.6.6 or newer.')
    }
    const { space } = await admit(service, request)
    await options.repositories.create(space.id)
    const refs = await options.repositories.git.output(
      [program(service), '--stateless-rpc', '--advertise-refs', options.repositories.path(space.id)],
      { environment: protocol(request) },
    )
    response.writeHead(200, { 'content-type': `application/x-${service}-advertisement`, ...uncached })
    // Version 2 has no such line, and is never spoken by receive-pack.
    const versioned = refs.subarray(4, 13).toString('latin1') === 'version 2'
    if (!versioned) response.write(`${packet(`# service=${service}\n`)}0000`)
    response.end(refs)
  }

  async function serve(service: Service, request: Request, response: Response): Promise<void> {
    if (request.headers['content-type'] !== `application/x-${service}-request`) {
      throw new PlazaError('bad_request', `This address takes application/x-${service}-request.`, 'Use a git client.')
    }
    const { space, viewer } = await admit(service, request)
    if (serving >= serviceLimit) throw new PlazaError('unavailable', 'Too many are at it now.', 'Try again in a moment.')
    const body = decoded(request)
    serving++
    try {
      const child = options.repositories.git.start([program(service), '--stateless-rpc', options.repositories.path(space.id)], {
        environment: {
          ...protocol(request),
          ...(viewer ? { GIT_COMMITTER_NAME: viewer.name, GIT_COMMITTER_EMAIL: `${viewer.name}@users.noreply` } : {}),
          PLAZA_WATCH_URL: options.watchUrl(space),
          PLAZA_REPOSITORY_URL: `${options.watchUrl(space)}.git`,
        },
      })
      const { exitCode, words } = await relay(child, body, request, response, `application/x-${service}-result`, idleLimit)
      // git says 128 also for what the client has been told in the protocol; without a byte of answer it is ours to tell.
      if (exitCode !== 0 && words !== '') report(`git ${program(service)} of ${space.owner}/${space.name} ended with ${exitCode}`, words)
      const probe = request.headers['content-length'] === '4'
      if (service === 'git-receive-pack' && !probe) await record(space, viewer)
      if (!response.headersSent && exitCode !== 0) {
        throw new PlazaError('bad_request', 'git could not read this request.', 'Try again; update git if it stays so.')
      }
      if (!response.headersSent) begin(response, `application/x-${service}-result`)
      response.end()
    } finally {
      serving--
    }
  }

  /** A push that stays unrecorded here is found again by `recordAll`. */
  async function record(space: SpaceRef, viewer: Viewer): Promise<void> {
    for (let attempt = 1; attempt <= recordAttempts; attempt++) {
      try {
        await within(options.pushed(space.id, viewer), 30_000)
        options.repositories.tidy(space.id).catch((error: unknown) => report(`could not tidy ${space.id}`, error))
        return
      } catch (error) {
        report(`could not record the push to ${space.owner}/${space.name}, attempt ${attempt} of ${recordAttempts}`, error)
        if (attempt < recordAttempts) await sleep(200 * attempt)
      }
    }
  }

  /** @throws what the client shall be told: nobody learns from it whether a private Space is there. */
  async function admit(service: Service, request: Request): Promise<{ space: SpaceRef; viewer: Viewer }> {
    const owner = String(request.params['owner'])
    const name = String(request.params['name']).replace(/\.git$/, '')
    const viewer = await options.viewerOfBasic(request.headers.authorization)
    // Whatever else is no name can never be found, and the store refuses some of it (a zero byte).
    const named = /^[\w.-]{1,200}$/.test(owner) && /^[\w.-]{1,200}$/.test(name)
    const space = named ? await options.find(owner, name) : undefined
    if (!space || !options.may(viewer, 'space.see', space)) {
      if (!viewer) throw signIn
      throw new PlazaError(
        'repo_not_found',
        `There is no Space of this name that ${viewer.name} may see.`,
        'Check the address, or create the Space first: on the page New Space, or with POST /api/repos/create.',
      )
    }
    if (service === 'git-receive-pack' && !options.may(viewer, 'space.push', space)) throw notYours(viewer, space)
    return { space, viewer }
  }
}

const signIn = new PlazaError(
  'unauthenticated',
  'Sign in with your name, and an access token as the password.',
  'Make a token on the page Access tokens.',
)

function notYours(viewer: Viewer, space: SpaceRef): PlazaError {
  if (!viewer) return signIn
  const readOnly = viewer.tokenRole !== undefined && viewer.tokenRole !== 'write'
  if (readOnly && (viewer.accountId === space.ownerId || viewer.role === 'admin')) {
    return new PlazaError('forbidden', 'This token may only read.', 'Push with a token of the role write.')
  }
  return new PlazaError(
    'forbidden',
    `${space.owner}/${space.name} is not yours: ${viewer.name} may not push to it.`,
    'Push to a Space of your own.',
  )
}

async function refuseOtherKinds(): Promise<void> {
  throw new PlazaError('repo_not_found', 'Only Spaces are kept here.', 'Their addresses are /spaces/OWNER/NAME.')
}

/** Answers a PlazaError in the one form that git clients show, and leaves the rest to the app's own handler. */
function toGit(handler: (request: Request, response: Response) => Promise<void>) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    try {
      await handler(request, response)
    } catch (error) {
      if (response.headersSent) {
        response.destroy()
        return
      }
      if (!(error instanceof PlazaError)) {
        next(error)
        return
      }
      response.status(error.status)
      if (error.code === 'unauthenticated') response.setHeader('www-authenticate', 'Basic realm="Plaza", charset="UTF-8"')
      if (error.code === 'unavailable') response.setHeader('retry-after', '5')
      if (error.hubCode) response.setHeader('x-error-code', error.hubCode)
      response.setHeader('content-type', 'text/plain; charset=utf-8')
      response.setHeader('cache-control', 'no-store')
      response.end(`${[error.message, error.remedy].filter(Boolean).join('\n')}\n`)
    }
  }
}

const uncached = { 'cache-control': 'no-cache, max-age=0, must-revalidate', expires: 'Fri, 01 Jan 1980 00:00:00 GMT' }

/** Status and headers leave with git's first byte, so that a git which says nothing can still become an error. */
function begin(response: Response, type: string): void {
  response.writeHead(200, { 'content-type': type, ...uncached })
}

/** Streams the request into git and git's answer out, both with backpressure; ends git when either side is gone or silent. */
async function relay(
  child: GitProcess,
  body: Request | Gunzip,
  request: Request,
  response: Response,
  type: string,
  idleLimit: number,
): Promise<{ exitCode: number | null; words: string }> {
  const stop = (): void => end(child)
  const idle = setTimeout(() => {
    stop()
    // Only a client that reads nothing is still here later: git's stdout would wait for it for ever.
    response.destroy()
  }, idleLimit)
  const words = collectWords(child.stderr)

  body.on('data', () => idle.refresh())
  body.on('error', stop)
  request.on('error', stop)
  body.pipe(child.stdin)
  child.stdin.once('error', () => {
    // git has seen enough. The rest is read and dropped, since the client listens only once it has sent everything.
    body.unpipe(child.stdin)
    body.resume()
  })

  child.stdout.once('data', () => {
    if (!response.headersSent && !response.destroyed) begin(response, type)
  })
  child.stdout.on('data', () => idle.refresh())
  child.stdout.pipe(response, { end: false })
  response.once('close', () => {
    child.stdout.unpipe(response)
    child.stdout.resume()
    if (!response.writableEnded) stop()
  })
  try {
    return { exitCode: await ended(child), words: words() }
  } finally {
    clearTimeout(idle)
  }
}

function decoded(request: Request): Request | Gunzip {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return request
  if (encoding === 'gzip' || encoding === 'x-gzip') return request.pipe(createGunzip())
  throw new PlazaError('bad_request', `Content-Encoding ${encoding} is not understood.`, 'Send gzip or none.')
}

function protocol(request: Request): Record<string, string> {
  const version = request.headers['git-protocol']
  return typeof version === 'string' && /^[a-z0-9=:.-]{1,100}$/.test(version) ? { GIT_PROTOCOL: version } : {}
}

function program(service: Service): string {
  return service.slice('git-'.length)
}

function packet(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text
}

async function within<T>(work: Promise<T>, limit: number): Promise<T> {
  const timeout = new AbortController()
  try {
    return await Promise.race([
      work,
      sleep(limit, undefined, { signal: timeout.signal }).then(() => {
        throw new Error(`took longer than ${limit} ms`)
      }),
    ])
  } finally {
    timeout.abort()
  }
}
