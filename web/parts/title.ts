import { useEffect } from 'react'

/** The document's title while this view is shown; the part that tells tabs apart comes first. */
export function useTitle(words: string): void {
  useEffect(() => {
    document.title = words ? `${words} · Plaza` : 'Plaza'
  }, [words])
}
