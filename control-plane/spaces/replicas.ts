/** How many of a Space run side by side. */
import { sql } from 'kysely'
import { PlazaError } from '../errors.ts'
import { publish } from '../store/changes.ts'
import type { Store } from '../store/database.ts'

/**
 * The running version starts anew with so many; the one before serves until they answer.
 * @param most what the runtime can run of one Space.
 * @throws PlazaError bad_request naming the bounds.
 */
export async function changeReplicas(store: Store, id: string, replicas: number, most: number): Promise<void> {
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > most) {
    const remedy = most === 1 ? 'This install runs one of each Space.' : `Choose a whole number from 1 to ${most}.`
    throw new PlazaError('bad_request', `${replicas} replicas cannot run here.`, remedy)
  }
  await store.transaction(async (tx) => {
    const { numUpdatedRows } = await tx.db
      .updateTable('spaces')
      .set({ replicas, revision: sql`revision + 1`, updated_at: tx.now })
      .where('id', '=', id)
      // Nothing starts anew for what is so already.
      .where('replicas', '!=', replicas)
      .executeTakeFirst()
    if (numUpdatedRows > 0n) await publish(tx, { type: 'space', spaceId: id })
  })
}
