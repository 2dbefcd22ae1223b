/** Another driver than last time: what the one before made does not run here, and is made again. */
import { sql } from 'kysely'
import type { Image } from '../../builder/builder.ts'
import { publish } from '../store/changes.ts'
import type { Store } from '../store/database.ts'

const runnable: Record<'local' | 'docker' | 'kubernetes', Image['kind']> = {
  local: 'environment',
  docker: 'oci',
  kubernetes: 'oci',
}

/** Images of another kind are forgotten, so that whoever wants them builds anew; their runs are over. @returns how many. */
export async function adoptDriver(store: Store, driver: keyof typeof runnable): Promise<number> {
  return await store.transaction(async (tx) => {
    const forgotten = await tx.db
      .updateTable('builds')
      .set({ image: null })
      .where('image', 'is not', null)
      .where(sql<string>`image ->> 'kind'`, 'not in', [runnable[driver], 'static'])
      .returning(['id', 'space_id'])
      .execute()
    if (forgotten.length === 0) return 0
    await tx.db
      .updateTable('workloads')
      .set({ wanted: false, state: JSON.stringify({ kind: 'gone' }), ended_at: tx.now })
      .where('wanted', '=', true)
      .where(
        'build_id',
        'in',
        forgotten.map(({ id }) => id),
      )
      .execute()
    const spaces = [...new Set(forgotten.map(({ space_id }) => space_id))]
    await tx.db.deleteFrom('routes').where('space_id', 'in', spaces).where('kind', '=', 'address').execute()
    await publish(tx, ...spaces.map((spaceId) => ({ type: 'space', spaceId }) as const))
    return forgotten.length
  })
}
