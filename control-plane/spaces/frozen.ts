/**
 * Room for sleepers: versions that sleep may stay in memory, frozen, and wake at once. All together have a budget; who
 * has slept longest leaves first, and starts anew when it is visited.
 */
import { sql } from 'kysely'
import { type Flavor, flavorOf } from '../scheduling/flavors.ts'
import type { Store } from '../store/database.ts'

export type Sleeper = { workloadId: string; spaceId: string; memory: number; since: Date }

export type FrozenRoomParts = {
  store: Store
  flavors: readonly Flavor[]
  /** Bytes that all of them may hold together; 0: nobody stays. */
  budget: number
}

export class FrozenRoom {
  readonly #parts: FrozenRoomParts

  constructor(parts: FrozenRoomParts) {
    this.#parts = parts
  }

  /** Whether anybody may stay at all. */
  get isOffered(): boolean {
    return this.#parts.budget > 0
  }

  /** Whether this hardware is kept from others by whoever has it, even asleep: a graphics processor. */
  isScarce(hardware: string): boolean {
    return flavorOf(this.#parts.flavors, hardware).gpus > 0
  }

  /** Those for whom there is no room any more. */
  async crowdedOut(): Promise<Sleeper[]> {
    const { store, budget } = this.#parts
    const rows = await store.read
      .selectFrom('workloads')
      .select(['id', 'space_id', 'state'])
      .where('wanted', '=', true)
      .where(sql<string>`state ->> 'kind'`, '=', 'frozen')
      .execute()
    const sleepers = rows.flatMap(({ id, space_id, state }) =>
      state.kind === 'frozen'
        ? [{ workloadId: id, spaceId: space_id, memory: state.memory, since: new Date(state.since) }]
        : [],
    )
    return beyond(sleepers, budget)
  }
}

/** The longest asleep, as many as it takes for the others to fit (pure). */
export function beyond(sleepers: readonly Sleeper[], budget: number): Sleeper[] {
  const latestFirst = sleepers.toSorted((one, other) => other.since.getTime() - one.since.getTime())
  let held = 0
  return latestFirst.filter(({ memory }) => {
    held += memory
    return held > budget
  })
}
