import { useQuery } from '@tanstack/react-query'
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { facetQuery, type SpaceFilter } from '../../api/queries.ts'
import type { Counts } from '../../api/types.ts'
import { errorWords } from '../../parts/failure.tsx'
import { Menu, MenuHead, MenuLink } from '../../parts/menu.tsx'
import { words as catalogue } from '../../words/gallery.ts'
import type { Dimension } from './filters.tsx'
import { galleryLink } from './filter.ts'

export type Choice = { value: string; words: string; count?: number }

/** What counts already say; the others are asked for when their menu opens. */
export function knownChoices(dimension: 'status' | 'hardware' | 'sort', counts: Counts | undefined): Choice[] {
  if (dimension === 'sort') return Object.entries(catalogue().sort).map(([value, words]) => ({ value, words }))
  if (dimension === 'status') {
    return Object.entries(catalogue().status).map(([value, words]) => ({
      value,
      words,
      count: counts?.status[value as keyof Counts['status']] ?? 0,
    }))
  }
  return Object.entries(counts?.hardware ?? {})
    .map(([value, count]) => ({ value, words: value, count }))
    .sort((one, other) => other.count - one.count)
}

function Choices({ choices, dimension, filter }: { choices: Choice[]; dimension: Dimension; filter: SpaceFilter }) {
  const chosen = filter[dimension]
  // What has been chosen is always there to be taken back.
  const missing = chosen && !choices.some(({ value }) => value === chosen) ? [{ value: chosen, words: chosen }] : []
  return [...missing, ...choices].map(({ value, words, count }: Choice) => (
    <MenuLink
      key={value}
      icon={<Check className={value === chosen ? 'i' : 'i unseen'} />}
      to={galleryLink(filter, { [dimension]: value === chosen ? '' : value })}
      stay
    >
      <span className="cut">{words}</span>
      {count !== undefined && <b>{count}</b>}
    </MenuLink>
  ))
}

function FacetChoices({ facet, filter }: { facet: 'tag' | 'model' | 'author'; filter: SpaceFilter }) {
  const { data, error } = useQuery(facetQuery(facet, filter))
  const { counting, noTag, noModel, noAuthor } = catalogue().filters
  if (!data) return <MenuHead>{error ? errorWords(error) : counting}</MenuHead>
  if (data.length === 0 && !filter[facet])
    return <MenuHead>{{ tag: noTag, model: noModel, author: noAuthor }[facet]}</MenuHead>
  const choices = data.map(({ value, count }) => ({ value, words: value, count }))
  return <Choices choices={choices} dimension={facet} filter={filter} />
}

/** The values of one dimension, open at once since it was asked for; each with what it would give. */
export function FilterMenu(props: {
  button: ReactNode
  dimension: Dimension
  filter: SpaceFilter
  counts: Counts | undefined
}) {
  const { dimension, filter, counts } = props
  return (
    <Menu button={props.button} className="choices" defaultOpen>
      {dimension === 'tag' || dimension === 'model' || dimension === 'author' ? (
        <FacetChoices facet={dimension} filter={filter} />
      ) : (
        <Choices choices={knownChoices(dimension, counts)} dimension={dimension} filter={filter} />
      )}
    </Menu>
  )
}
