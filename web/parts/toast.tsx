import { useSyncExternalStore } from 'react'
import { Mark } from './mark.tsx'

/** What can still be done about it, such as taking it back. */
type Answer = { words: string; run: () => void }

type Toast = { id: number; words: string; failed: boolean; answer: Answer | undefined }

const stays = 6000
let toasts: readonly Toast[] = []
let last = 0
const listeners = new Set<() => void>()

function become(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

/** Says one line at the bottom of the page for six seconds: what has happened, or why not. */
export function say(words: string, failed = false, answer?: Answer): void {
  const toast = { id: (last += 1), words, failed, answer }
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
          {toast.answer && (
            <button
              type="button"
              onClick={() => {
                become(toasts.filter(({ id }) => id !== toast.id))
                toast.answer?.run()
              }}
            >
              {toast.answer.words}
            </button>
          )}
        </div>
      ))}
    </div>
  )
}
