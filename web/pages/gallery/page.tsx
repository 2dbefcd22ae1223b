import './gallery.css'
import { useInfiniteQuery } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router'
import { spacesQuery, type SpaceFilter } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import type { Counts, Me, SpaceSummary } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Mark } from '../../parts/mark.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import { serves } from '../../parts/stage.ts'
import { useTitle } from '../../parts/title.ts'
import { words as catalogue } from '../../words/gallery.ts'
import { Cards } from './cards.tsx'
import { filterOf, galleryLink, narrowing } from './filter.ts'
import { Filters } from './filters.tsx'
import { useGalleryKeys } from './keys.ts'
import { rememberedLength } from './place.ts'
import { Publish } from './publish.tsx'
import { arrivals, steady } from './steady.ts'

const Peek = lazy(async () => ({ default: (await import('./peek.tsx')).Peek }))

/** From how many Spaces on the first one is shown wide: fewer would leave holes beside it. */
const enoughToFeature = 3

function Head({ filter, counts }: { filter: SpaceFilter; counts: Counts | undefined }) {
  const { heading, headingRunning, searchBy } = catalogue()
  const isNothingYet = counts?.total === 0 && narrowing(filter).length === 0
  const total = counts && !isNothingYet ? `${counts.total}${counts.isMore ? '+' : ''}` : ''
  const found = heading(total, filter.author)
  // It counts what the other filters leave: beside a chosen state it would be of something else.
  const running = filter.status === '' ? (counts?.running ?? 0) : 0
  return (
    <div className="gallery-head">
      <h1>{running > 0 ? headingRunning(found, <Mark name="running" />, running) : found}</h1>
      <SearchField className="only-phone" placeholder={searchBy} />
    </div>
  )
}

function Nothing({ filter, me }: { filter: SpaceFilter; me: Me | null | undefined }) {
  const parts = narrowing(filter)
  if (parts.length === 0 || (filter.author === me?.name && parts.length === 1)) return <Publish me={me} />
  const { noMatch, without: withoutIt } = catalogue()
  return (
    <div className="empty">
      <p>{noMatch(parts.map(({ words }) => words))}</p>
      <ul>
        {parts.map(({ words, without }) => (
          <li key={words}>
            <Link className="chip" to={galleryLink(filter, without)}>
              {withoutIt(words)}
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
  const fresh = useMemo(() => spaces.map(({ id }) => id), [spaces])
  const same = shown.key === key
  const ids = useMemo(() => (same && held ? steady(shown.ids, fresh) : fresh), [same, held, shown.ids, fresh])
  if (!same || ids.length !== shown.ids.length || ids.some((id, index) => id !== shown.ids[index])) {
    setShown({ key, ids, arrived: same ? arrivals(shown.ids, ids) : new Set() })
  }
  const ordered = useMemo(() => {
    const byId = new Map(spaces.map((space) => [space.id, space]))
    return ids.flatMap((id) => byId.get(id) ?? [])
  }, [spaces, ids])
  return {
    ordered,
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

/** What stands at the head of the gallery, the wide one first: what an administrator chose, else the first that runs. */
function frontOf(found: readonly SpaceSummary[], featured: readonly SpaceSummary[] | undefined): SpaceSummary[] {
  if (featured === undefined || found.length < enoughToFeature) return []
  if (featured.length > 0) return [...featured]
  const running = found.find((space) => serves(space.stage))
  return running ? [running] : []
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
  useTitle(filter.author ? catalogue().titleBy(filter.author) : catalogue().title)
  const [pointed, setPointed] = useState(false)
  const { peeked, open, close } = usePeek()

  const head = data?.pages[0]
  const counts = head?.counts
  const found = useMemo(
    () => [...new Map(data?.pages.flatMap((page) => page.spaces).map((space) => [space.id, space])).values()],
    [data],
  )
  const plain = narrowing(filter).length === 0 && filter.sort === ''
  const front = useMemo(() => frontOf(found, plain ? (head?.featured ?? []) : undefined), [found, plain, head])
  const rest = useMemo(() => found.filter((space) => !front.some(({ id }) => id === space.id)), [found, front])
  const { ordered, arrived, waiting } = useSteadyOrder(key, rest, (pointed || peeked !== '') && !isPlaceholderData)
  const all = useMemo(() => [...front, ...ordered], [front, ordered])
  const [wide] = front
  const cards = useMemo(() => (front.length === 0 ? ordered : [...front.slice(1), ...ordered]), [front, ordered])

  const more = useCallback(() => void fetchNextPage(), [fetchNextPage])
  const end = useMore(more, hasNextPage && !isFetchingNextPage && !isPlaceholderData)
  useGalleryKeys(all, { peek: open, off: peeked !== '' })
  const state = isPlaceholderData ? 'stale' : data ? 'here' : 'loading'

  return (
    <main className="page wide docked">
      <Head filter={filter} counts={counts} />
      {/* Where there is nothing yet, there is nothing to choose from. */}
      {!(plain && data && all.length === 0) && <Filters filter={filter} counts={counts} me={me} />}
      <h2 className="sr">{catalogue().title}</h2>
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {data && all.length === 0 && <Nothing filter={filter} me={me} />}
      {waiting > 0 && (
        <button type="button" className="waiting" onClick={() => setPointed(false)}>
          {catalogue().arrived(waiting)}
        </button>
      )}
      {!(error && !data) && (
        <Cards
          name={key}
          wide={wide}
          spaces={cards}
          total={counts && !counts.isMore ? counts.total : undefined}
          arrived={arrived}
          state={state}
          peeked={peeked}
          onPeek={open}
          onPoint={setPointed}
        />
      )}
      {all.length > 0 && (
        <div className="more" ref={end}>
          {hasNextPage ? (
            <Button busy={isFetchingNextPage && catalogue().loading} onClick={more}>
              {catalogue().more}
            </Button>
          ) : (
            <p>
              {plain ? catalogue().everything : catalogue().all}{' '}
              {me && (
                <Link className="link" to="/new">
                  {catalogue().create}
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
