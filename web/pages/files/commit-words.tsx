import { useId } from 'react'
import { Field } from '../../parts/field.tsx'
import { words } from '../../words/files.ts'

/** What a commit says: its first line, and below it why. */
export type CommitText = { summary: string; description: string }

export const nothingSaid: CommitText = { summary: '', description: '' }

/** What goes into the commit; `usual` where nothing was typed. */
export function said({ summary, description }: CommitText, usual: string): CommitText {
  return { summary: summary.trim() || usual, description: description.trim() }
}

type Props = {
  text: CommitText
  /** What the first line says when nothing is typed. */
  usual: string
  onChange: (text: CommitText) => void
}

/** The fields of a commit's message. */
export function CommitWords({ text, usual, onChange }: Props) {
  const id = useId()
  const say = words().commit
  return (
    <div className="commit-words">
      <Field
        label={say.message}
        value={text.summary}
        placeholder={usual}
        maxLength={300}
        onChange={(event) => onChange({ ...text, summary: event.target.value })}
      />
      <div className="labelled">
        <label htmlFor={id}>{say.description}</label>
        <div className="field area">
          <textarea
            id={id}
            rows={1}
            value={text.description}
            placeholder={say.optional}
            maxLength={10_000}
            onChange={(event) => onChange({ ...text, description: event.target.value })}
            onKeyDown={(event) => {
              // Enter begins another line here; with Ctrl it commits, as it does in the editor by Ctrl+S.
              if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
              event.preventDefault()
              event.currentTarget.form?.requestSubmit()
            }}
          />
        </div>
      </div>
    </div>
  )
}
