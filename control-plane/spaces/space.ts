/** The rows of a Space: find, create, change what is desired, delete. Whatever follows from a change, the reconciler does. */
import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { PlazaError } from '../errors.ts'
import { publish } from '../store/changes.ts'
import { type Reader, type Store, sqlState, type Writer } from '../store/database.ts'
import type { SpaceTable } from '../store/schema.ts'
import type { Selectable } from 'kysely'

export type SpaceRow = Selectable<SpaceTable> & { owner: string }

/** 48 hours, as the reference has it. */
const defaultSleepAfter = 172_800
const longestName = 96
const namePattern = /^[A-Za-z0-9._-]+$/

/** By the names in its address, whatever their case; not what is being deleted. */
export async function findSpace(db: Reader, owner: string, name: string): Promise<SpaceRow | undefined> {
  return await rows(db)
    .where('accounts.name_key', '=', owner.toLowerCase())
    .where('spaces.name_key', '=', name.toLowerCase())
    .where('spaces.deleted_at', 'is', null)
    .executeTakeFirst()
}

export async function spaceById(db: Reader, id: string): Promise<SpaceRow | undefined> {
  return await rows(db).where('spaces.id', '=', id).executeTakeFirst()
}

export async function spacesById(db: Reader, ids: readonly string[]): Promise<SpaceRow[]> {
  return ids.length === 0 ? [] : await rows(db).where('spaces.id', 'in', ids).execute()
}

function rows(db: Reader) {
  return db
    .selectFrom('spaces')
    .innerJoin('accounts', 'accounts.id', 'spaces.owner_id')
    .selectAll('spaces')
    .select('accounts.name as owner')
}

export type Owner = { id: string; name: string }

export type NewSpace = {
  owner: Owner
  name: string
  visibility: 'public' | 'private'
  sdk: string | null
  hardware: string
  sleepAfter: number | undefined
  /** Whether it gets a loopback address of its own. */
  hasAddress: boolean
  variables: readonly { key: string; value: string; description: string }[]
  secrets: readonly { key: string; sealed: (spaceId: string) => Buffer; description: string }[]
}

/** @throws PlazaError bad_request for a name that cannot be, conflict (with `taken`) where there is one already. */
export async function createSpace(store: Store, wish: NewSpace): Promise<{ id: string; slug: string }> {
  checkSpaceName(wish.name)
  const sleepAfter = wish.sleepAfter === undefined ? defaultSleepAfter : checkSleepAfter(wish.sleepAfter)
  const id = `s${randomBytes(9).toString('hex')}`
  for (let attempt = 0; ; attempt++) {
    const slug = slugOf(wish.owner.name, wish.name, attempt)
    try {
      await store.transaction(async (tx) => {
        await tx.db
          .insertInto('spaces')
          .values({
            id,
            owner_id: wish.owner.id,
            name: wish.name,
            name_key: wish.name.toLowerCase(),
            slug,
            address: wish.hasAddress ? addressOf(id, attempt) : null,
            visibility: wish.visibility,
            sdk: wish.sdk,
            hardware: wish.hardware,
            sleep_after: sleepAfter,
          })
          .execute()
        await forgetRedirect(tx, wish.owner.id, wish.name)
        for (const { key, value, description } of wish.variables) {
          // Of two with the same name the last one counts, as when they are set one after the other.
          await tx.db
            .insertInto('variables')
            .values({ space_id: id, key, value, description })
            .onConflict((on) => on.columns(['space_id', 'key']).doUpdateSet({ value, description }))
            .execute()
        }
        for (const { key, sealed, description } of wish.secrets) {
          const row = { sealed: sealed(id), description }
          await tx.db
            .insertInto('secrets')
            .values({ space_id: id, key, ...row })
            .onConflict((on) => on.columns(['space_id', 'key']).doUpdateSet(row))
            .execute()
        }
        await publish(tx, { type: 'space', spaceId: id })
      })
      return { id, slug }
    } catch (error) {
      // 23505: a unique index. The name is taken, or the slug or the address by chance: the latter are tried anew.
      if (sqlState(error) !== '23505' || attempt > 20) throw error
      const other = await store.read
        .selectFrom('spaces')
        .select('id')
        .where('owner_id', '=', wish.owner.id)
        .where('name_key', '=', wish.name.toLowerCase())
        .executeTakeFirst()
      if (other) throw new PlazaError('conflict', 'You already created this space repo')
    }
  }
}

/**
 * Gives it another name, or another owner; what it is reached by changes with it, and the old name leads to the new one.
 * A running app starts anew beside the old one, since its variables name it.
 * @throws PlazaError bad_request for a name that cannot be, conflict where there is one already.
 */
