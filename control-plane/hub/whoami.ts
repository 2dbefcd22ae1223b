/** Who the caller is: in the hub's words for its clients, and in Plaza's own for the page. */
import { Router } from 'express'
import type { Account } from '../accounts/account.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'

/** What the page shows of the install. */
export type Install = {
  name: string
  url: string
  spacesDomain: string
  signUp: boolean
  /** Whether Spaces run in sandboxes. */
  isolated: boolean
  /** Whether container images are built here, and so Dockerfiles. */
  containers: boolean
  /** Nobody has published anything of their own yet. */
  newInstall: boolean
}

export type Me = { name: string; fullname: string; email: string | null; role: string; avatarUrl: string | null }

/**
 * `GET /api/whoami-v2` and `GET /api/plaza/me`, to be mounted at the root.
 * @param options.install asked at each request.
 */
export function whoamiRoutes(options: { accounts: Accounts; install: () => Install | Promise<Install> }): Router {
  const { accounts } = options
  const router = Router()

  router.get('/api/whoami-v2', async (request, response) => {
    const viewer = await accounts.viewerOf(request)
    if (!viewer) throw new PlazaError('unauthenticated', 'Invalid user token.', 'Send a token of yours.')
    response.set('Cache-Control', 'no-store').json(presentWhoami(viewer, await accounts.profile(viewer.accountId)))
  })

  router.get('/api/plaza/me', async (request, response) => {
    const { viewer, cookies } =
      request.headers.authorization === undefined
        ? await accounts.renew(request.headers)
        : { viewer: await accounts.viewerOf(request), cookies: [] }
    if (cookies.length > 0) response.append('Set-Cookie', [...cookies])
    const me = viewer ? presentMe(await accounts.profile(viewer.accountId)) : null
    response.set('Cache-Control', 'no-store').json({ me, install: await options.install() })
  })

  return router
}

export function presentMe(account: Account): Me {
  return {
    name: account.name,
    fullname: account.fullname,
    email: account.email,
    role: account.role,
    avatarUrl: account.avatarUrl,
  }
}

/** npm's `@huggingface/hub` fails without `auth`, the hub's command line without `orgs`. */
function presentWhoami(viewer: NonNullable<Viewer>, account: Account): Record<string, unknown> {
  return {
    type: 'user',
    id: account.id,
    name: account.name,
    fullname: account.fullname,
    email: account.email,
    emailVerified: account.emailVerified,
    isPro: account.plan === 'pro',
    canPay: false,
    periodEnd: null,
    billingMode: 'prepaid',
    avatarUrl: account.avatarUrl ?? '',
    orgs: [],
    auth:
      viewer.via === 'token'
        ? {
            type: 'access_token',
            accessToken: {
              displayName: viewer.tokenName ?? '',
              role: viewer.tokenRole ?? 'read',
              createdAt: viewer.tokenCreatedAt?.toISOString(),
            },
          }
        : { type: 'session' },
  }
}
