import { type Kysely, sql } from 'kysely'
import type { Database } from '../schema.ts'

/**
 * What the gallery searches, filters and sorts by lies in the Space's own row, so that one index answers. Triggers fill
 * it: whoever writes a card, a name or an account need not know. Texts of the card are strangers': cut to what fits a key.
 */
export async function up(db: Kysely<Database>): Promise<void> {
  await sql`
    create extension if not exists pg_trgm;

    create table likes (
      account_id text not null references accounts on delete cascade,
      space_id text not null references spaces on delete cascade,
      created_at timestamptz not null default now(),
      primary key (account_id, space_id)
    );
    create index likes_by_space on likes (space_id, created_at desc, account_id);
    create index likes_by_account on likes (account_id, created_at desc, space_id);

    alter table spaces
      add column stage text not null default 'NO_APP_FILE',
      add column likes integer not null default 0,
      add column trending double precision not null default extract(epoch from now()) / 604800,
      add column featured_at timestamptz,
      add column featured_by text references accounts on delete set null,
      add column sdk_shown text not null default '',
      add column hardware_shown text not null default '',
      add column tags text[] not null default '{}',
      add column models text[] not null default '{}',
      add column search text not null default '';

    create function card_texts(card jsonb, key text) returns text[] language sql immutable as $$
      select coalesce(array_agg(distinct left(item #>> '{}', 100)), '{}')
      from jsonb_array_elements(case when jsonb_typeof(card -> key) = 'array' then card -> key else '[]' end) as item
      where jsonb_typeof(item) = 'string'
    $$;

    create function describe_space() returns trigger language plpgsql as $$
    declare
      owner_name text;
    begin
      select name into owner_name from accounts where id = new.owner_id;
      new.sdk_shown := left(coalesce(new.card ->> 'sdk', new.sdk, ''), 40);
      new.hardware_shown := case when new.sdk_shown = 'static' then 'static' else left(new.hardware, 60) end;
      new.tags := card_texts(new.card, 'tags');
      new.models := card_texts(new.card, 'models');
      -- A blank before each word: short words are looked for where a word begins.
      new.search := left(' ' || lower(concat_ws(' ',
        new.card ->> 'title',
        owner_name || '/' || new.name,
        translate(owner_name || '/' || new.name, '-_./', '    '),
        new.card ->> 'shortDescription',
        array_to_string(new.tags, ' '),
        array_to_string(new.models, ' '))), 4000);
      return new;
    end $$;
    create trigger describe_space before insert or update of card, name, sdk, hardware, owner_id on spaces
      for each row execute function describe_space();

    create function describe_spaces_of_account() returns trigger language plpgsql as $$
    begin
      update spaces set owner_id = owner_id where owner_id = new.id;
      return null;
    end $$;
    create trigger describe_spaces_of_account after update of name on accounts
      for each row when (old.name is distinct from new.name) execute function describe_spaces_of_account();

    update spaces set owner_id = owner_id, trending = extract(epoch from created_at) / 604800;

    drop index spaces_by_change;
    create index spaces_by_change on spaces (updated_at desc, id desc) where deleted_at is null;
    create index spaces_by_creation on spaces (created_at desc, id desc) where deleted_at is null;
    create index spaces_by_likes on spaces (likes desc, id desc) where deleted_at is null;
    create index spaces_by_trending on spaces (trending desc, id desc) where deleted_at is null;
    create index spaces_featured on spaces (featured_at desc) where featured_at is not null;
    create index spaces_by_text on spaces using gin (search gin_trgm_ops) where deleted_at is null;
    create index spaces_by_tag on spaces using gin (tags) where deleted_at is null;
    create index spaces_by_model on spaces using gin (models) where deleted_at is null;
    create index spaces_counted on spaces (visibility, owner_id, sdk_shown, stage, hardware_shown)
      where deleted_at is null;
  `.execute(db)
}
