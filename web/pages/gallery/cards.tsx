import { useEffect, useRef } from 'react'
import type { SpaceSummary } from '../../api/types.ts'
import { eagerCards } from '../../parts/picture.tsx'
import { CardSkeletons } from '../../parts/skeleton.tsx'
import { FeaturedCard, SpaceCard } from '../../parts/space-card.tsx'
import { words } from '../../words/gallery.ts'
import { cardLink } from './keys.ts'
import { useKeptPlace } from './place.ts'
import { useRows } from './use-rows.ts'

type Props = {
  /** Which list it is: its place is kept under this name. */
  name: string
  wide: SpaceSummary | undefined
  spaces: readonly SpaceSummary[]
  /** How many there are in all, also those that have not come yet. */
  total: number | undefined
  arrived: ReadonlySet<string>
  state: 'loading' | 'stale' | 'here'
  peeked: string
  onPeek: (id: string) => void
  onPoint: (pointed: boolean) => void
}

function whyFeatured(space: SpaceSummary): string {
  const { trending, featured, featuredBy } = words()
  if (!space.featured) return trending
  return space.featured.by ? featuredBy(space.featured.by) : featured
}

/** What is peeked at stays in view behind the fog, and has the focus afterwards. */
function useFollowedPeek(peeked: string, indexOf: (id: string) => number, reveal: (index: number) => void): void {
  const before = useRef('')
  const latest = useRef(indexOf)
  useEffect(() => {
    latest.current = indexOf
  })
  useEffect(() => {
    const id = peeked || before.current
    before.current = peeked
    const index = latest.current(id)
    if (index >= 0) reveal(index)
    if (peeked || !id) return
    // Going back has its own idea of the place and comes first; then the card is drawn, then it can have the focus.
    let frame = requestAnimationFrame(() => {
      if (index >= 0) reveal(index)
      frame = requestAnimationFrame(() => {
        cardLink(id)?.focus({ preventScroll: true })
        cardLink(id)?.closest('.card')?.scrollIntoView({ block: 'nearest' })
      })
    })
    return () => cancelAnimationFrame(frame)
  }, [peeked, reveal])
}

/** The grid of cards. Of a long list only those near the window are in the page. */
export function Cards(props: Props) {
  const { name, wide, spaces, total, arrived, state, peeked, onPeek, onPoint } = props
  const grid = useRef<HTMLUListElement>(null)
  const { first, from, to, above, below, ready, reveal } = useRows(grid, spaces.length, wide !== undefined)
  const indexOf = (id: string) => spaces.findIndex((space) => space.id === id)
  useKeptPlace(name, state === 'here' && ready, indexOf, reveal)
  useFollowedPeek(peeked, indexOf, reveal)
  const lead = wide ? 1 : 0
  const card = (space: SpaceSummary, index: number) => (
    <SpaceCard
      key={space.id}
      space={space}
      place={index + lead + 1}
      places={total}
      eager={index + lead < eagerCards}
      isNew={arrived.has(space.id)}
      onPeek={onPeek}
    />
  )
  return (
    <ul
      ref={grid}
      className={state === 'stale' ? 'grid stale' : 'grid'}
      aria-busy={state === 'loading'}
      onPointerEnter={(event) => event.pointerType === 'mouse' && onPoint(true)}
      onPointerLeave={() => onPoint(false)}
    >
      {state === 'loading' && <CardSkeletons count={8} />}
      {wide && <FeaturedCard space={wide} place={1} places={total} why={whyFeatured(wide)} onPeek={onPeek} />}
      {spaces.slice(0, first).map(card)}
      {above > 0 && <li key="above" className="room" style={{ height: above }} aria-hidden="true" />}
      {spaces.slice(from, to).map((space, index) => card(space, from + index))}
      {below > 0 && <li key="below" className="room" style={{ height: below }} aria-hidden="true" />}
    </ul>
  )
}
