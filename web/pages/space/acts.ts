import { useMutation, useQueryClient } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import { hubPath, spacePath } from '../../api/queries.ts'
import { errorWords } from '../../parts/failure.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'
import { short } from './use-space.ts'

export type Act = 'restart' | 'rebuild' | 'pause' | 'wake' | 'cancel'

const paths: Record<Act, (id: string) => string> = {
  restart: (id) => `${hubPath(id)}/restart`,
  rebuild: (id) => `${hubPath(id)}/restart?factory=true`,
  pause: (id) => `${hubPath(id)}/pause`,
  wake: (id) => `${spacePath(id)}/wake`,
  cancel: (id) => `${spacePath(id)}/cancel-build`,
}

/** Does something to a Space, says so, and looks at it again. `doing`, and `busy` in words, are set while the server has not answered. */
export function useAct(id: string) {
  const queries = useQueryClient()
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (act: Act) => post(paths[act](id)),
    onSuccess: async (_answer, act) => {
      const { done } = words().acts[act]
      if (done) say(done)
      await queries.invalidateQueries({ queryKey: ['space', id] })
    },
    onError: (error) => say(errorWords(error), true),
  })
  if (!isPending) return { act: mutate, doing: undefined, busy: undefined }
  return { act: mutate, doing: variables, busy: words().acts[variables].doing }
}

/** Goes back to (or forward to) a version. */
export function useRollback(id: string, then: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (sha: string) => post(`${spacePath(id)}/rollback`, { sha }),
    onSuccess: async (_answer, sha) => {
      say(words().rollback.done(short(sha)))
      await queries.invalidateQueries({ queryKey: ['space', id] })
      then()
    },
  })
}
