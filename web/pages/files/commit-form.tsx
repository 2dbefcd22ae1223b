import type { ReactNode } from 'react'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'

type Props = {
  summary: string
  /** What it says when nothing is typed. */
  usual: string
  onSummary: (summary: string) => void
  /** "Committing", while it does. */
  busy: string | false
  refused: string | false | undefined
  onCommit: () => void
  onCancel: () => void
  children?: ReactNode
}

/** Why a change is made, and the button that makes it. */
export function CommitForm(props: Props) {
  return (
    <form
      className="commit-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!props.busy && !props.refused) props.onCommit()
      }}
    >
      {props.children}
      <div className="line">
        <Field
          label="Commit message"
          value={props.summary}
          placeholder={props.usual}
          maxLength={300}
          onChange={(event) => props.onSummary(event.target.value)}
        />
        <div className="do">
          <Button kind="bare" onClick={props.onCancel}>
            Cancel
          </Button>
          <Button kind="go" type="submit" busy={props.busy} refused={props.refused} title="Ctrl+S">
            Commit to main
          </Button>
        </div>
      </div>
    </form>
  )
}
