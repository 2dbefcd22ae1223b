import { type Kysely, sql } from 'kysely'
import type { Database } from '../schema.ts'

/** What images and containers add: steps of a build, several replicas of a version, plans that depend on the driver. */
export async function up(db: Kysely<Database>): Promise<void> {
  await sql`alter table builds add column steps jsonb not null default '[]'`.execute(db)
  await sql`alter table commits add column planned_for text not null default 'local'`.execute(db)
  await sql`alter table spaces add column replicas integer not null default 1 check (replicas between 1 and 64)`.execute(
    db,
  )
  await sql`alter table routes add column addresses jsonb`.execute(db)
  await sql`update routes set addresses = jsonb_build_array(jsonb_build_object('host', host, 'port', port))
    where host is not null and port is not null`.execute(db)
  await sql`alter table routes drop column host, drop column port`.execute(db)
  await sql`update workloads set state = (state - 'address') ||
    jsonb_build_object('addresses', case when state -> 'address' ->> 'host' = '' then '[]'::jsonb
      else jsonb_build_array(state -> 'address') end)
    where state ->> 'kind' = 'ready' and state ? 'address'`.execute(db)
  await sql`update workloads set state = state || '{"memory": 0}' where state ->> 'kind' = 'frozen'`.execute(db)
}
