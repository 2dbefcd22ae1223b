/** What the owner of a Space is told: a build that failed, an app that crashed. Written with the fact itself. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { PlazaError } from '../errors.ts'
import { publish } from '../store/changes.ts'
import type { Reader, Store, Writer } from '../store/database.ts'
import type { NotificationKind } from '../store/schema.ts'

export type Notification = {
  id: string
  kind: NotificationKind
  owner: string
  space: string
  title: string
  /** Counts per Space: the log of this build says more. */
  build: number
  commit: string
  message: string
  at: Date
  isRead: boolean
}

/** An app that is started again and crashes again within so many seconds is one thing to hear of, not four. */
const burst = 600
const longestMessage = 500

/** Once for each build. The caller publishes `notification` in the same transaction. */
export async function tellBuildFailed(
  tx: Writer,
  build: { id: string; space_id: string },
  message: string,
): Promise<void> {
  await tell(tx, 'build-failed', build, message)
}

/** Once for each version, and anew when it crashes after a quiet while. */
export async function tellCrash(tx: Writer, build: { id: string; space_id: string }, message: string): Promise<void> {
  await tell(tx, 'crashed', build, message)
}

async function tell(
  tx: Writer,
  kind: NotificationKind,
  build: { id: string; space_id: string },
  message: string,
): Promise<void> {
  const space = await tx.db
    .selectFrom('spaces')
    .innerJoin('accounts', 'accounts.id', 'spaces.owner_id')
    .select('owner_id')
    .where('spaces.id', '=', build.space_id)
    .where('spaces.deleted_at', 'is', null)
    .where('accounts.kind', '=', 'user')
    .executeTakeFirst()
  if (!space) return
  const told = { message: message.slice(0, longestMessage), at: tx.now }
  await tx.db
    .insertInto('notifications')
    .values({
      id: randomUUID(),
      account_id: space.owner_id,
      space_id: build.space_id,
      kind,
      build_id: build.id,
      ...told,
    })
    .onConflict((on) =>
      on.columns(['account_id', 'kind', 'build_id']).doUpdateSet({
        ...told,
        read_at: sql<Date | null>`case
          when notifications.at > ${tx.now}::timestamptz - ${burst} * interval '1 second' then notifications.read_at
        end`,
      }),
    )
    .execute()
}

/** Newest first. `before`: the last one of the page before. */
export async function notificationsOf(
  db: Reader,
  accountId: string,
  page: { before: string | undefined; limit: number },
): Promise<Notification[]> {
  const rows = await db
    .selectFrom('notifications')
    .innerJoin('spaces', 'spaces.id', 'notifications.space_id')
    .innerJoin('accounts', 'accounts.id', 'spaces.owner_id')
    .innerJoin('builds', 'builds.id', 'notifications.build_id')
    .select([
      'notifications.id',
      'notifications.kind',
      'notifications.message',
      'notifications.at',
      'notifications.read_at',
      'accounts.name as owner',
      'spaces.name as space',
      'spaces.card',
      'builds.number as build',
      'builds.sha as commit',
    ])
    .where('notifications.account_id', '=', accountId)
    .where('spaces.deleted_at', 'is', null)
    .$if(page.before !== undefined, (query) =>
      query.where(
        sql<boolean>`(notifications.at, notifications.id) < (
          select at, id from notifications where account_id = ${accountId} and id = ${page.before}
        )`,
      ),
    )
    .orderBy('notifications.at', 'desc')
    .orderBy('notifications.id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map(({ read_at, card, ...row }) => {
    const title = card?.['title']
    return { ...row, title: typeof title === 'string' ? title : row.space, isRead: read_at !== null }
  })
}

export async function countUnread(db: Reader, accountId: string): Promise<number> {
  const row = await db
    .selectFrom('notifications')
    .innerJoin('spaces', 'spaces.id', 'notifications.space_id')
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where('notifications.account_id', '=', accountId)
    .where('read_at', 'is', null)
    .where('spaces.deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.n)
}

/** @param id one of them, or undefined for all. @throws PlazaError not_found where it is not one of this person's. */
export async function markRead(store: Store, accountId: string, id: string | undefined): Promise<void> {
  await store.transaction(async (tx) => {
    const read = await tx.db
      .updateTable('notifications')
      .set({ read_at: tx.now })
      .where('account_id', '=', accountId)
      .where('read_at', 'is', null)
      .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
      .returning('space_id')
      .execute()
    if (id !== undefined && read.length === 0) await requireOwn(tx, accountId, id)
    // One hint is enough: whoever hears it is this person, and asks for all of it.
    const [first] = read
    if (first) await publish(tx, { type: 'notification', spaceId: first.space_id })
  })
}

async function requireOwn(tx: Writer, accountId: string, id: string): Promise<void> {
  const own = await tx.db
    .selectFrom('notifications')
    .select('id')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!own) throw new PlazaError('not_found', 'You have no such notification.')
}
