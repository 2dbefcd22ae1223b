/** Rows → what `lifecycle.ts` decides on: the same reading for the reconciler and for whoever shows a Space. */
import { sql } from 'kysely'
import type { Reader } from '../store/database.ts'
import type { CommitProblem } from '../store/schema.ts'
import type { Desired, Observed } from './observed.ts'
import { type SpaceRow, spacesById } from './space.ts'
import { type Stage, stage } from './stage.ts'

export type SpaceState = { space: SpaceRow; desired: Desired; observed: Observed }

/** So many of the newest builds and workloads decide; older ones are history. */
const depth = 30

/** One query a table, however many Spaces. Unknown ids are left out. */
export async function observeSpaces(db: Reader, ids: readonly string[]): Promise<SpaceState[]> {
  const spaces = await spacesById(db, ids)
  if (spaces.length === 0) return []
  const known = spaces.map((space) => space.id)
  const [targets, builds, workloads, routes, queue] = await Promise.all([
    db
      .selectFrom('commits')
      .innerJoin('spaces', (join) =>
        join.onRef('spaces.id', '=', 'commits.space_id').onRef('spaces.target_commit', '=', 'commits.sha'),
      )
      .select(['commits.space_id', 'commits.sha', 'commits.problem'])
      .where('commits.space_id', 'in', known)
      .execute(),
    db
      .selectFrom(
        db
          .selectFrom('builds')
          .selectAll()
          .select(sql<string>`row_number() over (partition by space_id order by number desc)`.as('age'))
          .where('space_id', 'in', known)
          .as('recent'),
      )
      .selectAll()
      .where('age', '<=', sql<string>`${depth}`)
      .orderBy('number', 'desc')
      .execute(),
    db
      .selectFrom(
        db
          .selectFrom('workloads')
          .selectAll()
          .select(sql<string>`row_number() over (partition by space_id order by created_at desc)`.as('age'))
          .where('space_id', 'in', known)
          .as('recent'),
      )
      .selectAll()
      .where((eb) => eb.or([eb('age', '<=', sql<string>`${depth}`), eb('wanted', '=', true)]))
      .orderBy('created_at', 'desc')
      .execute(),
    db.selectFrom('routes').selectAll().where('space_id', 'in', known).execute(),
    queuePositions(db),
  ])
  const problems = new Map<string, { sha: string; problem: CommitProblem | null }>()
  for (const target of targets) problems.set(target.space_id, { sha: target.sha, problem: target.problem })

  return spaces.map((space) => {
    const route = routes.find((one) => one.space_id === space.id)
    return {
      space,
      desired: {
        deleted: space.deleted_at !== null,
        paused: space.paused_at !== null,
        target: problems.get(space.id),
        revision: space.revision,
        rebuild: space.rebuild,
        sleepAfter: space.sleep_after,
        activeAt: space.active_at,
      },
      observed: {
        builds: builds
          // What was built and has been collected since is built again when it is wanted.
          .filter((one) => one.space_id === space.id && (one.state !== 'succeeded' || one.image !== null))
          .map((one) => {
            const position = queue.get(one.id)
            return {
              id: one.id,
              sha: one.sha,
              rebuild: one.rebuild,
              state: one.state,
              phases: one.phases,
              image: one.image,
              error: one.error,
              endedAt: one.ended_at,
              ...(position === undefined ? {} : { position }),
            }
          }),
        workloads: workloads
          .filter((one) => one.space_id === space.id)
          .map((one) => ({
            id: one.id,
            buildId: one.build_id,
            sha: one.sha,
            revision: one.revision,
            wanted: one.wanted,
            state: one.state,
            createdAt: one.created_at,
            readyAt: one.ready_at,
            endedAt: one.ended_at,
          })),
        route: route?.workload_id
          ? {
              workloadId: route.workload_id,
              sha: route.sha,
              since: route.updated_at,
              addresses: route.addresses ?? [],
            }
          : undefined,
      },
    }
  })
}

export async function observeSpace(db: Reader, id: string): Promise<SpaceState | undefined> {
  const [state] = await observeSpaces(db, [id])
  return state
}

export function stageNow(state: SpaceState): Stage {
  return stage(state.desired, state.observed, new Date())
}

async function queuePositions(db: Reader): Promise<Map<string, number>> {
  const waiting = await db
    .selectFrom('builds')
    .select('id')
    .where('state', '=', 'queued')
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return new Map(waiting.map((build, index) => [build.id, index + 1]))
}
