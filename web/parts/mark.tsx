import type { ReactNode } from 'react'
import type { Tone } from './stage.ts'

export type MarkName = Tone | 'shown'

const shapes: Record<MarkName, ReactNode> = {
  running: <circle cx="5" cy="5" r="4" stroke="none" />,
  working: <circle cx="5" cy="5" r="4" fill="none" strokeWidth="2" strokeDasharray="17 8.2" />,
  asleep: <path d="M6.3.9a4.3 4.3 0 1 0 2.9 6A4.6 4.6 0 0 1 6.3.9Z" stroke="none" />,
  failed: <path d="M1.5 1.5l7 7m0-7l-7 7" fill="none" strokeWidth="2.2" strokeLinecap="square" />,
  paused: <path d="M2.6 1v8M7.4 1v8" fill="none" strokeWidth="2.4" />,
  replaced: <circle cx="5" cy="5" r="3.2" fill="none" strokeWidth="1.6" />,
  shown: <path d="M1 5.4l2.8 2.8L9.2 2" fill="none" strokeWidth="2" />,
}

/** The shape of a state; a word always stands beside it. */
export function Mark({ name }: { name: MarkName }) {
  return (
    <svg className="mark" viewBox="0 0 10 10" overflow="visible" aria-hidden="true">
      {shapes[name]}
    </svg>
  )
}
