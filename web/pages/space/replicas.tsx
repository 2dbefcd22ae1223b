import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '../../api/client.ts'
import { spacePath } from '../../api/queries.ts'
import type { RunsOn, SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'

/** How many of it run side by side, where that can be more than one. */
export function ReplicasSection({ space, replicas }: { space: SpaceDetail; replicas: RunsOn['replicas'] }) {
  const queries = useQueryClient()
  const [typed, setTyped] = useState(String(replicas.wanted))
  const text = words().replicas
  const count = Number(typed)
  const wrong = (!/^\d+$/.test(typed.trim()) || count < 1 || count > replicas.most) && text.rule(replicas.most)
  const same = count === replicas.wanted
  const { mutate, isPending, error } = useMutation({
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
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!wrong && !same && !isPending) mutate()
        }}
      >
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
        <Refusal error={error} />
        <div className="do">
          <Button type="submit" busy={isPending && text.saving} refused={wrong || (same && text.same)}>
            {text.save}
          </Button>
        </div>
      </form>
    </section>
  )
}
