import { useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from '../../api/client.ts'
import { spacePath } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'

/** Who can see a Space, and the way to change it. */
export function Visibility({ space }: { space: SpaceDetail }) {
  const queries = useQueryClient()
  const other = space.visibility === 'public' ? 'private' : 'public'
  const { visibility } = words()
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => request('PATCH', spacePath(space.id), { visibility: other }),
    onSuccess: async () => {
      say(visibility[other].done(space.title))
      await queries.invalidateQueries({ queryKey: ['space', space.id] })
    },
  })
  return (
    <section className="section">
      <h2>{visibility.heading}</h2>
      <p>{visibility[space.visibility].about}</p>
      <Refusal error={error} />
      <Button busy={isPending && visibility.changing} onClick={() => mutate()}>
        {visibility[other].make}
      </Button>
    </section>
  )
}
