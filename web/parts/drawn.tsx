import type { CSSProperties } from 'react'
import type { SpaceSummary } from '../api/types.ts'

const colours = new Set(['red', 'yellow', 'green', 'blue', 'indigo', 'purple', 'pink', 'gray'])

/** One of five cuts, the same for a Space for ever (FNV-1a of its id). */
export function cutOf(id: string): number {
  let hash = 0x811c9dc5
  for (const letter of id) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return ((hash >>> 0) % 5) + 1
}

type Card = Pick<SpaceSummary, 'id' | 'title' | 'emoji' | 'colorFrom' | 'colorTo'>

/** The picture of a Space that has none: two flat colours of its card, and its emoji or first letter. */
export function Drawn({ id, title, emoji, colorFrom, colorTo }: Card) {
  const colour = (name: string | undefined, otherwise: string) =>
    `var(--card-${name && colours.has(name) ? name : otherwise})`
  const style: CSSProperties & Record<`--${string}`, string> = {
    '--from': colour(colorFrom, 'gray'),
    '--to': colour(colorTo, 'blue'),
  }
  return (
    <div className={`drawn cut-${cutOf(id)}`} style={style} aria-hidden="true">
      {emoji ? <span>{emoji}</span> : <span className="letter">{title.match(/./u)?.[0].toUpperCase()}</span>}
    </div>
  )
}
