import { type Kysely, sql } from 'kysely'
import type { Database } from '../schema.ts'

export async function up(db: Kysely<Database>): Promise<void> {
  await sql`
    create table pictures (
      space_id text primary key references spaces on delete cascade,
      version text not null,
      outcome text not null,
      small text,
      large text,
      attempts integer not null,
      taken_at timestamptz not null,
      retry_at timestamptz
    );
    create index pictures_by_retry on pictures (retry_at) where retry_at is not null;
  `.execute(db)
}
