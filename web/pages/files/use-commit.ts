import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { commitFiles, type NewCommit } from '../../api/commit.ts'
import { spaceQuery } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import type { CommittedState } from './committed.tsx'

/** Commits, waits until the page knows the new main, and goes to where the change is seen. */
export function useCommit(space: SpaceDetail) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: ({ commit }: { commit: NewCommit; to: string; done?: () => void }) => commitFiles(space.id, commit),
    onSuccess: async (sha, { to, done }) => {
      done?.()
      await queries.fetchQuery({ ...spaceQuery(space.id), staleTime: 0 }).catch(() => {})
      const state: CommittedState = { committed: sha }
      await navigate(to, { state })
    },
  })
}
