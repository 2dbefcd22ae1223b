/**
 * Access tokens: what programs sign in with. `hf_` in front, because npm's `@huggingface/hub` refuses any other.
 * Only a hash is stored; a token of 36 random characters needs no slow one.
 */
import { createHash, randomInt, randomUUID } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import { PlazaError } from '../errors.ts'
import { type Reader, type Store, sqlState, type Writer } from '../store/database.ts'
import type { TokenTable } from '../store/schema.ts'
import type { Role } from './account.ts'

export type TokenRole = 'read' | 'write' | 'fineGrained'

export type Token = {
  id: string
  name: string
  role: TokenRole
  /** The last four characters. */
  ending: string
  createdAt: Date
  lastUsedAt: Date | null
}

/** A token that was presented and is valid, with whom it speaks for. */
export type TokenOwner = {
  accountId: string
  accountName: string
  accountRole: Role
  tokenName: string
  tokenRole: TokenRole
  tokenCreatedAt: Date
}

export const tokenPrefix = 'hf_'
const randomCharacters = 36
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const uniqueViolation = '23505'

export function newTokenValue(): string {
  return tokenPrefix + Array.from({ length: randomCharacters }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/**
 * Stores a token and returns it with its value, which is not seen again.
 * @param token.value one that the operator chose (plaza.yaml); default a new random one.
 * @throws PlazaError conflict where this value is a token already.
 */
export async function createToken(
  tx: Writer,
  accountId: string,
  token: { name: string; role: TokenRole; value?: string },
): Promise<Token & { token: string }> {
  const value = token.value ?? newTokenValue()
  const row = await tx.db
    .insertInto('tokens')
    .values({
      id: randomUUID(),
      account_id: accountId,
      name: token.name,
      role: token.role,
      hash: hashToken(value),
      ending: value.slice(-4),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch((error: unknown) => {
      throw sqlState(error) === uniqueViolation ? new PlazaError('conflict', 'This token exists already.') : error
    })
  return { ...present(row), token: value }
}

/** Those that still work, newest first. */
export async function listTokens(db: Reader, accountId: string): Promise<Token[]> {
  const rows = await db
    .selectFrom('tokens')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map(present)
}

/**
 * From the next request on, the token is worth nothing. Its row stays, so that nothing brings the value back.
 * @throws PlazaError not_found where the account has no such token.
 */
export async function revokeToken(tx: Writer, accountId: string, id: string): Promise<void> {
  const { numUpdatedRows } = await tx.db
    .updateTable('tokens')
    .set({ revoked_at: tx.now })
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new PlazaError('not_found', 'You have no such token.')
}

/** The owner of a valid token. It is found by its hash, so the time that takes tells nothing about any other token. */
export async function findToken(store: Store, value: string): Promise<TokenOwner | undefined> {
  if (!value.startsWith(tokenPrefix)) return undefined
  const row = await store.read
    .selectFrom('tokens')
    .innerJoin('accounts', 'accounts.id', 'tokens.account_id')
    .select([
      'tokens.id',
      'tokens.name as token_name',
      'tokens.role as token_role',
      'tokens.created_at',
      'accounts.id as account_id',
      'accounts.name',
      'accounts.role',
      sql<boolean>`tokens.last_used_at is null or tokens.last_used_at < now() - interval '1 minute'`.as(
        'seen_long_ago',
      ),
    ])
    .where('tokens.hash', '=', hashToken(value))
    .where('tokens.revoked_at', 'is', null)
    .where('accounts.disabled_at', 'is', null)
    .executeTakeFirst()
  if (!row) return undefined
  if (row.seen_long_ago) {
    await store.transaction(async (tx) => {
      await tx.db.updateTable('tokens').set({ last_used_at: tx.now }).where('id', '=', row.id).execute()
    })
  }
  return {
    accountId: row.account_id,
    accountName: row.name,
    accountRole: row.role,
    tokenName: row.token_name,
    tokenRole: row.token_role,
    tokenCreatedAt: row.created_at,
  }
}

export function hashToken(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

function present(row: Selectable<TokenTable>): Token {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    ending: row.ending,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}
