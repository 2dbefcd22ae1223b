/** One's own account, for the page: `GET` and `PATCH /api/plaza/account`, `POST /api/plaza/password`. */
import express, { type Request, Router } from 'express'
import { z } from 'zod'
import { type Account, changeAccount, hasPassword } from '../accounts/account.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { PlazaError } from '../errors.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'

export type OwnAccount = {
  name: string
  fullname: string
  bio: string
  email: string | null
  hasPassword: boolean
  createdAt: string
}

const longestFullname = 100
const longestBio = 200
const oneLine = /^[^\p{Cc}]*$/u

const change = z.object({
  fullname: z.string().trim().min(1).max(longestFullname).regex(oneLine).optional(),
  bio: z.string().trim().max(longestBio).regex(oneLine).optional(),
  email: z.email().max(320).optional(),
})

const problems: Record<string, string> = {
  fullname: `A full name has 1 to ${longestFullname} characters, on one line.`,
  bio: `At most ${longestBio} characters, on one line.`,
  email: 'This is not an e-mail address.',
}

const newPassword = z.object({ current: z.string().max(1024).default(''), password: z.string().max(1024) })

export function accountRouter(parts: { store: Store; access: Access; accounts: Accounts }): Router {
  const { store, access, accounts } = parts
  const router = Router()
  const body = express.json({ limit: '16kb' })

  async function present(account: Account): Promise<OwnAccount> {
    return {
      name: account.name,
      fullname: account.fullname,
      bio: account.bio,
      email: account.email,
      hasPassword: await hasPassword(store.read, account.id),
      createdAt: account.createdAt.toISOString(),
    }
  }

  router.get('/api/plaza/account', async (request, response) => {
    const { accountId } = await access.person(request, 'account')
    response.set('Cache-Control', 'no-store').json(await present(await accounts.profile(accountId)))
  })

  router.patch('/api/plaza/account', body, async (request, response) => {
    const { accountId } = await access.person(request, 'account')
    const wanted = parse(request)
    await store.transaction(async (tx) => await changeAccount(tx, accountId, wanted))
    response.set('Cache-Control', 'no-store').json(await present(await accounts.profile(accountId)))
  })

  router.post('/api/plaza/password', body, async (request, response) => {
    const viewer = await access.person(request, 'account')
    const given = newPassword.safeParse(request.body)
    if (!given.success) throw new PlazaError('bad_request', 'Give your present password and the new one.')
    await accounts.changePassword(viewer, given.data.current, given.data.password)
    response.json({})
  })

  return router
}

function parse(request: Request): z.infer<typeof change> {
  const parsed = change.safeParse(request.body)
  if (parsed.success) return parsed.data
  const field = String(parsed.error.issues[0]?.path[0] ?? '')
  throw new PlazaError('bad_request', problems[field] ?? 'Send the fields to change.', '', field ? { field } : {})
}
