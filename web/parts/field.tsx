import { useId, type ComponentProps, type ReactNode } from 'react'

type Props = ComponentProps<'input'> & {
  label: string
  help?: ReactNode
  error?: string | null | undefined
  /** What stands in front of what one types, e.g. `mira/`. */
  before?: string
}

/** A labelled line to type in, with its help or its error tied to it. */
export function Field({ label, help, error, before, ...input }: Props) {
  const id = useId()
  const note = error || help
  return (
    <div className="labelled">
      <label htmlFor={id}>{label}</label>
      <div className={error ? 'field bad' : 'field'}>
        {before && <span className="before mono">{before}</span>}
        <input
          spellCheck={false}
          {...input}
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
        />
      </div>
      {note && (
        <p className={error ? 'help bad' : 'help'} id={`${id}-note`}>
          {note}
        </p>
      )}
    </div>
  )
}
