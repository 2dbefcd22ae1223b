import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

/** Floats over the page until it is answered; Escape and a click beside it close it, focus goes back. */
export function Dialog(props: {
  title: string
  about: ReactNode
  open: boolean
  onClose: () => void
  children: ReactNode
}) {
  return (
    <Radix.Root open={props.open} onOpenChange={(open) => !open && props.onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="floor">
          <Radix.Content className="dialog">
            <Radix.Title asChild>
              <h2>{props.title}</h2>
            </Radix.Title>
            <Radix.Description asChild>
              <p>{props.about}</p>
            </Radix.Description>
            {props.children}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
