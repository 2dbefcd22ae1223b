import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { Link } from 'react-router'

/** A menu that opens below its button; arrow keys, typing and Escape work in it. */
export function Menu(props: { button: ReactNode; children: ReactNode; defaultOpen?: boolean; className?: string }) {
  return (
    <DropdownMenu.Root modal={false} {...(props.defaultOpen ? { defaultOpen: true } : {})}>
      <DropdownMenu.Trigger asChild>{props.button}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={props.className ? `menu ${props.className}` : 'menu'}
          align="end"
          sideOffset={6}
          collisionPadding={8}
        >
          {props.children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

export function MenuItem(props: {
  icon: ReactNode
  children: ReactNode
  onSelect: () => void
  danger?: boolean
  disabled?: boolean
  className?: string
}) {
  return (
    <DropdownMenu.Item
      className={['menu-item', props.danger && 'danger', props.className].filter(Boolean).join(' ')}
      disabled={props.disabled ?? false}
      onSelect={props.onSelect}
    >
      {props.icon}
      {props.children}
    </DropdownMenu.Item>
  )
}

/** `href` leaves the page's own routes (a Space's origin) and opens a tab; `stay` keeps the place on the page. */
export function MenuLink(
  props: { icon: ReactNode; children: ReactNode; stay?: boolean } & ({ to: string } | { href: string }),
) {
  return (
    <DropdownMenu.Item asChild>
      {'to' in props ? (
        <Link className="menu-item" to={props.to} preventScrollReset={props.stay ?? false}>
          {props.icon}
          {props.children}
        </Link>
      ) : (
        <a className="menu-item" href={props.href} target="_blank" rel="noreferrer">
          {props.icon}
          {props.children}
        </a>
      )}
    </DropdownMenu.Item>
  )
}

export function MenuLine() {
  return <DropdownMenu.Separator className="menu-line" />
}

export function MenuHead({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="menu-head">{children}</DropdownMenu.Label>
}
