import type { ReactNode } from 'react'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'

type Props = {
  /** What is set. */
  children: ReactNode
  /** As `useMutation` gives it. */
  change: { mutate: () => void; isPending: boolean; error: unknown }
  text: { save: string; saving: string }
  /** Why it cannot be saved as it stands. */
  refused: string | false
  /** The way out of a dialog. */
  cancel?: ReactNode
}

/** One setting: what is wrong with it, and the button that saves it. */
export function SaveForm({ children, change: { mutate, isPending, error }, text, refused, cancel }: Props) {
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!refused && !isPending) mutate()
      }}
    >
      {children}
      <Refusal error={error} />
      <div className="do">
        {cancel}
        <Button kind={cancel ? 'ink' : 'plain'} type="submit" busy={isPending && text.saving} refused={refused}>
          {text.save}
        </Button>
      </div>
    </form>
  )
}
