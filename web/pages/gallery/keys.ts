/** The gallery by keyboard: J and K or arrows over the cards, space to peek, L to like. */
import { useEffect, useRef } from 'react'
import type { SpaceSummary } from '../../api/types.ts'
import { isTyping } from '../../parts/keyboard.ts'
import { useLike } from '../../parts/like.tsx'
import { vertical } from './steady.ts'

const cards = () => [...document.querySelectorAll<HTMLElement>('.grid > [data-id]')]
/** What has the focus when a card has it. */
const linkOf = (card: HTMLElement | undefined) => card?.querySelector<HTMLElement>('h3 a, a.button.go')

/** The same of a Space by its id. */
export function cardLink(id: string): HTMLElement | null | undefined {
  return linkOf(document.querySelector<HTMLElement>(`.grid > [data-id="${CSS.escape(id)}"]`) ?? undefined)
}

function step(key: string, focused: number, all: HTMLElement[]): number | undefined {
  if (focused < 0) {
    // The first one that is in view.
    const head = document.querySelector('.filters')?.getBoundingClientRect().bottom ?? 0
    return Math.max(
      all.findIndex((card) => card.getBoundingClientRect().top >= head - 4),
      0,
    )
  }
  switch (key) {
    case 'j':
    case 'ArrowRight':
      return focused + 1
    case 'k':
    case 'ArrowLeft':
      return focused - 1
    default: {
      // Only those nearby: the place of every card of a long list would have to be measured.
      const from = Math.max(0, focused - 12)
      const places = all.slice(from, focused + 13).map((card) => {
        const { left, top } = card.getBoundingClientRect()
        return { left, top }
      })
      const found = vertical(places, focused - from, key === 'ArrowDown')
      return found === undefined ? undefined : from + found
    }
  }
}

const moves = new Set(['j', 'k', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'])

export function useGalleryKeys(
  spaces: readonly SpaceSummary[],
  { peek, off }: { peek: (id: string) => void; off: boolean },
): void {
  const like = useLike()
  const latest = useRef({ spaces, peek, off, like })
  useEffect(() => {
    latest.current = { spaces, peek, off, like }
  })
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { spaces, peek, off, like } = latest.current
      const { target } = event
      if (off || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return
      if (document.querySelector('[role=dialog], [role=menu]')) return
      const all = cards()
      const focused = all.findIndex((card) => card.contains(document.activeElement))
      // Arrows scroll the page until a card has the focus, as everywhere.
      if (moves.has(event.key) && (focused >= 0 || event.key === 'j' || event.key === 'k')) {
        const to = step(event.key, focused, all)
        const link = to === undefined ? undefined : linkOf(all[to])
        if (!link) return
        event.preventDefault()
        link.focus({ preventScroll: true })
        all[to ?? 0]?.scrollIntoView({ block: 'nearest' })
        // Told at once and not with the next frame: the rows that follow are there before the next key.
        dispatchEvent(new Event('scroll'))
        return
      }
      const pointed = focused >= 0 ? all[focused] : document.querySelector<HTMLElement>('.grid > [data-id]:hover')
      const space = spaces.find(({ id }) => id === pointed?.dataset['id'])
      if (!space) return
      const onButton = target instanceof HTMLButtonElement
      if (event.key === ' ' && !onButton) {
        event.preventDefault()
        peek(space.id)
      }
      if (event.key.toLowerCase() === 'l') like(space)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}
