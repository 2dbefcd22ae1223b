import { type Kysely, sql } from 'kysely'
import type { Database } from '../schema.ts'

/** What people say of themselves, where they are signed in, and what they are told of their Spaces. */
export async function up(db: Kysely<Database>): Promise<void> {
  await sql`
    alter table accounts add column bio text not null default '';
    alter table sessions add column last_used_at timestamptz not null default now();
    update sessions set last_used_at = updated_at;

    create table notifications (
      id text primary key,
      account_id text not null references accounts on delete cascade,
      space_id text not null references spaces on delete cascade,
      kind text not null check (kind in ('build-failed', 'crashed')),
      build_id text not null references builds on delete cascade,
      message text not null,
      at timestamptz not null,
      read_at timestamptz,
      unique (account_id, kind, build_id)
    );
    create index notifications_by_time on notifications (account_id, at desc, id desc);
    create index notifications_unread on notifications (account_id) where read_at is null;
    create index notifications_by_space on notifications (space_id);
    create index notifications_by_build on notifications (build_id);
  `.execute(db)
}
