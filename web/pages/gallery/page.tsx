import './gallery.css'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import { spacesQuery, type SpaceFilter } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import type { Me, SpaceList, SpaceSummary } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Mark } from '../../parts/mark.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import { CardSkeletons } from '../../parts/skeleton.tsx'
import { FeaturedCard, SpaceCard } from '../../parts/space-card.tsx'
import { serves } from '../../parts/stage.ts'
import { useTitle } from '../../parts/title.ts'
import { filterOf, galleryLink, narrowing } from './filter.ts'
import { Filters } from './filters.tsx'
import { Publish } from './publish.tsx'

/** From how many Spaces on the first running one is shown wide: fewer would leave holes beside it. */
const enoughToFeature = 3

function Head({ filter, list }: { filter: SpaceFilter; list: SpaceList | undefined }) {
  const whose = filter.author ? ` by ${filter.author}` : ''
  return (
    <div className="gallery-head">
      <h1>
        {list ? `${list.total} ${list.total === 1 ? 'Space' : 'Spaces'}${whose}` : `Spaces${whose}`}
        {list && list.running > 0 && (
          <>
            ,{' '}
            <em>
              <Mark name="running" />
              {list.running} running now
            </em>
          </>
        )}
      </h1>
      <SearchField className="only-phone" placeholder="Title, author or tag" />
    </div>
  )
}

function Nothing({ filter, me }: { filter: SpaceFilter; me: Me | null | undefined }) {
  const parts = narrowing(filter)
  if (parts.length === 0 || (filter.author === me?.name && parts.length === 1)) return <Publish me={me} />
  return (
    <div className="empty">
      <p>No Space matches {parts.map(({ words }) => words).join(', ')}.</p>
      <ul>
        {parts.map(({ words, without }) => (
          <li key={words}>
            <Link className="chip" to={galleryLink(filter, without)}>
              Without {words}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Cards({ spaces, featured }: { spaces: readonly SpaceSummary[]; featured: SpaceSummary | undefined }) {
  return (
    <>
      {featured && <FeaturedCard space={featured} why="The latest change" />}
      {spaces
        .filter((space) => space !== featured)
        .map((space) => (
          <SpaceCard key={space.id} space={space} />
        ))}
    </>
  )
}

/** All Spaces that one may see: what runs here, and how much of it is alive. */
export function GalleryPage() {
  const [query] = useSearchParams()
  const filter = filterOf(query)
  const { me } = useSession()
  const { data, error, refetch, isPlaceholderData, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    spacesQuery(filter),
  )
  useTitle(filter.author ? `Spaces by ${filter.author}` : 'Spaces')
  const list = data?.pages[0]
  const spaces = data?.pages.flatMap((page) => page.spaces) ?? []
  const plain = narrowing(filter).length === 0 && filter.sort === ''
  const featured = plain && spaces.length >= enoughToFeature ? spaces.find((space) => serves(space.stage)) : undefined
  return (
    <main className="page wide docked">
      <Head filter={filter} list={list} />
      <Filters filter={filter} list={list} me={me} />
      <h2 className="sr">Spaces</h2>
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {list && spaces.length === 0 && <Nothing filter={filter} me={me} />}
      <ul className={isPlaceholderData ? 'grid stale' : 'grid'} aria-busy={!data && !error}>
        {data ? <Cards spaces={spaces} featured={featured} /> : !error && <CardSkeletons count={8} />}
      </ul>
      {spaces.length > 0 && (
        <div className="more">
          {hasNextPage ? (
            <Button busy={isFetchingNextPage && 'Loading'} onClick={() => void fetchNextPage()}>
              Show more
            </Button>
          ) : (
            <p>
              {plain ? 'That is every Space you can see.' : 'That is all of them.'}{' '}
              {me && (
                <Link className="link" to="/new">
                  Create one
                </Link>
              )}
            </p>
          )}
        </div>
      )}
    </main>
  )
}