export async function moveSpace(store: Store, space: SpaceRow, to: { owner: Owner; name: string }): Promise<void> {
  checkSpaceName(to.name)
  const nameKey = to.name.toLowerCase()
  for (let attempt = 0; ; attempt++) {
    try {
      await store.transaction(async (tx) => {
        await tx.db
          .updateTable('spaces')
          .set({
            owner_id: to.owner.id,
            name: to.name,
            name_key: nameKey,
            slug: slugOf(to.owner.name, to.name, attempt),
            revision: sql`revision + 1`,
            updated_at: tx.now,
          })
          .where('id', '=', space.id)
          .where('deleted_at', 'is', null)
          .execute()
        await forgetRedirect(tx, to.owner.id, to.name)
        const isSame = space.owner_id === to.owner.id && space.name_key === nameKey
        if (!isSame) {
          const row = { owner_id: space.owner_id, name_key: space.name_key, space_id: space.id, slug: space.slug }
          await tx.db
            .insertInto('redirects')
            .values({ ...row, created_at: tx.now })
            .onConflict((on) =>
              on.columns(['owner_id', 'name_key']).doUpdateSet({ space_id: space.id, slug: space.slug }),
            )
            .execute()
        }
        await publish(
          tx,
          { type: 'space', spaceId: space.id },
          { type: 'route', spaceId: space.id },
          // A private one has gone with its owner.
          ...(space.owner_id === to.owner.id ? [] : [{ type: 'hidden', spaceId: space.id } as const]),
        )
      })
      return
    } catch (error) {
      if (sqlState(error) !== '23505' || attempt > 20) throw error
      const other = await store.read
        .selectFrom('spaces')
        .select('id')
        .where('owner_id', '=', to.owner.id)
        .where('name_key', '=', nameKey)
        .where('id', '!=', space.id)
        .executeTakeFirst()
      if (other) throw new PlazaError('conflict', `${to.owner.name}/${to.name} is there already.`, 'Take another name.')
    }
  }
}

/** The Space that had this name once, where none has it now. */
export async function findMoved(db: Reader, owner: string, name: string): Promise<SpaceRow | undefined> {
  return await rows(db)
    .innerJoin('redirects', 'redirects.space_id', 'spaces.id')
    .innerJoin('accounts as before', 'before.id', 'redirects.owner_id')
    .where('before.name_key', '=', owner.toLowerCase())
    .where('redirects.name_key', '=', name.toLowerCase())
    .where('spaces.deleted_at', 'is', null)
    .executeTakeFirst()
}

async function forgetRedirect(tx: Writer, ownerId: string, name: string): Promise<void> {
  await tx.db
    .deleteFrom('redirects')
    .where('owner_id', '=', ownerId)
    .where('name_key', '=', name.toLowerCase())
    .execute()
}

/** @throws PlazaError bad_request with the rule. */
export function checkSpaceName(name: string): void {
  const isFine = namePattern.test(name) && name.length <= longestName && !name.includes('..') && name !== '.'
  if (isFine && !name.toLowerCase().endsWith('.git')) return
  throw new PlazaError(
    'bad_request',
    'This name cannot be used for a Space.',
    `Use letters, digits, - _ and ., at most ${longestName}, without “..” and without .git at the end.`,
  )
}

export function checkSleepAfter(seconds: number): number {
  if (Number.isInteger(seconds) && (seconds === -1 || (seconds >= 1 && seconds <= 31_536_000))) return seconds
  throw new PlazaError('bad_request', 'The sleep time is in seconds.', 'Write -1 for never, or 1 to 31536000.')
}

