/** The ways in and out, for the page: below `/api/auth/`, and `POST /api/plaza/sign-in-link`. */
import express, { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Accounts } from '../accounts/accounts.ts'
import type { Origin, SignedIn } from '../accounts/session.ts'
import { PlazaError } from '../errors.ts'
import { presentMe } from './whoami.ts'

const text = z.string().max(320)

const signUp = z.object({
  username: text.trim().min(1),
  /** The full name; without it the name stands for it. */
  name: text.trim().optional(),
  email: z.email().max(320),
  password: z.string().min(1).max(1024),
})

/** One field for both: a name, or an address. */
const signIn = z
  .object({
    username: text.trim().optional(),
    email: text.trim().optional(),
    password: z.string().min(1).max(1024),
    rememberMe: z.boolean().default(true),
  })
  .transform(({ username, email, ...rest }) => ({ ...rest, login: username || email || '' }))
  .refine(({ login }) => login !== '')

const link = z.object({ link: z.string().min(1).max(200) })

/**
 * To be mounted at the root. Requires express's `trust proxy` to be set right: tries are counted by `request.ip`.
 * Every answer that signs in is `{ me }`; the session itself is in the cookie only.
 */
export function signInRoutes({ accounts }: { accounts: Accounts }): Router {
  const router = Router()
  const body = express.json({ limit: '16kb' })

  async function answer(request: Request, response: Response, work: () => Promise<SignedIn>): Promise<void> {
    accounts.requireOwnOrigin(request)
    // What a form of another page can send is never JSON.
    if (!request.is('application/json')) throw new PlazaError('bad_request', 'Send JSON.')
    const { accountId, cookies } = await work().catch((error: unknown) => {
      if (error instanceof PlazaError && typeof error.fields['retryAfter'] === 'number') {
        response.set('Retry-After', String(error.fields['retryAfter']))
      }
      throw error
    })
    const me = await accounts.profile(accountId)
    response
      .append('Set-Cookie', [...cookies])
      .set('Cache-Control', 'no-store')
      .json({ me: presentMe(me) })
  }

  router.post('/api/auth/sign-up/email', body, async (request, response) => {
    await answer(request, response, async () => {
      const wanted = parse(signUp, request, 'Give a name, an address and a password.')
      const account = { ...wanted, name: wanted.username, fullname: wanted.name || wanted.username }
      return await accounts.signUp(account, from(request))
    })
  })

  router.post(['/api/auth/sign-in/username', '/api/auth/sign-in/email'], body, async (request, response) => {
    await answer(request, response, async () => {
      const { login, password, rememberMe } = parse(signIn, request, 'Give a name or an address, and a password.')
      return await accounts.signIn({ login, password, remember: rememberMe }, from(request))
    })
  })

  router.post('/api/plaza/sign-in-link', body, async (request, response) => {
    await answer(request, response, async () => {
      const given = parse(link, request, 'The link is not complete.')
      return await accounts.signInByLink(given.link, from(request))
    })
  })

  router.post('/api/auth/sign-out', async (request, response) => {
    const cookies = await accounts.signOut(request)
    response
      .append('Set-Cookie', [...cookies])
      .set('Cache-Control', 'no-store')
      .json({ success: true })
  })

  router.get('/api/auth/get-session', async (request, response) => {
    const { viewer, cookies } = await accounts.renew(request.headers)
    if (cookies.length > 0) response.append('Set-Cookie', [...cookies])
    const user = viewer ? presentMe(await accounts.profile(viewer.accountId)) : null
    response.set('Cache-Control', 'no-store').json(user && { user })
  })

  return router
}

function from(request: Request): Origin {
  return { headers: request.headers, address: request.ip }
}

function parse<T>(schema: z.ZodType<T>, request: Request, problem: string): T {
  const parsed = schema.safeParse(request.body)
  if (!parsed.success) {
    const wrongAddress = parsed.error.issues.some((issue) => issue.code === 'invalid_format')
    if (wrongAddress) throw new PlazaError('bad_request', 'This is not an e-mail address.', '', { field: 'email' })
    throw new PlazaError('bad_request', problem)
  }
  return parsed.data
}
