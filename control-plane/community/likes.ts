/** Who likes what. A Space carries the number of its likes and its heat; both are counted anew with each change. */
import type { Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { publish } from '../store/changes.ts'
import type { Reader, Store, Writer } from '../store/database.ts'
import { fadedAfter, heatOf } from './ranking.ts'

/** Liking twice is liking once. @returns how many like it now. */
export async function like(store: Store, spaceId: string, accountId: string): Promise<number> {
  return await store.transaction(async (tx) => {
    await lock(tx, spaceId)
    const { numInsertedOrUpdatedRows } = await tx.db
      .insertInto('likes')
      .values({ space_id: spaceId, account_id: accountId, created_at: tx.now })
      .onConflict((on) => on.doNothing())
      .executeTakeFirstOrThrow()
    return await count(tx, spaceId, numInsertedOrUpdatedRows !== 0n)
  })
}

/** @returns how many like it now. */
export async function unlike(store: Store, spaceId: string, accountId: string): Promise<number> {
  return await store.transaction(async (tx) => {
    await lock(tx, spaceId)
    const { numDeletedRows } = await tx.db
      .deleteFrom('likes')
      .where('space_id', '=', spaceId)
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow()
    return await count(tx, spaceId, numDeletedRows !== 0n)
  })
}

/** Those of `ids` that the viewer likes. */
export async function likedOf(db: Reader, viewer: Viewer, ids: readonly string[]): Promise<Set<string>> {
  if (!viewer || ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('likes')
    .select('space_id')
    .where('account_id', '=', viewer.accountId)
    .where('space_id', 'in', ids)
    .execute()
  return new Set(rows.map((row) => row.space_id))
}

export type Liker = { id: string; name: string; fullname: string; avatar: string | null; at: Date }
export type LikedSpace = { id: string; owner: string; name: string; at: Date }

/** Newest first; `offset` counts from the first. */
export async function likersOf(db: Reader, spaceId: string, offset: number, limit: number): Promise<Liker[]> {
  return await db
    .selectFrom('likes')
    .innerJoin('accounts', 'accounts.id', 'likes.account_id')
    .select(['accounts.id', 'accounts.name', 'accounts.fullname', 'accounts.avatar', 'likes.created_at as at'])
    .where('likes.space_id', '=', spaceId)
    .orderBy('likes.created_at', 'desc')
    .orderBy('likes.account_id')
    .offset(offset)
    .limit(limit)
    .execute()
}

/** What somebody likes, as far as the viewer may see it; newest first. @throws PlazaError where there is no such account. */
export async function likesOf(
  db: Reader,
  viewer: Viewer,
  name: string,
  offset: number,
  limit: number,
): Promise<LikedSpace[]> {
  const account = await db
    .selectFrom('accounts')
    .select('id')
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst()
  if (!account) throw new PlazaError('not_found', 'There is no such account.')
  return await db
    .selectFrom('likes')
    .innerJoin('spaces', 'spaces.id', 'likes.space_id')
    .innerJoin('accounts', 'accounts.id', 'spaces.owner_id')
    .select(['spaces.id', 'spaces.name', 'accounts.name as owner', 'likes.created_at as at'])
    .where('likes.account_id', '=', account.id)
    .where('spaces.deleted_at', 'is', null)
    .$if(viewer?.role !== 'admin', (rows) =>
      rows.where((eb) =>
        eb.or([eb('spaces.visibility', '=', 'public'), eb('spaces.owner_id', '=', viewer?.accountId ?? '')]),
      ),
    )
    .orderBy('likes.created_at', 'desc')
    .orderBy('likes.space_id')
    .offset(offset)
    .limit(limit)
    .execute()
}

/** Two people who like at once are counted one after the other. */
async function lock(tx: Writer, spaceId: string): Promise<void> {
  await tx.db.selectFrom('spaces').select('id').where('id', '=', spaceId).forUpdate().execute()
}

async function count(tx: Writer, spaceId: string, hasChanged: boolean): Promise<number> {
  const space = await tx.db
    .selectFrom('spaces')
    .select(['created_at', 'likes'])
    .where('id', '=', spaceId)
    .executeTakeFirst()
  if (!space) throw new PlazaError('repo_not_found', 'Repository not found.')
  if (!hasChanged) return space.likes
  const total = await tx.db
    .selectFrom('likes')
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where('space_id', '=', spaceId)
    .executeTakeFirstOrThrow()
  const recent = await tx.db
    .selectFrom('likes')
    .select('created_at')
    .where('space_id', '=', spaceId)
    .where('created_at', '>', new Date(tx.now.getTime() - fadedAfter * 1000))
    .execute()
  const likes = Number(total.n)
  const trending = heatOf(
    space.created_at,
    recent.map((row) => row.created_at),
  )
  await tx.db.updateTable('spaces').set({ likes, trending }).where('id', '=', spaceId).execute()
  await publish(tx, { type: 'like', spaceId })
  return likes
}
