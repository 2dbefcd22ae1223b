/** The first administrator: made where there is none, and let in by a link while they have no other way. */
import { userInfo } from 'node:os'
import type { Store } from '../store/database.ts'
import { createAccount } from './account.ts'
import { chosenNameProblem } from './name.ts'
import { createSignInLink } from './sign-in-link.ts'
import { createToken } from './token.ts'

export type Administrator = {
  name: string
  /** While the administrator has never signed in. */
  signInLink: string | undefined
  /** Of the administrator, on the very first start: shown once, so that the three lines work as they stand. */
  token: string | undefined
}

/** Makes the first administrator where there is none. Called at every start. */
export async function firstAdministrator(store: Store, url: URL): Promise<Administrator> {
  return await store.transaction(async (tx) => {
    const existing = await tx.db
      .selectFrom('accounts')
      .select(['id', 'name'])
      .where('role', '=', 'admin')
      .where('disabled_at', 'is', null)
      .orderBy('created_at')
      .executeTakeFirst()
    const admin = existing ?? (await createAccount(tx, { name: administratorName(), role: 'admin' }))
    const way = await tx.db
      .selectFrom('credentials')
      .select('id')
      .where('account_id', '=', admin.id)
      .union(tx.db.selectFrom('sessions').select('id').where('account_id', '=', admin.id))
      .executeTakeFirst()
    const link = way ? undefined : await createSignInLink(tx, admin.id)
    const token = existing ? undefined : await createToken(tx, admin.id, { name: 'first push', role: 'write' })
    return {
      name: admin.name,
      signInLink: link === undefined ? undefined : `${url.origin}/sign-in/link#${link}`,
      token: token?.token,
    }
  })
}

function administratorName(): string {
  const name = userInfo().username
  return name !== 'root' && chosenNameProblem(name) === undefined ? name : 'founder'
}
