import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { facetQuery, type SpaceFilter } from '../../api/queries.ts'
import type { Counts, Me } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { words as catalogue } from '../../words/gallery.ts'
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
  const { filters } = catalogue()
  const sdks = sdkCounts(filter, counts).map(([value, count]) => ({ value, words: sdkName(value), count }))
  const total = counts ? `${counts.total}${counts.isMore ? '+' : ''}` : ''
  return (
    <Dialog
      title={filters.filter}
      about={counts ? filters.match(total) : filters.counting}
      open
      onClose={props.onClose}
    >
      <div className="filter-sheet">
        <Group title={filters.sort} part="sort" choices={knownChoices('sort', counts)} filter={filter} />
        <Group title={filters.status} part="status" choices={knownChoices('status', counts)} filter={filter} />
        <Group title={filters.sdk} part="sdk" choices={sdks} filter={filter} />
        <Group title={filters.hardware} part="hardware" choices={knownChoices('hardware', counts)} filter={filter} />
        <FacetGroup title={filters.tag} facet="tag" filter={filter} />
        <FacetGroup title={filters.model} facet="model" filter={filter} />
        {me && (
          <Group
            title={filters.author}
            part="author"
            choices={[{ value: me.name, words: filters.mine, count: counts?.mine ?? 0 }]}
            filter={filter}
          />
        )}
      </div>
      <div className="do">
        {narrowing(filter).length > 0 && (
          <Link className="button" to="/" preventScrollReset replace>
            {filters.clear}
          </Link>
        )}
        <Button kind="ink" onClick={props.onClose}>
          {filters.show(total)}
        </Button>
      </div>
    </Dialog>
  )
}
