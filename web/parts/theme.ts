import { useSyncExternalStore } from 'react'

/** The one that the page has now, whoever chose it: public/theme.js before the first paint, then the switch. */
export function useTheme(): 'light' | 'dark' {
  return useSyncExternalStore(follow, present)
}

function present(): 'light' | 'dark' {
  return document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light'
}

const followers = new Set<() => void>()
let observer: MutationObserver | undefined

/** One observer for all who look: a gallery has hundreds of pictures. */
function follow(changed: () => void): () => void {
  followers.add(changed)
  if (!observer) {
    observer = new MutationObserver(() => followers.forEach((tell) => tell()))
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  }
  return () => {
    followers.delete(changed)
    if (followers.size > 0) return
    observer?.disconnect()
    observer = undefined
  }
}
