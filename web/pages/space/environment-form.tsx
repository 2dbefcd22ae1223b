import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { words } from '../../words/space.ts'

/** As the clients' API has it: a name that a shell and Python can read. */
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

export type Entry = { key: string; value: string; description: string }

type Props = {
  what: 'variable' | 'secret'
  /** The one that is changed; without it a new one is added. */
  entry?: Entry | undefined
  save: (entry: Entry) => Promise<unknown>
  onDone: () => void
}

/** Adds or changes one variable or secret. */
export function EnvironmentForm({ what, entry, save, onDone }: Props) {
  const id = useId()
  const [key, setKey] = useState(entry?.key ?? '')
  const [value, setValue] = useState(entry?.value ?? '')
  const [description, setDescription] = useState(entry?.description ?? '')
  const [tried, setTried] = useState(false)
  const { mutate, isPending, error } = useMutation({ mutationFn: save, onSuccess: onDone })
  const text = words().environment
  const wrong = namePattern.test(key) ? undefined : text.nameRule
  return (
    <form
      className="form entry"
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (!wrong && !isPending) mutate({ key, value, description })
      }}
    >
      <Field
        label={text.name}
        value={key}
        onChange={(event) => setKey(event.target.value)}
        readOnly={entry !== undefined}
        placeholder="MODEL_NAME"
        autoComplete="off"
        autoCapitalize="none"
        className="mono"
        error={tried ? wrong : undefined}
      />
      <div className="labelled">
        <label htmlFor={id}>{text.value}</label>
        <div className="field area">
          <textarea
            id={id}
            value={value}
            onChange={(event) => setValue(event.target.value)}
            rows={1}
            spellCheck={false}
          />
        </div>
      </div>
      <Field
        label={text.purpose}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
        help={text.optional}
        autoComplete="off"
      />
      <Refusal error={error} />
      <div className="do">
        <Button kind="bare" onClick={onDone}>
          {text.cancel}
        </Button>
        <Button kind="ink" type="submit" busy={isPending && text.saving}>
          {what === 'variable' ? text.saveVariable : text.saveSecret}
        </Button>
      </div>
    </form>
  )
}
