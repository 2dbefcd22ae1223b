/** People, and organisations as far as they own Spaces: the rows behind names. */
import { randomUUID } from 'node:crypto'
import { hashPassword as hash, verifyPassword } from 'better-auth/crypto'
import type { Selectable } from 'kysely'
import { PlazaError } from '../errors.ts'
import { type Reader, sqlState, type Writer } from '../store/database.ts'
import type { AccountTable } from '../store/schema.ts'
import { nameKey, nameProblem } from './name.ts'
import { endSessions } from './session-list.ts'

export type Role = 'admin' | 'member'

export type Account = {
  id: string
  kind: 'user' | 'organization'
  name: string
  fullname: string
  email: string | null
  emailVerified: boolean
  avatarUrl: string | null
  bio: string
  role: Role
  plan: string
  /** Since when no way in works. */
  disabledAt: Date | null
  createdAt: Date
}

export type NewAccount = {
  name: string
  /** Default: the name. */
  fullname?: string | undefined
  email?: string | undefined
  kind?: 'user' | 'organization' | undefined
  role?: Role | undefined
  plan?: string | undefined
  /** Of `hashPassword`; without it the account is entered by a link or used by tokens only. */
  passwordHash?: string | undefined
}

export const shortestPassword = 8
export const longestPassword = 128

/** How the session part names the password among an account's credentials. */
const passwordProvider = 'credential'
const uniqueViolation = '23505'

/** scrypt with a salt of its own; takes some 50 ms on purpose, so call it outside a transaction. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length > longestPassword) {
    throw new PlazaError('bad_request', `A password has at most ${longestPassword} characters.`, '', {
      field: 'password',
    })
  }
  return await hash(password)
}

export async function findAccount(db: Reader, id: string): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
  return row && present(row)
}

/** By name, in any case. */
export async function findAccountByName(db: Reader, name: string): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('name_key', '=', nameKey(name)).executeTakeFirst()
  return row && present(row)
}

/** All people, by name. */
export async function listAccounts(db: Reader): Promise<Account[]> {
  const rows = await db.selectFrom('accounts').selectAll().orderBy('name_key').execute()
  return rows.map(present)
}

/**
 * For the administrator's ways in (plaza.yaml, the command line); people sign up through the session part.
 * @throws PlazaError bad_request for a name that nobody can have, conflict for one (or an address) that is taken.
 */
export async function createAccount(tx: Writer, account: NewAccount): Promise<Account> {
  const problem = nameProblem(account.name)
  if (problem) throw new PlazaError('bad_request', problem)
  const id = randomUUID()
  const row = await tx.db
    .insertInto('accounts')
    .values({
      id,
      kind: account.kind ?? 'user',
      name: account.name,
      name_key: nameKey(account.name),
      fullname: account.fullname ?? account.name,
      email: account.email?.toLowerCase() ?? null,
      avatar: null,
      role: account.role ?? 'member',
      plan: account.plan ?? 'free',
    })
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch((error: unknown) => {
      throw takenError(error, account) ?? error
    })
  if (account.passwordHash !== undefined) await setPassword(tx, id, account.passwordHash)
  return present(row)
}

export type AccountChange = {
  fullname?: string | undefined
  email?: string | undefined
  bio?: string | undefined
  role?: Role | undefined
  plan?: string | undefined
}

/** Changes what is given and leaves the rest. */
export async function changeAccount(tx: Writer, id: string, change: AccountChange): Promise<void> {
  await tx.db
    .updateTable('accounts')
    .set({
      ...(change.fullname !== undefined && { fullname: change.fullname }),
      ...(change.email !== undefined && { email: change.email.toLowerCase() }),
      ...(change.bio !== undefined && { bio: change.bio }),
      ...(change.role !== undefined && { role: change.role }),
      ...(change.plan !== undefined && { plan: change.plan }),
      updated_at: tx.now,
    })
    .where('id', '=', id)
    .execute()
    .catch((error: unknown) => {
      throw takenError(error, { name: '', email: change.email }) ?? error
    })
}

/**
 * Sets or replaces the password, and ends the sessions that were opened with the former one.
 * @param keep the session that it is changed in, which goes on.
 */
export async function setPassword(tx: Writer, accountId: string, passwordHash: string, keep?: string): Promise<void> {
  await tx.db
    .deleteFrom('credentials')
    .where('account_id', '=', accountId)
    .where('provider', '=', passwordProvider)
    .execute()
  await tx.db
    .insertInto('credentials')
    .values({
      id: randomUUID(),
      account_id: accountId,
      provider: passwordProvider,
      subject: accountId,
      password_hash: passwordHash,
    })
    .execute()
  await endSessions(tx, accountId, keep)
}

/** Whether it has one at all: an account that was entered by a link may not. */
export async function hasPassword(db: Reader, accountId: string): Promise<boolean> {
  return (await passwordHashOf(db, accountId)) !== undefined
}

/** Takes some 50 ms on purpose. False where the account has no password. */
export async function isPassword(db: Reader, accountId: string, password: string): Promise<boolean> {
  const stored = await passwordHashOf(db, accountId)
  return stored !== undefined && (await verifyPassword({ hash: stored, password }))
}

async function passwordHashOf(db: Reader, accountId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('credentials')
    .select('password_hash')
    .where('account_id', '=', accountId)
    .where('provider', '=', passwordProvider)
    .executeTakeFirst()
  return row?.password_hash ?? undefined
}

/** The conflict behind a unique violation of `accounts`, or undefined for any other error. */
function takenError(error: unknown, wanted: { name: string; email?: string | undefined }): PlazaError | undefined {
  if (sqlState(error) !== uniqueViolation || !(error instanceof Error)) return undefined
  const constraint = 'constraint' in error ? error.constraint : undefined
  return constraint === 'accounts_email_key'
    ? new PlazaError('conflict', `The address ${wanted.email ?? ''} belongs to another account.`, '', {
        field: 'email',
      })
    : new PlazaError('conflict', `The name "${wanted.name}" is taken.`)
}

function present(row: Selectable<AccountTable>): Account {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    fullname: row.fullname,
    email: row.email,
    emailVerified: row.email_verified,
    avatarUrl: row.avatar,
    bio: row.bio,
    role: row.role,
    plan: row.plan,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
  }
}
