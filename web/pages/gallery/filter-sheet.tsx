import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { facetQuery, type SpaceFilter } from '../../api/queries.ts'
import type { Counts, Me } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { type Choice, knownChoices } from './filter-menus.tsx'
import { type Dimension, sdkCounts } from './filters.tsx'
import { galleryLink, narrowing, sdkName } from './filter.ts'

const most = 24

function Group(props: { title: string; part: Dimension | 'sdk'; choices: readonly Choice[]; filter: SpaceFilter }) {
  const { title, part, choices, filter } = props
  if (choices.length === 0) return null
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {choices.slice(0, most).map(({ value, words, count }) => (
          <li key={value}>
            <Link
              className={count === 0 && filter[part] !== value ? 'chip faint' : 'chip'}
              to={galleryLink(filter, { [part]: filter[part] === value ? '' : value })}
              aria-current={filter[part] === value || undefined}
              preventScrollReset
              replace
            >
              <span className="cut">{words}</span> {count !== undefined && <b>{count}</b>}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

function FacetGroup({ title, facet, filter }: { title: string; facet: 'tag' | 'model'; filter: SpaceFilter }) {
  const { data } = useQuery(facetQuery(facet, filter))
  const choices = (data ?? []).map(({ value, count }) => ({ value, words: value, count }))
  return <Group title={title} part={facet} choices={choices} filter={filter} />
}

/** All filters of the gallery at once, on a phone. */
export function FilterSheet(props: {
  filter: SpaceFilter
  counts: Counts | undefined
  me: Me | null | undefined
  onClose: () => void
}) {
  const { filter, counts, me } = props
  const sdks = sdkCounts(filter, counts).map(([value, count]) => ({ value, words: sdkName(value), count }))
  const total = counts ? `${counts.total}${counts.isMore ? '+' : ''}` : ''
  return (
    <Dialog title="Filter" about={counts ? `${total} match.` : 'Counting'} open onClose={props.onClose}>
      <div className="filter-sheet">
        <Group title="Sort" part="sort" choices={knownChoices('sort', counts)} filter={filter} />
        <Group title="Status" part="status" choices={knownChoices('status', counts)} filter={filter} />
        <Group title="SDK" part="sdk" choices={sdks} filter={filter} />
        <Group title="Hardware" part="hardware" choices={knownChoices('hardware', counts)} filter={filter} />
        <FacetGroup title="Tag" facet="tag" filter={filter} />
        <FacetGroup title="Model" facet="model" filter={filter} />
        {me && (
          <Group
            title="Author"
            part="author"
            choices={[{ value: me.name, words: 'Mine', count: counts?.mine ?? 0 }]}
            filter={filter}
          />
        )}
      </div>
      <div className="do">
        {narrowing(filter).length > 0 && (
          <Link className="button" to="/" preventScrollReset replace>
            Clear
          </Link>
        )}
        <Button kind="ink" onClick={props.onClose}>
          Show {total} {counts?.total === 1 ? 'Space' : 'Spaces'}
        </Button>
      </div>
    </Dialog>
  )
}
