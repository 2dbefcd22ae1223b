import type { CSSProperties } from 'react'
import { cutOf } from './drawn.tsx'

const tones = ['indigo', 'blue', 'green', 'purple', 'red'] as const

/** A person: two letters in a circle whose colour is always theirs. */
export function Avatar({ name, large = false }: { name: string; large?: boolean }) {
  const style: CSSProperties & Record<`--${string}`, string> = { '--who': `var(--who-${tones[cutOf(name) - 1]})` }
  return (
    <span className={large ? 'avatar me' : 'avatar'} style={style} aria-hidden="true">
      {name.replace(/^[^\p{L}\p{N}]+/u, '').slice(0, 2).toLowerCase()}
    </span>
  )
}
