/**
 * A way in without a password, for one use: what the terminal prints for the first administrator, and what
 * `plaza user` makes for whoever lost theirs. The page posts the link's token; opening the address alone uses
 * nothing up, so a mail scanner or a preview does no harm.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Writer } from '../store/database.ts'

const kind = 'sign-in-link'
const validFor = 24 * 3600_000

/** @returns the token that belongs behind `{url}/sign-in/link#`. Only its hash is kept. */
export async function createSignInLink(tx: Writer, accountId: string): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await tx.db
    .insertInto('verifications')
    .values({
      id: randomUUID(),
      identifier: identifier(token),
      value: accountId,
      expires_at: new Date(tx.now.getTime() + validFor),
    })
    .execute()
  return token
}

/** The account that the link lets in, once; of two who come at the same time one gets undefined. */
export async function useSignInLink(tx: Writer, token: string): Promise<string | undefined> {
  const row = await tx.db
    .deleteFrom('verifications')
    .where('identifier', '=', identifier(token))
    .returning(['value', 'expires_at'])
    .executeTakeFirst()
  return row && row.expires_at > tx.now ? row.value : undefined
}

function identifier(token: string): string {
  return `${kind}:${createHash('sha256').update(token).digest('hex')}`
}