/** One DNS label, 63 characters at most: `owner-name`, and something of the hash where that is too long or taken. */
function slugOf(owner: string, name: string, attempt: number): string {
  const plain = `${owner}-${name}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  const isFit = plain.length > 0 && plain.length <= 63
  if (attempt === 0 && isFit) return plain
  const ending = createHash('sha256').update(`${owner}/${name}/${attempt}`).digest('hex').slice(0, 8)
  return `${plain.slice(0, 54)}-${ending}`.replaceAll(/^-|--+/g, '-').replace(/^-/, 's-')
}

/** 127.64.0.1 to 127.127.255.254: 4 million addresses that every Linux answers on without any set-up. */
function addressOf(id: string, attempt: number): string {
  const hash = createHash('sha256').update(`${id}/${attempt}`).digest()
  const [a = 0, b = 0, c = 0] = hash
  return `127.${64 + (a % 64)}.${b}.${1 + (c % 254)}`
}

export type SpaceChange = Partial<{
  visibility: 'public' | 'private'
  sleepAfter: number
  hardware: string
  paused: boolean
}>

export async function changeSpace(store: Store, id: string, change: SpaceChange): Promise<void> {
  await store.transaction(async (tx) => {
    const before = await tx.db.selectFrom('spaces').select('visibility').where('id', '=', id).executeTakeFirst()
    await tx.db
      .updateTable('spaces')
      .set({
        ...(change.visibility === undefined ? {} : { visibility: change.visibility }),
        ...(change.sleepAfter === undefined ? {} : { sleep_after: checkSleepAfter(change.sleepAfter) }),
        ...(change.hardware === undefined ? {} : { hardware: change.hardware, revision: sql`revision + 1` }),
        ...(change.paused === undefined ? {} : { paused_at: change.paused ? tx.now : null }),
        updated_at: tx.now,
      })
      .where('id', '=', id)
      .execute()
    const isHidden = change.visibility === 'private' && before?.visibility === 'public'
    await publish(
      tx,
      { type: 'space', spaceId: id },
      { type: 'route', spaceId: id },
      ...(isHidden ? [{ type: 'hidden', spaceId: id } as const] : []),
    )
  })
}

/** Remembers where its first commits were made, so that their authors are named. */
export async function creditSource(store: Store, id: string, address: string): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.db.updateTable('spaces').set({ imported_from: address }).where('id', '=', id).execute()
  })
}

/** Puts it at the head of the gallery (`by` an administrator), or takes it from there (null). */
export async function featureSpace(store: Store, id: string, by: string | null): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.db
      .updateTable('spaces')
      .set({ featured_at: by === null ? null : tx.now, featured_by: by })
      .where('id', '=', id)
      .execute()
    await publish(tx, { type: 'stage', spaceId: id })
  })
}

/**
 * Starts it anew, also out of a pause. What failed to build is built again; with `factory` everything is.
 */
export async function restartSpace(store: Store, id: string, factory: boolean): Promise<void> {
  await store.transaction(async (tx) => {
    const failed = await tx.db
      .selectFrom('builds')
      .innerJoin('spaces', 'spaces.id', 'builds.space_id')
      .select('builds.id')
      .whereRef('builds.sha', '=', 'spaces.target_commit')
      .whereRef('builds.rebuild', '=', 'spaces.rebuild')
      .where('builds.space_id', '=', id)
      .where('builds.state', 'in', ['failed', 'cancelled'])
      .executeTakeFirst()
    await tx.db
      .updateTable('spaces')
      .set({
        revision: sql`revision + 1`,
        ...(factory || failed ? { rebuild: sql`rebuild + 1` } : {}),
        paused_at: null,
        active_at: tx.now,
        updated_at: tx.now,
      })
      .where('id', '=', id)
      .execute()
    await publish(tx, { type: 'space', spaceId: id })
  })
}

/** Makes an earlier pushed commit what should run; the repository stays as it is. @throws PlazaError */
export async function rollBack(store: Store, id: string, sha: string): Promise<void> {
  await store.transaction(async (tx) => {
    const commit = await tx.db
      .selectFrom('commits')
      .select('problem')
      .where('space_id', '=', id)
      .where('sha', '=', sha)
      .executeTakeFirst()
    if (!commit) {
      throw new PlazaError(
        'revision_not_found',
        'No such version was pushed here.',
        'Choose one of the list of versions.',
      )
    }
    await tx.db
      .updateTable('spaces')
      .set({ target_commit: sha, paused_at: null, active_at: tx.now, updated_at: tx.now })
      .where('id', '=', id)
      .execute()
    await publish(tx, { type: 'space', spaceId: id })
  })
}

/** Its variables or secrets are different: the app must start with them. */
export async function bumpRevision(tx: Writer, id: string): Promise<void> {
  await tx.db
    .updateTable('spaces')
    .set({ revision: sql`revision + 1`, active_at: tx.now, updated_at: tx.now })
    .where('id', '=', id)
    .execute()
  await publish(tx, { type: 'space', spaceId: id })
}

/** It is gone for everybody at once; what it has on this machine is removed behind it. */
export async function deleteSpace(store: Store, id: string): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.db
      .updateTable('spaces')
      // The names become free for a new one at once.
      .set({ deleted_at: tx.now, name_key: id, slug: id, address: null, updated_at: tx.now })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .execute()
    await publish(tx, { type: 'space', spaceId: id }, { type: 'route', spaceId: id })
  })
}

/** Visitors were there: whatever sleeps wakes, whatever runs goes on. Times never go back. */
export async function touchSpaces(store: Store, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await store.transaction(async (tx) => {
    const touched = await tx.db
      .updateTable('spaces')
      .set({ active_at: tx.now })
      .where('id', 'in', ids)
      .where('active_at', '<', tx.now)
      .where('deleted_at', 'is', null)
      .returning('id')
      .execute()
    await publish(tx, ...touched.map(({ id }) => ({ type: 'activity', spaceId: id }) as const))
  })
}
