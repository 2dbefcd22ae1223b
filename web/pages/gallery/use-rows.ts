import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { cardsOf, type Measures, type Range, rowCount, rowOf, rowsBetween, topOf } from './rows.ts'

/** Drawn before anything is measured: more than two rows of the widest grid. */
const unmeasured = 24

type Rows = {
  /** Which cards to draw: up to `first`, then `from` up to `to`. */
  first: number
  from: number
  to: number
  /** Empty room in pixels in place of the cards left out above and below. */
  above: number
  below: number
  /** Whether the place of every card is known. */
  ready: boolean
  /** Scrolls until a card stands `top` pixels below the window's upper edge; without it, only as far as it takes to see it. */
  reveal: (index: number, top?: number) => void
}

function numbers(tracks: string): number[] {
  return tracks.split(' ').map(Number.parseFloat)
}

/** @param isCut whether room for cards left out stands below the first row. */
function measure(grid: HTMLElement, width: number, hasWide: boolean, isCut: boolean): Measures | undefined {
  const style = getComputedStyle(grid)
  const columns = numbers(style.gridTemplateColumns).length
  const heights = numbers(style.gridTemplateRows)
  const gap = Number.parseFloat(style.rowGap)
  const [first, row] = [heights[0], heights[isCut ? 2 : 1]]
  const wide = hasWide ? grid.querySelector('.feature')?.getBoundingClientRect().width : 0
  if (!first || !row || wide === undefined) return undefined
  return { columns, lead: Math.round((wide / width) * columns), first: first + gap, row: row + gap, gap }
}

function same(one: Measures | undefined, other: Measures | undefined): boolean {
  if (!one || !other) return one === other
  return (
    one.columns === other.columns &&
    one.lead === other.lead &&
    Math.abs(one.first - other.first) < 0.5 &&
    Math.abs(one.row - other.row) < 0.1
  )
}

/** The rows in the window and one window's height above and below it. */
function rangeNow(grid: HTMLElement, measures: Measures, cards: number, spare: number): Range {
  const { top } = grid.getBoundingClientRect()
  return rowsBetween(measures, cards, -top - spare * innerHeight, -top + (1 + spare) * innerHeight)
}

/** Keeps only those cards of a grid in the page that are in the window or near it. */
export function useRows(grid: RefObject<HTMLElement | null>, cards: number, hasWide: boolean): Rows {
  const [measures, setMeasures] = useState<Measures>()
  const [range, setRange] = useState<Range>({ from: 1, to: 1 })
  const [width, setWidth] = useState(0)
  const latest = useRef({ measures, range, cards })
  useLayoutEffect(() => {
    latest.current = { measures, range, cards }
  })
  /** The uppermost card and where it stands: what stays in its place when the grid gets another shape. */
  const anchor = useRef<{ index: number; top: number }>(undefined)

  const update = useCallback(
    (cards: number, atOnce: (change: () => void) => void) => {
      const { measures, range } = latest.current
      if (!grid.current || !measures) return
      const seen = rangeNow(grid.current, measures, cards, 0)
      const next = rangeNow(grid.current, measures, cards, 1)
      const { top } = grid.current.getBoundingClientRect()
      const index = cardsOf(measures, cards, seen).from
      anchor.current = top < 0 ? { index, top: top + topOf(measures, seen.from) } : undefined
      if (next.from === range.from && next.to === range.to) return
      if (seen.from < range.from || seen.to > range.to) atOnce(() => setRange(next))
      else setRange(next)
    },
    [grid],
  )

  const bring = useCallback(
    (measures: Measures | undefined, index: number, top?: number) => {
      if (!grid.current || !measures) return
      const y = grid.current.getBoundingClientRect().top + topOf(measures, rowOf(measures, index))
      const head = document.querySelector('.filters')?.getBoundingClientRect().bottom ?? 0
      const bottom = y + measures.row - measures.gap
      if (top !== undefined) scrollBy(0, y - top)
      else if (y < head) scrollBy(0, y - head - measures.gap)
      else if (bottom > innerHeight) scrollBy(0, bottom + measures.gap - innerHeight)
      update(latest.current.cards, (change) => change())
    },
    [grid, update],
  )
  const reveal = useCallback((index: number, top?: number) => bring(latest.current.measures, index, top), [bring])

  useLayoutEffect(() => {
    const { current } = grid
    if (!current) return
    const look = () => setWidth(current.clientWidth)
    look()
    const watcher = new ResizeObserver(look)
    watcher.observe(current)
    return () => watcher.disconnect()
  }, [grid])

  // Before the first paint, and again wherever the grid got another shape.
  useLayoutEffect(() => {
    if (!grid.current || cards === 0 || width === 0) return
    const next = measure(grid.current, width, hasWide, measures !== undefined && latest.current.range.from > 1)
    if (!next || same(next, measures)) return
    setMeasures(next)
    setRange(rangeNow(grid.current, next, cards, 1))
  }, [grid, cards, hasWide, width, measures])

  useLayoutEffect(() => {
    if (anchor.current) bring(measures, anchor.current.index, anchor.current.top)
  }, [measures, bring])

  useLayoutEffect(() => update(cards, (change) => change()), [update, cards])

  useEffect(() => {
    // After a jump the cards have to be there in this very frame.
    const follow = () => update(latest.current.cards, flushSync)
    addEventListener('scroll', follow, { passive: true })
    addEventListener('resize', follow)
    return () => {
      removeEventListener('scroll', follow)
      removeEventListener('resize', follow)
    }
  }, [update])

  if (!measures) {
    const first = Math.min(cards, unmeasured)
    return { first, from: cards, to: cards, above: 0, below: 0, ready: cards <= unmeasured, reveal }
  }
  const room = (rows: number) => Math.max(rows * measures.row - measures.gap, 0)
  return {
    ...cardsOf(measures, cards, range),
    above: room(range.from - 1),
    below: room(rowCount(measures, cards) - Math.max(range.to, 1)),
    ready: true,
    reveal,
  }
}
