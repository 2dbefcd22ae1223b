import { ArrowDownWideNarrow, ChevronDown, SlidersHorizontal } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { Link } from 'react-router'
import type { SpaceFilter } from '../../api/queries.ts'
import type { Counts, Me } from '../../api/types.ts'
import { words as catalogue } from '../../words/gallery.ts'
import { galleryLink, narrowing, sdkName, sortName, statusName } from './filter.ts'

// The menus' library comes when somebody reaches for one; until then a chip is only a button that says what it is about.
const loadMenus = async () => await import('./filter-menus.tsx')
const FilterMenu = lazy(async () => ({ default: (await loadMenus()).FilterMenu }))
const FilterSheet = lazy(async () => ({ default: (await import('./filter-sheet.tsx')).FilterSheet }))

export type Dimension = 'status' | 'tag' | 'model' | 'hardware' | 'author' | 'sort'

export function Chip(props: { to: string; chosen: boolean; words: string; count?: number | undefined }) {
  const faint = props.count === 0 && !props.chosen
  return (
    <li>
      <Link
        className={faint ? 'chip faint' : 'chip'}
        to={props.to}
        aria-current={props.chosen || undefined}
        preventScrollReset
      >
        {props.words} {props.count !== undefined && <b>{props.count}</b>}
      </Link>
    </li>
  )
}

function ChipMenu(props: {
  dimension: Dimension
  words: string
  chosen: boolean
  filter: SpaceFilter
  counts: Counts | undefined
}) {
  const [asked, setAsked] = useState(false)
  const sort = props.dimension === 'sort'
  const early = asked
    ? {}
    : { onClick: () => setAsked(true), onPointerEnter: () => void loadMenus(), onFocus: () => void loadMenus() }
  const face: ReactNode = (
    <button
      type="button"
      className={sort ? 'chip sort' : 'chip'}
      aria-current={(!sort && props.chosen) || undefined}
      aria-label={sort ? catalogue().filters.sortedBy(props.words) : undefined}
      aria-haspopup="menu"
      {...early}
    >
      {sort && <ArrowDownWideNarrow className="i" />}
      <span className="cut">{props.words}</span>
      <ChevronDown className="i" />
    </button>
  )
  if (!asked) return face
  return (
    <Suspense fallback={face}>
      <FilterMenu button={face} dimension={props.dimension} filter={props.filter} counts={props.counts} />
    </Suspense>
  )
}

/** What the chips and the phone's sheet both show. The chosen one stays, also where it would give nothing: it is the way back. */
export function sdkCounts(filter: SpaceFilter, counts: Counts | undefined): [string, number][] {
  const chosen = filter.sdk && counts ? { [filter.sdk]: 0 } : {}
  return Object.entries({ ...chosen, ...counts?.sdk }).sort(([, one], [, other]) => other - one)
}

/** Every chip is a link: a chosen one leads back to without it. */
export function Filters({
  filter,
  counts,
  me,
}: {
  filter: SpaceFilter
  counts: Counts | undefined
  me: Me | null | undefined
}) {
  const { filters, status } = catalogue()
  const [sheet, setSheet] = useState(false)
  const sdks = sdkCounts(filter, counts)
  const all = sdks.reduce((sum, [, count]) => sum + count, 0)
  const toggle = (part: keyof SpaceFilter, value: string) =>
    galleryLink(filter, { [part]: filter[part] === value ? '' : value })
  const menu = (dimension: Dimension, words: string) => (
    <li>
      <ChipMenu dimension={dimension} words={words} chosen={filter[dimension] !== ''} filter={filter} counts={counts} />
    </li>
  )
  const narrow = narrowing(filter).length
  return (
    <nav className="filters" aria-label={filters.label}>
      <ul className="only-phone">
        <li>
          <button type="button" className="chip" aria-haspopup="dialog" onClick={() => setSheet(true)}>
            <SlidersHorizontal className="i" />
            {filters.filter} {narrow > 0 && <b>{narrow}</b>}
          </button>
        </li>
      </ul>
      <ul>
        <Chip
          to={galleryLink(filter, { sdk: '' })}
          chosen={filter.sdk === ''}
          words={filters.all}
          count={counts ? all : undefined}
        />
        {sdks.map(([sdk, count]) => (
          <Chip key={sdk} to={toggle('sdk', sdk)} chosen={filter.sdk === sdk} words={sdkName(sdk)} count={count} />
        ))}
      </ul>
      <ul>
        <Chip
          to={toggle('status', 'running')}
          chosen={filter.status === 'running'}
          words={status.running}
          count={counts?.running}
        />
        {me && (
          <>
            <Chip
              to={toggle('author', me.name)}
              chosen={filter.author === me.name}
              words={filters.mine}
              count={counts?.mine}
            />
            <Chip
              to={toggle('liked', 'true')}
              chosen={filter.liked === 'true'}
              words={filters.liked}
              count={counts?.liked}
            />
          </>
        )}
        {filter.author && filter.author !== me?.name && (
          <Chip to={galleryLink(filter, { author: '' })} chosen words={filters.by(filter.author)} />
        )}
      </ul>
      <ul className="not-phone">
        {menu('status', filter.status && filter.status !== 'running' ? statusName(filter.status) : filters.status)}
        {menu('tag', filter.tag || filters.tag)}
        {menu('model', filter.model || filters.model)}
        {menu('hardware', filter.hardware || filters.hardware)}
      </ul>
      <ul className="sorting">{menu('sort', sortName(filter.sort))}</ul>
      {sheet && (
        <Suspense fallback={null}>
          <FilterSheet filter={filter} counts={counts} me={me} onClose={() => setSheet(false)} />
        </Suspense>
      )}
    </nav>
  )
}
