import { type Kysely, sql } from 'kysely'
import type { Database } from '../schema.ts'

/** The names that Spaces had: links to them, clones and scripts go on. A new Space of that name takes its own back. */
export async function up(db: Kysely<Database>): Promise<void> {
  await sql`
    create table redirects (
      owner_id text not null references accounts on delete cascade,
      name_key text not null,
      space_id text not null references spaces on delete cascade,
      created_at timestamptz not null default now(),
      primary key (owner_id, name_key)
    );
    create index redirects_by_space on redirects (space_id);
  `.execute(db)
}
