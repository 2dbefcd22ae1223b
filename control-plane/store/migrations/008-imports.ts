import { type Kysely, sql } from 'kysely'
import type { Database } from '../schema.ts'

/** Where a Space's first commits came from, for the credit of whoever made them. */
export async function up(db: Kysely<Database>): Promise<void> {
  await sql`alter table spaces add column imported_from text`.execute(db)
}
