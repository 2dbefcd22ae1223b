import { type Kysely, sql } from 'kysely'
import type { Database } from '../schema.ts'

/** Accounts that an administrator has shut: nobody gets in with them, what they own stays. */
export async function up(db: Kysely<Database>): Promise<void> {
  await sql`
    alter table accounts add column disabled_at timestamptz;
    create index spaces_by_activity on spaces (active_at desc, id desc) where deleted_at is null;
    create index builds_active on builds (created_at, id) where state in ('queued', 'running');
  `.execute(db)
}
