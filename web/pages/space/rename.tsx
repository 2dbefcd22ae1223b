import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { post } from '../../api/client.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { say } from '../../parts/toast.tsx'

/** Another name in every address of it; the old ones lead here. */
export function RenameSection({ space }: { space: SpaceDetail }) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [name, setName] = useState(space.name)
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => {
      const toRepo = `${space.owner}/${name.trim()}`
      return post('/api/repos/move', { type: 'space', fromRepo: space.id, toRepo })
    },
    onSuccess: async () => {
      say(`It is ${name.trim()} now`)
      await navigate(`/spaces/${space.owner}/${name.trim()}/settings`, { replace: true })
      queries.removeQueries({ queryKey: ['space', space.id] })
      await queries.invalidateQueries({ queryKey: ['spaces'] })
    },
  })
  const same = name.trim() === space.name
  return (
    <section className="section">
      <h2>Name</h2>
      <p>
        Its addresses change with it. Links to its page, clones and programs that use the old name are led to the new
        one, until you give that name to another Space. The app’s own address is a new one.
      </p>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!same && !isPending) mutate()
        }}
      >
        <Field
          label="Name"
          before={`${space.owner}/`}
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
        />
        <Refusal error={error} />
        <div className="do">
          <Button type="submit" busy={isPending && 'Renaming'} refused={same && 'That is its name now'}>
            Rename Space
          </Button>
        </div>
      </form>
    </section>
  )
}
