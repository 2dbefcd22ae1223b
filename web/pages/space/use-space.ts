import { useOutletContext } from 'react-router'
import type { SpaceDetail } from '../../api/types.ts'

/** The Space that the page around a tab has loaded. */
export function useSpace(): SpaceDetail {
  return useOutletContext<SpaceDetail>()
}

/** A commit as people read it. */
export function short(sha: string): string {
  return sha.slice(0, 7)
}
