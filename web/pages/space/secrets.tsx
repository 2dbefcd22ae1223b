import { useQuery } from '@tanstack/react-query'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { secretsQuery } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Failure } from '../../parts/failure.tsx'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { Ago } from '../../parts/time.tsx'
import { words } from '../../words/space.ts'
import { EnvironmentForm } from './environment-form.tsx'
import { useEnvironment } from './use-environment.ts'

/** Keys and passwords: written here, read by the app, shown to nobody. */
export function Secrets({ space }: { space: SpaceDetail }) {
  const { data, error, refetch } = useQuery(secretsQuery(space.id))
  const { form, setForm, save, remove } = useEnvironment(space.id, 'secrets')
  const text = words().environment
  const entries = Object.entries(data ?? {})
  return (
    <section className="section">
      <h2>{text.secrets}</h2>
      <p>{text.secretsAbout}</p>
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <LineSkeletons count={2} />}
      {entries.length > 0 && (
        <ul className="rows">
          {entries.map(([key, { description = '', updatedAt }]) => (
            <li key={key}>
              <div className="grow">
                <code className="mono">
                  <b>{key}</b>
                </code>
                <small>
                  {description}
                  {description && updatedAt && ' · '}
                  {updatedAt && text.set(<Ago at={updatedAt} />)}
                </small>
              </div>
              <button
                type="button"
                className="icon"
                aria-label={text.replace(key)}
                onClick={() => setForm({ entry: { key, value: '', description } })}
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
          what="secret"
          entry={form.entry}
          save={save}
          onDone={() => setForm(undefined)}
        />
      ) : (
        <Button icon={<Plus className="i" />} onClick={() => setForm({})}>
          {text.addSecret}
        </Button>
      )}
    </section>
  )
}
