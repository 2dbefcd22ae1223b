import { useQuery } from '@tanstack/react-query'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { variablesQuery } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { words } from '../../words/space.ts'
import { EnvironmentForm } from './environment-form.tsx'
import { useEnvironment } from './use-environment.ts'

/** Settings that the app reads from its environment, and that everybody who sees the Space may read. */
export function Variables({ space }: { space: SpaceDetail }) {
  const { data, error, refetch } = useQuery(variablesQuery(space.id))
  const { form, setForm, save, remove } = useEnvironment(space.id, 'variables')
  const text = words().environment
  const entries = Object.entries(data ?? {})
  return (
    <section className="section">
      <h2>{text.variables}</h2>
      <p>{text.variablesAbout}</p>
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <LineSkeletons count={2} />}
      {entries.length > 0 && (
        <ul className="rows">
          {entries.map(([key, { value, description = '' }]) => (
            <li key={key}>
              <div className="grow">
                <code className="mono">
                  <b>{key}</b>={value}
                </code>
                {description && <small>{description}</small>}
              </div>
              <button
                type="button"
                className="icon"
                aria-label={text.change(key)}
                onClick={() => setForm({ entry: { key, value, description } })}
              >
                <Pencil className="i" />
              </button>
              <button type="button" className="icon" aria-label={text.delete(key)} onClick={() => remove(key)}>
                <Trash2 className="i" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {form ? (
        <EnvironmentForm
          key={form.entry?.key ?? ''}
          what="variable"
          entry={form.entry}
          save={save}
          onDone={() => setForm(undefined)}
        />
      ) : (
        <Button icon={<Plus className="i" />} onClick={() => setForm({})}>
          {text.addVariable}
        </Button>
      )}
    </section>
  )
}
