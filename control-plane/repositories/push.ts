/** What a push means: main's newest commit becomes a row, and what should run is that commit. */
import type { Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import type { BuildPlan } from '../../builder/plan.ts'
import { publish } from '../store/changes.ts'
import type { Store, Writer } from '../store/database.ts'
import type { CardColumn, CommitProblem } from '../store/schema.ts'
import { type NewCommit, makeCommit } from './commit.ts'
import type { Repositories } from './repository.ts'
import { type Files, commitInfo, filesAt } from './tree.ts'

/** What the files of a commit ask for: a plan, or the reason why there is none. */
export type Description = { card: CardColumn | undefined } & ({ plan: BuildPlan } | { problem: CommitProblem })

export type PushParts = {
  store: Store
  repositories: Repositories
  /** What it throws as PlazaError (a README of 2 MiB) becomes the commit's problem. */
  describe(files: Files): Promise<Description>
  /** The driver that descriptions are for: another one may make other plans of the same files. */
  driver: string
}

/** A main that moves faster than it can be described, this often in a row, is left to the push that moved it. */
const maxRounds = 20

/**
 * Makes the rows agree with the repository's main; does nothing where they do. Safe to call at any time, twice and at
 * once: the last commit of main wins, whoever comes first.
 * @returns the commit that was recorded, undefined where nothing was to be done.
 */
export async function recordPush(parts: PushParts, spaceId: string, viewer: Viewer): Promise<string | undefined> {
  for (let round = 1; round <= maxRounds; round++) {
    const head = await parts.repositories.head(spaceId)
    if (head === undefined || head === (await recordedHead(parts.store, spaceId))) return undefined
    // git is asked before the row is locked, so that no transaction waits for a process.
    const row = await describeCommit(parts, spaceId, head)
    const outcome = await parts.store.transaction(async (tx) => {
      const space = await tx.db
        .selectFrom('spaces')
        .select('head_commit')
        .where('id', '=', spaceId)
        .where('deleted_at', 'is', null)
        .forUpdate()
        .executeTakeFirst()
      if (!space) return 'gone'
      if ((await parts.repositories.head(spaceId)) !== head) return 'moved'
      if (space.head_commit === head) return 'known'
      const { card, ...described } = row
      const cardColumn = card === undefined ? null : storable(card)
      const account_id = viewer?.accountId ?? null
      const { plan, problem, planned_for } = described
      const judgement = { plan, problem, planned_for, card: cardColumn }
      await tx.db
        .insertInto('commits')
        .values({ ...described, card: cardColumn, space_id: spaceId, account_id, pushed_at: tx.now })
        .onConflict((again) => again.columns(['space_id', 'sha']).doUpdateSet({ ...judgement, account_id }))
        .execute()
      await tx.db
        .updateTable('spaces')
        .set({ head_commit: head, target_commit: head, card: cardColumn, updated_at: tx.now, active_at: tx.now })
        .where('id', '=', spaceId)
        .execute()
      await publish(tx, { type: 'commit', spaceId })
      return 'recorded'
    })
    if (outcome === 'recorded') return head
    if (outcome !== 'moved') return undefined
  }
  throw new Error(`main of ${spaceId} has moved ${maxRounds} times while it was read`)
}

/** So many repositories are looked at together. */
const atOnce = 16

/** At start, and whenever in doubt: a main without its row is a push that nobody recorded. @returns the Spaces concerned. */
export async function recordAll(
  parts: PushParts,
  report: (spaceId: string, error: unknown) => void = () => {},
): Promise<string[]> {
  const spaces = await parts.store.read
    .selectFrom('spaces')
    .select(['id', 'head_commit'])
    .where('deleted_at', 'is', null)
    .execute()
  const recorded: string[] = []
  const look = async (space: (typeof spaces)[number]) => {
    try {
      const head = await parts.repositories.head(space.id)
      if (head === undefined || head === space.head_commit) return
      if (await recordPush(parts, space.id, undefined)) recorded.push(space.id)
    } catch (error) {
      // One damaged repository must not keep the others' pushes from being found.
      report(space.id, error)
    }
  }
  for (let start = 0; start < spaces.length; start += atOnce) {
    await Promise.all(spaces.slice(start, start + atOnce).map(look))
  }
  return recorded
}

/** Commits that Spaces should run and that were planned for another driver are planned again. @returns the Spaces concerned. */
export async function replan(parts: PushParts, report: (spaceId: string, error: unknown) => void): Promise<string[]> {
  const stale = await parts.store.read
    .selectFrom('commits')
    .innerJoin('spaces', (join) =>
      join.onRef('spaces.id', '=', 'commits.space_id').onRef('spaces.target_commit', '=', 'commits.sha'),
    )
    .select(['commits.space_id', 'commits.sha'])
    .where('commits.planned_for', '<>', parts.driver)
    .where('spaces.deleted_at', 'is', null)
    .execute()
  for (const { space_id, sha } of stale) {
    await planAgain(parts, space_id, sha).catch((error: unknown) => report(space_id, error))
  }
  return stale.map(({ space_id }) => space_id)
}

/** Before a Space goes back to a commit: what was planned for another driver is planned for this one. */
export async function planAgain(parts: PushParts, spaceId: string, sha: string): Promise<void> {
  const commit = await parts.store.read
    .selectFrom('commits')
    .select('planned_for')
    .where('space_id', '=', spaceId)
    .where('sha', '=', sha)
    .executeTakeFirst()
  if (!commit || commit.planned_for === parts.driver) return
  const { plan, problem, planned_for, card } = await describeCommit(parts, spaceId, sha)
  await parts.store.transaction(async (tx) => {
    await tx.db
      .updateTable('commits')
      .set({ plan, problem, planned_for, card: card === undefined ? null : storable(card) })
      .where('space_id', '=', spaceId)
      .where('sha', '=', sha)
      .execute()
    await buildFailedAgain(tx, spaceId, sha)
    await publish(tx, { type: 'commit', spaceId })
  })
}

/** What failed by the other driver may lack nothing here: a Debian package, say. */
async function buildFailedAgain(tx: Writer, spaceId: string, sha: string): Promise<void> {
  const failed = await tx.db
    .selectFrom('builds')
    .select('id')
    .where('space_id', '=', spaceId)
    .where('sha', '=', sha)
    .where('state', '=', 'failed')
    .executeTakeFirst()
  if (!failed) return
  await tx.db
    .updateTable('spaces')
    .set((eb) => ({ rebuild: eb('rebuild', '+', 1) }))
    .where('id', '=', spaceId)
    .where('target_commit', '=', sha)
    .execute()
}

/** A commit by the API or the page, recorded like any push. @returns its hash. @throws as `makeCommit`. */
export async function commitAndRecord(
  parts: PushParts,
  spaceId: string,
  viewer: Viewer,
  commit: NewCommit,
  signal?: AbortSignal,
): Promise<string> {
  const sha = await makeCommit(parts.repositories, spaceId, commit, signal)
  await recordPush(parts, spaceId, viewer)
  return sha
}

async function recordedHead(store: Store, spaceId: string): Promise<string | null | undefined> {
  const space = await store.read.selectFrom('spaces').select('head_commit').where('id', '=', spaceId).executeTakeFirst()
  return space?.head_commit
}

async function describeCommit(parts: PushParts, spaceId: string, sha: string) {
  const info = await commitInfo(parts.repositories, spaceId, sha)
  const description = await describe(parts, spaceId, sha)
  return {
    sha,
    title: info.title,
    author: info.author,
    authored_at: info.authoredAt,
    plan: 'plan' in description ? storable(description.plan) : null,
    problem: 'problem' in description ? storable(description.problem) : null,
    planned_for: parts.driver,
    card: description.card,
  }
}

async function describe(parts: PushParts, spaceId: string, sha: string): Promise<Description> {
  try {
    return await parts.describe(await filesAt(parts.repositories, spaceId, sha))
  } catch (error) {
    // A machine that is too busy says nothing about the commit: the push is recorded later.
    if (!(error instanceof PlazaError) || error.code === 'unavailable') throw error
    const message = [error.message, error.remedy].filter(Boolean).join(' ')
    return { card: undefined, problem: { stage: 'CONFIG_ERROR', message } }
  }
}

/** As JSON that PostgreSQL takes: without zero characters and halves of surrogate pairs, which any pushed file may hold. */
function storable(value: unknown): string {
  return JSON.stringify(cleaned(value))
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed()
  if (Array.isArray(value)) return value.map(cleaned)
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [cleaned(key), cleaned(entry)]))
}
