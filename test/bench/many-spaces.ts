/** A store with very many Spaces. */
import { sql } from 'kysely'
import type { Store } from '../../control-plane/store/database.ts'

/** As many as the project promises to find quickly. */
export const spaces = 100_000
const accounts = 2_000

const words =
  'ocean tide bird song lens quiet street paper trail loss compute knot atlas riso press bread clock chord garden moth lamp fluid eddy whisper sketch colour depth pose voice chat story poem map harbour weather life board river stone cloud signal'.split(
    ' ',
  )

/** Rows as a large community has them: no repositories stand behind them. */
export async function fill(store: Store, spaces: number): Promise<void> {
  const list = sql.join(words.map((word) => sql.lit(word)))
  await sql`insert into accounts (id, name, name_key, fullname)
    select 'a' || n, 'person-' || n, 'person-' || n, 'Person ' || n from generate_series(1, ${accounts}::int) n`.execute(
    store.read,
  )
  await sql`
    insert into spaces (id, owner_id, name, name_key, slug, visibility, sdk, hardware, card, stage, likes, trending, created_at, updated_at)
    select 's' || n, 'a' || (1 + n % ${accounts}::int), 'space-' || n, 'space-' || n, 'slug-' || n,
      case when n % 50 = 0 then 'private' else 'public' end, 'gradio',
      (array['cpu-basic','cpu-basic','cpu-basic','cpu-upgrade','a10g-small'])[1 + n % 5],
      jsonb_build_object(
        'title', initcap(w[1 + n % 43] || ' ' || w[1 + n / 43 % 43]) || ' ' || n,
        'sdk', (array['gradio','gradio','docker','static','streamlit'])[1 + n % 5],
        'shortDescription', 'A ' || w[1 + n / 7 % 43] || ' for every ' || w[1 + n / 11 % 43] || ', made with care',
        'tags', jsonb_build_array(w[1 + n / 3 % 43], 'tag-' || n % 997, case when n % 3 = 0 then 'image' else 'text' end),
        'models', jsonb_build_array('person-' || n % 100 || '/model-' || n % 500)),
      (array['RUNNING','RUNNING','SLEEPING','SLEEPING','SLEEPING','BUILDING','BUILD_ERROR','PAUSED'])[1 + n % 8],
      (random() ^ 6 * 900)::int, 2960 + random() * 4, now() - n * interval '90 seconds', now() - random() * interval '300 days'
    from generate_series(1, ${spaces}::int) n, (select array[${list}] as w) as given`.execute(store.read)
  await sql`insert into likes (account_id, space_id)
    select 'a' || (1 + n % ${accounts}::int), 's' || (1 + n * 7 % ${spaces}::int) from generate_series(1, 100000) n
    on conflict do nothing`.execute(store.read)
  await sql`vacuum analyze`.execute(store.read)
}
