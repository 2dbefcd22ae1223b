import { useParams } from 'react-router'
import type { SpaceDetail } from '../../api/types.ts'
import { useSpace } from '../space/use-space.ts'

export type Revision = {
  space: SpaceDetail
  /** As the address has it: `main`, a tag, a commit's hash. */
  name: string
  /** What to ask the server for: the hash that `main` is at now, so that a push shows by itself; '' where nothing was pushed. */
  commit: string
  path: string
  /** Whether this person may change what is seen here: only main is changed. */
  mayEdit: boolean
}

/** The revision and the path of this page's address. */
export function useRevision(): Revision {
  const space = useSpace()
  const { rev: name = 'main', '*': path = '' } = useParams()
  const isMain = name === 'main'
  return {
    space,
    name,
    commit: isMain ? (space.commits.repository ?? '') : name,
    path: path.replace(/\/+$/, ''),
    mayEdit: isMain && space.may.push,
  }
}
