import { useMutation, useQueryClient } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import { hubPath, spacePath } from '../../api/queries.ts'
import { errorWords } from '../../parts/failure.tsx'
import { say } from '../../parts/toast.tsx'

export type Act = 'restart' | 'rebuild' | 'pause' | 'wake' | 'cancel'

type Words = { path: (id: string) => string; doing: string; done: string }

const acts: Record<Act, Words> = {
  restart: { path: (id) => `${hubPath(id)}/restart`, doing: 'Restarting', done: 'Restarting' },
  rebuild: {
    path: (id) => `${hubPath(id)}/restart?factory=true`,
    doing: 'Asking for a build',
    done: 'Building again, without the cache',
  },
  pause: { path: (id) => `${hubPath(id)}/pause`, doing: 'Pausing', done: 'Paused' },
  wake: { path: (id) => `${spacePath(id)}/wake`, doing: 'Waking', done: '' },
  cancel: { path: (id) => `${spacePath(id)}/cancel-build`, doing: 'Stopping', done: 'Stopped the build' },
}

/** Does something to a Space, says so, and looks at it again. `doing` is set while the server has not answered. */
export function useAct(id: string) {
  const queries = useQueryClient()
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (act: Act) => post(acts[act].path(id)),
    onSuccess: async (_answer, act) => {
      if (acts[act].done) say(acts[act].done)
      await queries.invalidateQueries({ queryKey: ['space', id] })
    },
    onError: (error) => say(errorWords(error), true),
  })
  return { act: mutate, doing: isPending ? variables : undefined, words: isPending ? acts[variables].doing : undefined }
}

/** Goes back to (or forward to) a version. */
export function useRollback(id: string, then: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (sha: string) => post(`${spacePath(id)}/rollback`, { sha }),
    onSuccess: async (_answer, sha) => {
      say(`Going back to ${sha.slice(0, 7)}`)
      await queries.invalidateQueries({ queryKey: ['space', id] })
      then()
    },
  })
}
