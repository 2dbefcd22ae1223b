import type { ReactNode } from 'react'
import { Mark, type MarkName } from './mark.tsx'

/** A mark and a word. On a screen the mark is light, on paper it is ink. */
export function Status({ tone, pill = false, children }: { tone: MarkName; pill?: boolean; children: ReactNode }) {
  // An empty ring and a tick have no colour of their own: they are as quiet as a pause.
  const colour = tone === 'replaced' || tone === 'shown' ? 'paused' : tone
  return (
    <span className={pill ? 'status pill' : 'status'} data-s={colour}>
      <Mark name={tone} />
      <span className="word">{children}</span>
    </span>
  )
}
