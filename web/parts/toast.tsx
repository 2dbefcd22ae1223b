import { useSyncExternalStore } from 'react'
import { Mark } from './mark.tsx'

type Toast = { id: number; words: string; failed: boolean }

const stays = 6000
let toasts: readonly Toast[] = []
let last = 0
const listeners = new Set<() => void>()

function become(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

/** Says one line at the bottom of the page for six seconds: what has happened, or why not. */
export function say(words: string, failed = false): void {
  const toast = { id: (last += 1), words, failed }
  become([...toasts.slice(-2), toast])
  setTimeout(() => become(toasts.filter(({ id }) => id !== toast.id)), stays)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts)
  return (
    <div className="toasts" aria-live="polite">
      {shown.map((toast) => (
        <div className="toast" key={toast.id}>
          {toast.failed && <Mark name="failed" />}
          {toast.words}
        </div>
      ))}
    </div>
  )
}
