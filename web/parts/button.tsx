import type { ComponentProps, MouseEvent, ReactNode } from 'react'
import { Mark } from './mark.tsx'

type Kind = 'plain' | 'ink' | 'go' | 'bare' | 'danger'

type Props = Omit<ComponentProps<'button'>, 'disabled'> & {
  kind?: Kind
  /** What it is doing now ("Stopping"): takes the icon's and the words' place, and no second click is heard. */
  busy?: string | false | undefined
  /** Why it cannot be pressed; said on hover and focus, so it stays focusable. */
  refused?: string | false | undefined
  icon?: ReactNode
}

export function Button({ kind = 'plain', busy, refused, icon, children, onClick, type = 'button', ...rest }: Props) {
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (busy || refused) event.preventDefault()
    else onClick?.(event)
  }
  return (
    <button
      {...rest}
      // oxlint-disable-next-line react/button-has-type -- the type is a parameter with a default
      type={type}
      className={kind === 'plain' ? 'button' : `button ${kind}`}
      onClick={press}
      aria-busy={busy ? true : undefined}
      aria-disabled={refused ? true : undefined}
      title={refused || rest.title}
    >
      {busy ? <Mark name="working" /> : icon}
      {busy || children}
    </button>
  )
}
