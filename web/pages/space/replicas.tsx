import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '../../api/client.ts'
import { spacePath } from '../../api/queries.ts'
import type { RunsOn, SpaceDetail } from '../../api/types.ts'
import { Field } from '../../parts/field.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'
import { SaveForm } from './save-form.tsx'

/** How many of it run side by side, where that can be more than one. */
export function ReplicasSection({ space, replicas }: { space: SpaceDetail; replicas: RunsOn['replicas'] }) {
  const queries = useQueryClient()
  const [typed, setTyped] = useState(String(replicas.wanted))
  const text = words().replicas
  const count = Number(typed)
  const wrong = (!/^\d+$/.test(typed.trim()) || count < 1 || count > replicas.most) && text.rule(replicas.most)
  const same = count === replicas.wanted
  const change = useMutation({
    mutationFn: () => request('PUT', `${spacePath(space.id)}/replicas`, { replicas: count }),
    onSuccess: async () => {
      say(text.saved(count))
      await queries.invalidateQueries({ queryKey: ['space', space.id] })
    },
  })
  return (
    <section className="section">
      <h2>{text.heading}</h2>
      <p>{text.about}</p>
      <SaveForm change={change} text={text} refused={wrong || (same && text.same)}>
        <Field
          label={text.label}
          help={words().runsOn.ready(replicas.ready, replicas.wanted)}
          type="number"
          min={1}
          max={replicas.most}
          inputMode="numeric"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={wrong || undefined}
        />
      </SaveForm>
    </section>
  )
}
