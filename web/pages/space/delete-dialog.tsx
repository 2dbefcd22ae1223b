import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { request } from '../../api/client.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'

type Props = {
  space: Pick<SpaceDetail, 'id' | 'owner' | 'name' | 'title'>
  open: boolean
  onClose: () => void
  /** From a list one does not go away; otherwise the gallery follows. */
  stay?: boolean
}

/** Asks for the name, since nothing of it comes back. */
export function DeleteDialog({ space, open, onClose, stay = false }: Props) {
  const [typed, setTyped] = useState('')
  const navigate = useNavigate()
  const queries = useQueryClient()
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () =>
      request('DELETE', '/api/repos/delete', { type: 'space', name: space.name, organization: space.owner }),
    onSuccess: async () => {
      say(words().delete.done(space.title))
      if (stay) onClose()
      else await navigate('/')
      queries.removeQueries({ queryKey: ['space', space.id] })
      await queries.invalidateQueries({ queryKey: ['spaces'] })
      if (stay) await queries.invalidateQueries({ queryKey: ['admin'] })
    },
  })
  const close = () => {
    setTyped('')
    reset()
    onClose()
  }
  const text = words().delete
  const refused = typed !== space.id && text.typeFirst(space.id)
  return (
    <Dialog title={text.title(space.title)} about={text.about} open={open} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!refused && !isPending) mutate()
        }}
      >
        <Field
          label={text.type(space.id)}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
        />
        <Refusal error={error} />
        <div className="do">
          <Button kind="bare" onClick={close}>
            {text.keep}
          </Button>
          <Button kind="danger" type="submit" refused={refused} busy={isPending && text.deleting}>
            {text.do}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
