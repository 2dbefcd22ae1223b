/** People as an administrator sees them: `/api/plaza/admin/users`, their role, whether they get in, a link that lets them in. */
import { type Request, Router } from 'express'
import { sql } from 'kysely'
import { z } from 'zod'
import { type Account, findAccountByName } from '../accounts/account.ts'
import { createSignInLink } from '../accounts/sign-in-link.ts'
import { changeStanding } from '../accounts/standing.ts'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import type { Reader, Store } from '../store/database.ts'
import type { Access } from './access.ts'

export type AdminUser = {
  name: string
  fullname: string
  email: string | null
  role: 'admin' | 'member'
  /** Since when nobody gets in with it. */
  disabledAt: string | null
  createdAt: string
  /** The last request with a session or token of theirs, to the minute. */
  lastSeenAt: string | null
  spaces: number
}

export type AdminUsers = { users: AdminUser[]; total: number; next?: string }

/** Shown once: only its hash is kept. */
export type SignInLink = { link: string }

const pageSize = 50
const change = z.object({ role: z.enum(['admin', 'member']).optional(), disabled: z.boolean().optional() })

export function adminUsersRouter(parts: { store: Store; access: Access; url: URL }): Router {
  const { store, access, url } = parts
  const router = Router()
  const at = '/api/plaza/admin/users'

  router.get(at, async (request, response) => {
    await access.person(request, 'admin')
    const { search, cursor } = asked(request)
    response.json(await listUsers(store.read, search, cursor))
  })

  router.patch(`${at}/:name`, jsonBody(), async (request, response) => {
    const viewer = await access.person(request, 'admin.accounts')
    const body = change.parse(request.body)
    const account = await personNamed(store.read, request)
    response.json(await store.transaction(async (tx) => await changeStanding(tx, viewer.accountId, account.id, body)))
  })

  router.post(`${at}/:name/link`, async (request, response) => {
    await access.person(request, 'admin.accounts')
    const account = await personNamed(store.read, request)
    if (account.disabledAt) throw new PlazaError('conflict', `${account.name} is disabled.`, 'Enable them first.')
    const token = await store.transaction(async (tx) => await createSignInLink(tx, account.id))
    const answer: SignInLink = { link: `${url.origin}/sign-in/link#${token}` }
    response.setHeader('Cache-Control', 'no-store').json(answer)
  })

  return router
}

function asked(request: Request): { search: string; cursor: string } {
  const { search, cursor } = request.query
  return { search: typeof search === 'string' ? search.trim() : '', cursor: typeof cursor === 'string' ? cursor : '' }
}

async function personNamed(db: Reader, request: Request): Promise<Account> {
  const account = await findAccountByName(db, String(request.params['name']))
  if (account?.kind !== 'user') throw new PlazaError('not_found', 'There is no such person.')
  return account
}

/** By name, page by page. */
async function listUsers(db: Reader, search: string, cursor: string): Promise<AdminUsers> {
  const words = `%${search.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  const found = db
    .selectFrom('accounts')
    .where('kind', '=', 'user')
    .$if(search !== '', (query) =>
      query.where((eb) =>
        eb.or([
          eb('name_key', 'like', words),
          eb(sql`lower(fullname)`, 'like', words),
          eb(sql`lower(email)`, 'like', words),
        ]),
      ),
    )
  const [rows, counted] = await Promise.all([
    found
      .select(['name', 'name_key', 'fullname', 'email', 'role', 'disabled_at', 'created_at'])
      .select((eb) => [
        eb
          .selectFrom('spaces')
          .select((inner) => inner.fn.countAll<string>().as('n'))
          .whereRef('spaces.owner_id', '=', 'accounts.id')
          .where('spaces.deleted_at', 'is', null)
          .as('spaces'),
        sql<Date | null>`greatest(
          (select max(last_used_at) from sessions where account_id = accounts.id),
          (select max(last_used_at) from tokens where account_id = accounts.id)
        )`.as('last_seen_at'),
      ])
      .where('name_key', '>', cursor)
      .orderBy('name_key')
      .limit(pageSize + 1)
      .execute(),
    found.select((eb) => eb.fn.countAll<string>().as('n')).executeTakeFirst(),
  ])
  const page = rows.slice(0, pageSize)
  const last = rows.length > pageSize ? page.at(-1) : undefined
  return {
    users: page.map((row) => ({
      name: row.name,
      fullname: row.fullname,
      email: row.email,
      role: row.role,
      disabledAt: row.disabled_at?.toISOString() ?? null,
      createdAt: row.created_at.toISOString(),
      lastSeenAt: row.last_seen_at?.toISOString() ?? null,
      spaces: Number(row.spaces ?? 0),
    })),
    total: Number(counted?.n ?? 0),
    ...(last ? { next: last.name_key } : {}),
  }
}
