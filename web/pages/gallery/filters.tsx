import { Link } from 'react-router'
import type { SpaceFilter } from '../../api/queries.ts'
import type { Me, SpaceList } from '../../api/types.ts'
import { galleryLink, sdkName } from './filter.ts'

function Chip(props: { to: string; chosen: boolean; words: string; count?: number | undefined }) {
  return (
    <li>
      <Link className="chip" to={props.to} aria-current={props.chosen || undefined} preventScrollReset>
        {props.words} {props.count !== undefined && <b>{props.count}</b>}
      </Link>
    </li>
  )
}

/** Every chip is a link: a chosen one leads back to without it. */
export function Filters({
  filter,
  list,
  me,
}: {
  filter: SpaceFilter
  list: SpaceList | undefined
  me: Me | null | undefined
}) {
  // The chosen one stays, also where it would give nothing: it is the way back.
  const chosen = filter.sdk && list ? { [filter.sdk]: 0 } : {}
  const sdks = Object.entries({ ...chosen, ...list?.counts.sdk }).sort(([, one], [, other]) => other - one)
  const all = sdks.reduce((sum, [, count]) => sum + count, 0)
  const toggle = (part: keyof SpaceFilter, value: string) =>
    galleryLink(filter, { [part]: filter[part] === value ? '' : value })
  return (
    <nav className="filters" aria-label="Filter and sort">
      <ul>
        <Chip
          to={galleryLink(filter, { sdk: '' })}
          chosen={filter.sdk === ''}
          words="All"
          count={list ? all : undefined}
        />
        {sdks.map(([sdk, count]) => (
          <Chip key={sdk} to={toggle('sdk', sdk)} chosen={filter.sdk === sdk} words={sdkName(sdk)} count={count} />
        ))}
      </ul>
      <ul>
        <Chip
          to={toggle('status', 'running')}
          chosen={filter.status === 'running'}
          words="Running"
          count={list?.running}
        />
        {me && <Chip to={toggle('author', me.name)} chosen={filter.author === me.name} words="Mine" />}
        {filter.author && filter.author !== me?.name && (
          <Chip to={galleryLink(filter, { author: '' })} chosen words={`By ${filter.author}`} />
        )}
      </ul>
      <ul className="sort">
        <Chip to={galleryLink(filter, { sort: '' })} chosen={filter.sort === ''} words="Last changed" />
        <Chip to={galleryLink(filter, { sort: 'new' })} chosen={filter.sort === 'new'} words="Newest" />
      </ul>
    </nav>
  )
}
