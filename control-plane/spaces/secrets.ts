/** Variables, which anyone who may see a Space may read, and secrets, which only its app ever sees again. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { PlazaError } from '../errors.ts'
import type { Reader, Store, Writer } from '../store/database.ts'
import { bumpRevision } from './space.ts'

export type Setting = { key: string; value: string; description: string }

const cipher = 'aes-256-gcm'
const keyPattern = /^[A-Za-z_][A-Za-z0-9_]*$/
const longestKey = 256
/** Bytes. The kernel takes 128 KiB for one variable of a process, and 2 MiB for all of them and the arguments. */
const longestValue = 64 * 1024
const largestTotal = 1024 * 1024

/** @throws PlazaError bad_request with the rule. */
function checkSetting(key: string, value: string): void {
  if (!keyPattern.test(key) || key.length > longestKey) {
    throw new PlazaError(
      'bad_request',
      'This name cannot be used for a variable or secret.',
      'Use letters, digits and _, not beginning with a digit.',
    )
  }
  if (value.includes('\0') || Buffer.byteLength(value) > longestValue) {
    throw new PlazaError(
      'bad_request',
      `The value of ${key} is too long or holds a zero byte.`,
      'At most 64 KiB of text.',
    )
  }
}

/** @throws PlazaError bad_request where a new Space's variables and secrets cannot be, alone or together. */
export function checkSettings(settings: readonly { key: string; value: string }[]): void {
  for (const { key, value } of settings) checkSetting(key, value)
  checkTotal(settings.reduce((sum, { key, value }) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0))
}

function checkTotal(bytes: number): void {
  if (bytes <= largestTotal) return
  throw new PlazaError(
    'bad_request',
    'All variables and secrets together are too large.',
    'They may have 1 MiB: put what is larger into the repository or into /data.',
  )
}

/** @throws PlazaError bad_request, which undoes the transaction. */
async function checkStoredTotal(tx: Writer, spaceId: string): Promise<void> {
  const { rows } = await sql<{ bytes: string }>`
    select coalesce(sum(bytes), 0) as bytes from (
      select octet_length(key) + octet_length(value) as bytes from variables where space_id = ${spaceId}
      union all
      select octet_length(key) + octet_length(sealed) from secrets where space_id = ${spaceId}
    ) as settings`.execute(tx.db)
  checkTotal(Number(rows[0]?.bytes ?? 0))
}

export async function setVariable(store: Store, spaceId: string, setting: Setting): Promise<void> {
  checkSetting(setting.key, setting.value)
  await store.transaction(async (tx) => {
    const row = { value: setting.value, description: setting.description, updated_at: tx.now }
    await tx.db
      .insertInto('variables')
      .values({ space_id: spaceId, key: setting.key, ...row })
      .onConflict((on) => on.columns(['space_id', 'key']).doUpdateSet(row))
      .execute()
    await checkStoredTotal(tx, spaceId)
    await bumpRevision(tx, spaceId)
  })
}

/** @param key the install's subkey for secrets, 32 bytes. */
export async function setSecret(store: Store, key: Buffer, spaceId: string, setting: Setting): Promise<void> {
  checkSetting(setting.key, setting.value)
  await store.transaction(async (tx) => {
    const row = {
      sealed: seal(key, spaceId, setting.key, setting.value),
      description: setting.description,
      updated_at: tx.now,
    }
    await tx.db
      .insertInto('secrets')
      .values({ space_id: spaceId, key: setting.key, ...row })
      .onConflict((on) => on.columns(['space_id', 'key']).doUpdateSet(row))
      .execute()
    await checkStoredTotal(tx, spaceId)
    await bumpRevision(tx, spaceId)
  })
}

/** A key that is not there is fine, as at the reference. */
export async function removeSetting(
  store: Store,
  table: 'variables' | 'secrets',
  spaceId: string,
  key: string,
): Promise<void> {
  await store.transaction(async (tx) => {
    const { numDeletedRows } = await tx.db
      .deleteFrom(table)
      .where('space_id', '=', spaceId)
      .where('key', '=', key)
      .executeTakeFirst()
    if (numDeletedRows > 0n) await bumpRevision(tx, spaceId)
  })
}

/** What an owner has set, opened. */
export async function settingsOf(
  db: Reader,
  key: Buffer,
  spaceId: string,
): Promise<{ variables: Record<string, string>; secrets: Record<string, string> }> {
  const [variables, secrets] = await Promise.all([
    db.selectFrom('variables').select(['key', 'value']).where('space_id', '=', spaceId).execute(),
    db.selectFrom('secrets').select(['key', 'sealed']).where('space_id', '=', spaceId).execute(),
  ])
  return {
    variables: Object.fromEntries(variables.map((row) => [row.key, row.value])),
    secrets: Object.fromEntries(secrets.map((row) => [row.key, open(key, spaceId, row.key, row.sealed)])),
  }
}

/** Bound to its Space and name: a row that is copied elsewhere does not open. */
export function seal(key: Buffer, spaceId: string, name: string, value: string): Buffer {
  const nonce = randomBytes(12)
  const encryption = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(`${spaceId}\0${name}`))
  const text = Buffer.concat([encryption.update(value, 'utf8'), encryption.final()])
  return Buffer.concat([nonce, encryption.getAuthTag(), text])
}

/** @throws Error where anything was changed, or it was sealed for something else. */
export function open(key: Buffer, spaceId: string, name: string, sealed: Buffer): string {
  const decryption = createDecipheriv(cipher, key, sealed.subarray(0, 12))
    .setAAD(Buffer.from(`${spaceId}\0${name}`))
    .setAuthTag(sealed.subarray(12, 28))
  return Buffer.concat([decryption.update(sealed.subarray(28)), decryption.final()]).toString('utf8')
}
