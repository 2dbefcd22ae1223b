import { type Kysely, sql } from 'kysely'
import type { Database } from '../schema.ts'

/** The host names that Spaces had, so that an app embedded elsewhere is found after a rename. */
export async function up(db: Kysely<Database>): Promise<void> {
  await sql`alter table redirects add column slug text`.execute(db)
}
