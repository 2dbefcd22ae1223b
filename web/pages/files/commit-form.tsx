import type { ReactNode } from 'react'
import { Button } from '../../parts/button.tsx'
import { words } from '../../words/files.ts'
import { type CommitText, CommitWords } from './commit-words.tsx'

type Props = {
  text: CommitText
  /** What its first line says when nothing is typed. */
  usual: string
  onText: (text: CommitText) => void
  /** "Committing", while it does. */
  busy: string | false
  refused: string | false | undefined
  onCommit: () => void
  onCancel: () => void
  children?: ReactNode
}

/** Why a change is made, and the button that makes it. */
export function CommitForm(props: Props) {
  const say = words().commit
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
        <CommitWords text={props.text} usual={props.usual} onChange={props.onText} />
        <div className="do">
          <Button kind="bare" onClick={props.onCancel}>
            {say.cancel}
          </Button>
          <Button kind="go" type="submit" busy={props.busy} refused={props.refused} title="Ctrl+S">
            {say.button}
          </Button>
        </div>
      </div>
    </form>
  )
}
