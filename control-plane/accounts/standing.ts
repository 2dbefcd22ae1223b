/** What an administrator decides about other people's accounts: their role, and whether anybody gets in with them. */
import { PlazaError } from '../errors.ts'
import type { Writer } from '../store/database.ts'
import type { Role } from './account.ts'
import { endSessions } from './session-list.ts'

export type Standing = { role: Role; disabled: boolean }

/** What of it is to be different. */
export type StandingChange = { role?: Role | undefined; disabled?: boolean | undefined }

/**
 * Why it cannot be, in one sentence, or undefined (pure). Nobody decides about themselves, and whoever decides is an
 * administrator: so there is always one left.
 * @param by as they stand now, which may be another way than when they asked.
 */
export function standingProblem(by: { id: string } & Standing, accountId: string): string | undefined {
  if (by.role !== 'admin' || by.disabled) return 'You are no administrator any more.'
  if (by.id === accountId) return 'Nobody changes their own role or disables themselves: another administrator can.'
  return undefined
}

/**
 * Changes what is given. A disabled account loses its sessions at once, and its tokens are refused while it is; they
 * and whatever it owns are there again when it is enabled.
 * @throws PlazaError forbidden with the reason, not_found where there is no such person.
 */
export async function changeStanding(
  tx: Writer,
  by: string,
  accountId: string,
  change: StandingChange,
): Promise<Standing> {
  // Two who act on each other at the same moment take turns, always in this order.
  const rows = await tx.db
    .selectFrom('accounts')
    .select(['id', 'role', 'disabled_at'])
    .where('id', 'in', [by, accountId])
    .where('kind', '=', 'user')
    .orderBy('id')
    .forUpdate()
    .execute()
  const [actor, account] = [by, accountId].map((id) => rows.find((row) => row.id === id))
  if (!account) throw new PlazaError('not_found', 'There is no such person.')
  const problem = actor
    ? standingProblem({ id: actor.id, role: actor.role, disabled: actor.disabled_at !== null }, accountId)
    : 'You are no administrator any more.'
  if (problem) throw new PlazaError('forbidden', problem)
  const disabledAt = change.disabled === true ? (account.disabled_at ?? tx.now) : null
  await tx.db
    .updateTable('accounts')
    .set({
      ...(change.role === undefined ? {} : { role: change.role }),
      ...(change.disabled === undefined ? {} : { disabled_at: disabledAt }),
      updated_at: tx.now,
    })
    .where('id', '=', accountId)
    .execute()
  if (change.disabled) await endSessions(tx, accountId)
  return { role: change.role ?? account.role, disabled: change.disabled ?? account.disabled_at !== null }
}
