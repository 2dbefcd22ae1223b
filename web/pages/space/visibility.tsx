import { useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from '../../api/client.ts'
import { spacePath } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { say } from '../../parts/toast.tsx'

/** Who can see a Space, and the way to change it. */
export function Visibility({ space }: { space: SpaceDetail }) {
  const queries = useQueryClient()
  const other = space.visibility === 'public' ? 'private' : 'public'
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => request('PATCH', spacePath(space.id), { visibility: other }),
    onSuccess: async () => {
      say(`${space.title} is ${other} now`)
      await queries.invalidateQueries({ queryKey: ['space', space.id] })
    },
  })
  return (
    <section className="section">
      <h2>Visibility</h2>
      <p>
        {space.visibility === 'public'
          ? 'Public: everybody can open the app, see its files and clone it.'
          : 'Private: only you and administrators can see it. To everybody else it is not there.'}
      </p>
      <Refusal error={error} />
      <Button busy={isPending && 'Changing'} onClick={() => mutate()}>
        Make it {other}
      </Button>
    </section>
  )
}
