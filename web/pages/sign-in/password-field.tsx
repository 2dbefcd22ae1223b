import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, type KeyboardEvent, type ReactNode, useId, useState } from 'react'
import { words } from '../../words/people.ts'

type Props = Omit<ComponentProps<'input'>, 'type'> & {
  label: string
  help?: ReactNode
  error?: string | undefined
}

/** A password, shown on demand; says when Caps Lock turns what one types into something else. */
export function PasswordField({ label, help, error, ...input }: Props) {
  const id = useId()
  const [shown, setShown] = useState(false)
  const [caps, setCaps] = useState(false)
  const listen = (event: KeyboardEvent) => setCaps(event.getModifierState('CapsLock'))
  const { show, hide, capsLock } = words()
  const note = error || help
  const notes = [note && `${id}-note`, caps && `${id}-caps`].filter(Boolean).join(' ')
  return (
    <div className="labelled">
      <label htmlFor={id}>{label}</label>
      <div className={error ? 'field bad' : 'field'}>
        <input
          spellCheck={false}
          autoCapitalize="none"
          {...input}
          id={id}
          type={shown ? 'text' : 'password'}
          aria-invalid={error ? true : undefined}
          aria-describedby={notes || undefined}
          onKeyDown={listen}
          onKeyUp={listen}
          onBlur={() => setCaps(false)}
        />
        <button
          type="button"
          className="icon reveal"
          aria-pressed={shown}
          aria-label={shown ? hide : show}
          title={shown ? hide : show}
          onClick={() => setShown(!shown)}
        >
          {shown ? <EyeOff className="i" /> : <Eye className="i" />}
        </button>
      </div>
      <p className="help caps" id={`${id}-caps`} aria-live="polite">
        {caps && capsLock}
      </p>
      {note && (
        <p className={error ? 'help bad' : 'help'} id={`${id}-note`}>
          {note}
        </p>
      )}
    </div>
  )
}
