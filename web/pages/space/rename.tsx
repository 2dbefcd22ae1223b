import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { post } from '../../api/client.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Field } from '../../parts/field.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'
import { SaveForm } from './save-form.tsx'

/** Another name in every address of it; the old ones lead here. */
export function RenameSection({ space }: { space: SpaceDetail }) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [name, setName] = useState(space.name)
  const change = useMutation({
    mutationFn: () => {
      const toRepo = `${space.owner}/${name.trim()}`
      return post('/api/repos/move', { type: 'space', fromRepo: space.id, toRepo })
    },
    onSuccess: async () => {
      say(words().rename.done(name.trim()))
      await navigate(`/spaces/${space.owner}/${name.trim()}/settings`, { replace: true })
      queries.removeQueries({ queryKey: ['space', space.id] })
      await queries.invalidateQueries({ queryKey: ['spaces'] })
    },
  })
  const text = words().rename
  return (
    <section className="section">
      <h2>{text.heading}</h2>
      <p>{text.about}</p>
      <SaveForm
        change={change}
        text={{ save: text.do, saving: text.renaming }}
        refused={name.trim() === space.name && text.same}
      >
        <Field
          label={text.name}
          before={`${space.owner}/`}
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
        />
      </SaveForm>
    </section>
  )
}
