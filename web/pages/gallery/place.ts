/**
 * Where somebody was in the gallery: which card was at the top of the window, and how many Spaces it takes to come to it.
 * It lives in the tab's own storage by history entry, so that back, forward and reload come to the same card, though
 * heights have changed.
 */
import { useEffect, useLayoutEffect, useRef } from 'react'
import { useLocation } from 'react-router'

type Place = { length: number; card: string; top: number }

/** So many more than the card's own place, so that there is something below it. */
const more = 60
const kept = 'plaza-gallery'

function places(): Record<string, Place> {
  try {
    return JSON.parse(sessionStorage.getItem(kept) ?? '{}') as Record<string, Place>
  } catch {
    return {}
  }
}

function keep(entry: string, place: Place): void {
  try {
    const all = Object.entries({ ...places(), [entry]: place }).slice(-50)
    sessionStorage.setItem(kept, JSON.stringify(Object.fromEntries(all)))
  } catch {
    // Without storage one comes back to the top.
  }
}

/** How many Spaces the list needs to be as long as it was where it was left. */
export function rememberedLength(key: string): number {
  const state: unknown = history.state
  const entry = typeof state === 'object' && state !== null && 'key' in state ? String(state.key) : 'default'
  return places()[`${entry} ${key}`]?.length ?? 0
}

/** The first card that is wholly below the page's head. */
function topCard(): { card: string; top: number } | undefined {
  const head = document.querySelector('.filters')?.getBoundingClientRect().bottom ?? 0
  for (const card of document.querySelectorAll<HTMLElement>('.grid > [data-id]')) {
    const { top } = card.getBoundingClientRect()
    if (top >= head - 4) return { card: card.dataset['id'] ?? '', top }
  }
  return undefined
}

/** Keeps the place of this history entry, and returns to it once the list is there. */
export function useKeptPlace(
  key: string,
  ready: boolean,
  indexOf: (id: string) => number,
  reveal: (index: number, top: number) => void,
): void {
  const entry = `${useLocation().key} ${key}`
  const latest = useRef({ entry, indexOf })
  const returned = useRef('')
  useEffect(() => {
    latest.current = { entry, indexOf }
  })

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const note = () => {
      clearTimeout(timer)
      timer = undefined
      const at = scrollY > 0 ? topCard() : { card: '', top: 0 }
      const { entry, indexOf } = latest.current
      // An unfinished return must not overwrite where it leads.
      if (at && returned.current === entry) keep(entry, { length: indexOf(at.card) + 1 + more, ...at })
    }
    const scrolled = () => {
      timer ??= setTimeout(note, 200)
    }
    addEventListener('scroll', scrolled, { passive: true })
    addEventListener('pagehide', note)
    return () => {
      clearTimeout(timer)
      removeEventListener('scroll', scrolled)
      removeEventListener('pagehide', note)
    }
  }, [])

  useLayoutEffect(() => {
    if (!ready || returned.current === entry) return
    const before = returned.current
    returned.current = entry
    const place = places()[entry]
    // Within the page (a chip, Peek) the place is where one is.
    if (!place?.card || (before !== '' && before.endsWith(` ${key}`))) return
    const { card, top } = place
    const find = () => document.querySelector(`.grid > [data-id="${CSS.escape(card)}"]`)
    const index = indexOf(card)
    if (index >= 0) reveal(index, top)
    const exactly = () => {
      const now = find()?.getBoundingClientRect().top
      if (now !== undefined) scrollBy(0, now - top)
    }
    exactly()
    // Fonts and the wide card may still have changed a height: a second look is exact.
    requestAnimationFrame(() => requestAnimationFrame(exactly))
  }, [entry, key, ready, indexOf, reveal])
}
