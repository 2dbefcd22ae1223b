import { type Kysely, sql } from 'kysely'
import type { Database } from '../schema.ts'

export async function up(db: Kysely<Database>): Promise<void> {
  await sql`
    create table accounts (
      id text primary key,
      kind text not null default 'user' check (kind in ('user', 'organization')),
      name text not null,
      name_key text not null unique,
      fullname text not null,
      email text unique,
      email_verified boolean not null default false,
      avatar text,
      role text not null default 'member' check (role in ('admin', 'member')),
      plan text not null default 'free',
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create table sessions (
      id text primary key,
      token text not null unique,
      account_id text not null references accounts on delete cascade,
      expires_at timestamptz not null,
      ip_address text,
      user_agent text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index sessions_by_account on sessions (account_id);
    create table credentials (
      id text primary key,
      account_id text not null references accounts on delete cascade,
      provider text not null,
      subject text not null,
      password_hash text,
      access_token text,
      refresh_token text,
      id_token text,
      access_token_expires_at timestamptz,
      refresh_token_expires_at timestamptz,
      scope text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index credentials_by_account on credentials (account_id);
    create unique index credentials_by_subject on credentials (provider, subject);
    create table verifications (
      id text primary key,
      identifier text not null,
      value text not null,
      expires_at timestamptz not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index verifications_by_identifier on verifications (identifier);
    create table tokens (
      id text primary key,
      account_id text not null references accounts on delete cascade,
      name text not null,
      role text not null check (role in ('read', 'write', 'fineGrained')),
      hash text not null unique,
      ending text not null,
      created_at timestamptz not null default now(),
      last_used_at timestamptz,
      revoked_at timestamptz
    );
    create index tokens_by_account on tokens (account_id);

    create table spaces (
      id text primary key,
      owner_id text not null references accounts,
      name text not null,
      name_key text not null,
      slug text not null unique,
      address text unique,
      visibility text not null default 'public' check (visibility in ('public', 'private')),
      sdk text,
      hardware text not null default 'cpu-basic',
      sleep_after integer not null default 172800,
      target_commit text,
      head_commit text,
      revision integer not null default 0,
      rebuild integer not null default 0,
      paused_at timestamptz,
      deleted_at timestamptz,
      active_at timestamptz not null default now(),
      card jsonb,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (owner_id, name_key)
    );
    create index spaces_by_change on spaces (updated_at desc, id);
    create table commits (
      space_id text not null references spaces on delete cascade,
      sha text not null,
      title text not null,
      author text not null,
      account_id text references accounts on delete set null,
      authored_at timestamptz not null,
      pushed_at timestamptz not null default now(),
      plan jsonb,
      problem jsonb,
      card jsonb,
      primary key (space_id, sha)
    );
    create index commits_by_push on commits (space_id, pushed_at desc);
    create table builds (
      id text primary key,
      space_id text not null references spaces on delete cascade,
      number integer not null,
      sha text not null,
      rebuild integer not null default 0,
      state text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
      phases jsonb not null default '[]',
      image jsonb,
      error jsonb,
      attempts integer not null default 0,
      created_at timestamptz not null default now(),
      started_at timestamptz,
      ended_at timestamptz,
      unique (space_id, number)
    );
    create index builds_waiting on builds (created_at) where state in ('queued', 'running');
    create table workloads (
      id text primary key,
      space_id text not null references spaces on delete cascade,
      build_id text not null references builds on delete cascade,
      sha text not null,
      revision integer not null,
      wanted boolean not null default true,
      state jsonb not null,
      created_at timestamptz not null default now(),
      ready_at timestamptz,
      ended_at timestamptz
    );
    create index workloads_by_space on workloads (space_id, created_at desc);
    create index workloads_wanted on workloads (space_id) where wanted;
    create table routes (
      space_id text primary key references spaces on delete cascade,
      kind text not null check (kind in ('address', 'static')),
      workload_id text,
      host text,
      port integer,
      root text,
      sha text not null,
      updated_at timestamptz not null default now()
    );
    create table variables (
      space_id text not null references spaces on delete cascade,
      key text not null,
      value text not null,
      description text not null default '',
      updated_at timestamptz not null default now(),
      primary key (space_id, key)
    );
    create table secrets (
      space_id text not null references spaces on delete cascade,
      key text not null,
      sealed bytea not null,
      description text not null default '',
      updated_at timestamptz not null default now(),
      primary key (space_id, key)
    );
    create table changes (
      id bigint generated always as identity primary key,
      type text not null,
      space_id text not null,
      at timestamptz not null default now()
    );
    create index changes_by_time on changes (at);
  `.execute(db)
}
