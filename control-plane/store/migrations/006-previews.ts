import { type Kysely, sql } from 'kysely'
import type { Database } from '../schema.ts'

/** Pictures for whoever prefers the dark, and those that stand beside links. */
export async function up(db: Kysely<Database>): Promise<void> {
  await sql`
    alter table pictures add dark_small text, add dark_large text;
    create table previews (
      space_id text primary key references spaces on delete cascade,
      key text not null,
      digest text not null
    );
  `.execute(db)
}
