/** Where a person is signed in: the rows of their sessions, to be looked through and ended. */
import { sql } from 'kysely'
import { PlazaError } from '../errors.ts'
import type { Reader, Store, Writer } from '../store/database.ts'

export type SessionRow = {
  id: string
  userAgent: string
  address: string
  createdAt: Date
  lastUsedAt: Date
}

/** Those that have not run out, the last used first. */
export async function listSessions(db: Reader, accountId: string): Promise<SessionRow[]> {
  const rows = await db
    .selectFrom('sessions')
    .select(['id', 'user_agent', 'ip_address', 'created_at', 'last_used_at'])
    .where('account_id', '=', accountId)
    .where('expires_at', '>', sql<Date>`now()`)
    .orderBy('last_used_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    userAgent: row.user_agent ?? '',
    address: row.ip_address ?? '',
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }))
}

/** Writes at most once a minute. */
export async function touchSession(store: Store, id: string): Promise<void> {
  const seen = await store.read
    .selectFrom('sessions')
    .select('id')
    .where('id', '=', id)
    .where('last_used_at', '<', sql<Date>`now() - interval '1 minute'`)
    .executeTakeFirst()
  if (!seen) return
  await store.transaction(async (tx) => {
    await tx.db.updateTable('sessions').set({ last_used_at: tx.now }).where('id', '=', id).execute()
  })
}

/** @throws PlazaError not_found where the account has no such session. */
export async function endSession(tx: Writer, accountId: string, id: string): Promise<void> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('sessions')
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw new PlazaError('not_found', 'You have no such session.')
}

/** All of an account's. @param keep the one that goes on. */
export async function endSessions(tx: Writer, accountId: string, keep?: string): Promise<void> {
  await tx.db
    .deleteFrom('sessions')
    .where('account_id', '=', accountId)
    .$if(keep !== undefined, (query) => query.where('id', '!=', keep ?? ''))
    .execute()
}
