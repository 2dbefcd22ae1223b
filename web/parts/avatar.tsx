import type { CSSProperties } from 'react'
import { cutOf } from './drawn.tsx'

const tones = ['indigo', 'blue', 'green', 'purple', 'red'] as const

/** `ines-k` → `ik`, `mira` → `mi`. */
function initials(name: string): string {
  const [first = '', second = ''] = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  return (second ? first.slice(0, 1) + second.slice(0, 1) : first.slice(0, 2)).toLowerCase()
}

/** A person: two letters in a circle whose colour is always theirs. */
export function Avatar({ name, large = false }: { name: string; large?: boolean }) {
  const style: CSSProperties & Record<`--${string}`, string> = { '--who': `var(--who-${tones[cutOf(name) - 1]})` }
  return (
    <span className={large ? 'avatar me' : 'avatar'} style={style} aria-hidden="true">
      {initials(name)}
    </span>
  )
}
