/** What is desired of a Space, and what was observed of it: all that its life is decided by. */
import type { BuildPhase, Image } from '../../builder/builder.ts'
import type { Address } from '../../runtime/runtime.ts'
import type { CommitProblem, PhaseRecord, WorkloadState } from '../store/schema.ts'

export type Desired = {
  deleted: boolean
  paused: boolean
  /** What should run: a commit with a plan, or one that says why it cannot. Undefined: nothing was pushed. */
  target: { sha: string; problem: CommitProblem | null } | undefined
  revision: number
  rebuild: number
  /** Seconds; -1 never. */
  sleepAfter: number
  activeAt: Date
}

export type ObservedBuild = {
  id: string
  sha: string
  rebuild: number
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  phases: readonly PhaseRecord[]
  image: Image | null
  error: { phase: BuildPhase; message: string } | null
  endedAt: Date | null
  position?: number
}

export type ObservedWorkload = {
  id: string
  buildId: string
  sha: string
  revision: number
  /** False: it has been told to end, and is kept only as a record. */
  wanted: boolean
  state: WorkloadState
  createdAt: Date
  readyAt: Date | null
  endedAt: Date | null
}

export type Observed = {
  /** Newest first. */
  builds: readonly ObservedBuild[]
  /** Newest first. */
  workloads: readonly ObservedWorkload[]
  route: { workloadId: string; sha: string; since: Date; addresses: readonly Address[] } | undefined
}

export function isAlive(workload: ObservedWorkload): boolean {
  return workload.state.kind !== 'exited' && workload.state.kind !== 'gone'
}
