import './gallery.css'
import { useInfiniteQuery } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router'
import { spacesQuery, type SpaceFilter } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import type { Counts, Me, SpaceSummary } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Mark } from '../../parts/mark.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import { CardSkeletons } from '../../parts/skeleton.tsx'
import { eagerCards } from '../../parts/picture.tsx'
import { FeaturedCard, SpaceCard } from '../../parts/space-card.tsx'
import { serves } from '../../parts/stage.ts'
import { useTitle } from '../../parts/title.ts'
import { filterOf, galleryLink, narrowing } from './filter.ts'
import { Filters } from './filters.tsx'
import { useGalleryKeys } from './keys.ts'
import { rememberedLength, useKeptPlace } from './place.ts'
import { Publish } from './publish.tsx'
import { arrivals, steady } from './steady.ts'

const Peek = lazy(async () => ({ default: (await import('./peek.tsx')).Peek }))

/** From how many Spaces on the first one is shown wide: fewer would leave holes beside it. */
const enoughToFeature = 3

function Head({ filter, counts }: { filter: SpaceFilter; counts: Counts | undefined }) {
  const whose = filter.author ? ` by ${filter.author}` : ''
  const total = counts ? `${counts.total}${counts.isMore ? '+' : ''} ` : ''
  return (
    <div className="gallery-head">
      <h1>
        {total}
        {counts?.total === 1 ? 'Space' : 'Spaces'}
        {whose}
        {counts && counts.running > 0 && (
          <>
            ,{' '}
            <em>
              <Mark name="running" />
              {counts.running} running now
            </em>
          </>
        )}
      </h1>
      <SearchField className="only-phone" placeholder="Title, author, tag or model" />
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

/** Holds the order while somebody points at the grid; says what has come in between. */
function useSteadyOrder(key: string, spaces: readonly SpaceSummary[], held: boolean) {
  const [shown, setShown] = useState({ key, ids: spaces.map(({ id }) => id), arrived: new Set<string>() })
  const fresh = spaces.map(({ id }) => id)
  const same = shown.key === key
  const ids = same && held ? steady(shown.ids, fresh) : fresh
  if (!same || ids.length !== shown.ids.length || ids.some((id, index) => id !== shown.ids[index])) {
    setShown({ key, ids, arrived: same ? arrivals(shown.ids, ids) : new Set() })
  }
  const byId = new Map(spaces.map((space) => [space.id, space]))
  return {
    ordered: ids.flatMap((id) => byId.get(id) ?? []),
    arrived: shown.arrived,
    waiting: fresh.length - ids.length,
  }
}

/** Asks for more before the end is seen. */
function useMore(more: () => void, wanted: boolean) {
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!wanted || !end.current) return
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) more()
      },
      { rootMargin: '1200px' },
    )
    watcher.observe(end.current)
    return () => watcher.disconnect()
  }, [more, wanted])
  return end
}

/** `?peek=owner/name`: a Space lies open over the gallery, and the address says so. */
function usePeek(): { peeked: string; open: (id: string) => void; close: () => void } {
  const [query] = useSearchParams()
  const { state } = useLocation()
  const navigate = useNavigate()
  const peeked = query.get('peek') ?? ''
  const from: unknown = typeof state === 'object' && state !== null && 'peeks' in state ? state.peeks : false
  const latest = useRef({ peeked, from })
  useEffect(() => {
    latest.current = { peeked, from }
  })
  const open = useCallback(
    (id: string) => {
      const next = new URLSearchParams(location.search)
      next.set('peek', id)
      const address = `/?${next.toString().replaceAll('%2F', '/')}`
      const replace = latest.current.peeked !== ''
      void navigate(address, {
        preventScrollReset: true,
        replace,
        state: { peeks: replace ? latest.current.from : true },
      })
    },
    [navigate],
  )
  const close = useCallback(() => {
    if (latest.current.from === true) return void navigate(-1)
    const next = new URLSearchParams(location.search)
    next.delete('peek')
    const rest = next.toString()
    void navigate(rest ? `/?${rest}` : '/', { preventScrollReset: true, replace: true })
  }, [navigate])
  return { peeked, open, close }
}

function whyFeatured(space: SpaceSummary): string {
  if (!space.featured) return 'Trending now'
  return space.featured.by ? `Featured by ${space.featured.by}` : 'Featured'
}

/** All Spaces that one may see: what runs here, and how much of it is alive. */
export function GalleryPage() {
  const [query] = useSearchParams()
  const filter = filterOf(query)
  const key = galleryLink(filter, {})
  const { me } = useSession()
  const [first] = useState(() => rememberedLength(key))
  const { data, error, refetch, isPlaceholderData, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    spacesQuery(filter, first),
  )
  useTitle(filter.author ? `Spaces by ${filter.author}` : 'Spaces')
  const [pointed, setPointed] = useState(false)
  const { peeked, open, close } = usePeek()

  const head = data?.pages[0]
  const counts = head?.counts
  const found = [...new Map(data?.pages.flatMap((page) => page.spaces).map((space) => [space.id, space])).values()]
  const plain = narrowing(filter).length === 0 && filter.sort === ''
  const chosen = plain && found.length >= enoughToFeature ? (head?.featured ?? []) : []
  const wide =
    chosen[0] ?? (plain && found.length >= enoughToFeature ? found.find((space) => serves(space.stage)) : undefined)
  const front = wide ? [wide, ...chosen.slice(1)] : []
  const frontIds = new Set(front.map(({ id }) => id))
  const rest = found.filter(({ id }) => !frontIds.has(id))
  const { ordered, arrived, waiting } = useSteadyOrder(key, rest, (pointed || peeked !== '') && !isPlaceholderData)
  const all = [...front, ...ordered]

  const more = useCallback(() => void fetchNextPage(), [fetchNextPage])
  const end = useMore(more, hasNextPage && !isFetchingNextPage && !isPlaceholderData)
  useKeptPlace(key, found.length, !!data && !isPlaceholderData)
  useGalleryKeys(all, { peek: open, off: peeked !== '' })

  return (
    <main className="page wide docked">
      <Head filter={filter} counts={counts} />
      {/* Where there is nothing yet, there is nothing to choose from. */}
      {!(plain && data && all.length === 0) && <Filters filter={filter} counts={counts} me={me} />}
      <h2 className="sr">Spaces</h2>
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {data && all.length === 0 && <Nothing filter={filter} me={me} />}
      {waiting > 0 && (
        <button type="button" className="waiting" onClick={() => setPointed(false)}>
          {waiting} new
        </button>
      )}
      <ul
        className={isPlaceholderData ? 'grid stale' : 'grid'}
        aria-busy={!data && !error}
        onPointerEnter={(event) => event.pointerType === 'mouse' && setPointed(true)}
        onPointerLeave={() => setPointed(false)}
      >
        {!data && !error && <CardSkeletons count={8} />}
        {wide && <FeaturedCard space={wide} why={whyFeatured(wide)} onPeek={open} />}
        {all.map(
          (space, index) =>
            space !== wide && (
              <SpaceCard
                key={space.id}
                space={space}
                eager={index < eagerCards}
                isNew={arrived.has(space.id)}
                onPeek={open}
              />
            ),
        )}
      </ul>
      {all.length > 0 && (
        <div className="more" ref={end}>
          {hasNextPage ? (
            <Button busy={isFetchingNextPage && 'Loading'} onClick={more}>
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
      {peeked && (
        <Suspense fallback={<div className="floor" />}>
          <Peek id={peeked} all={all} onMove={open} onClose={close} />
        </Suspense>
      )}
    </main>
  )
}
