/** Which replica a visitor goes to: the same one while it is there, since what a session has made lies in its memory (pure). */
import { createHash } from 'node:crypto'

export type Replica = {
  /** What the visitor's cookie holds. */
  id: string
  /** Requests and websockets under way. */
  open: number
  /** It took no connection lately, or left this very request unanswered: the last choice. */
  isAway: boolean
}

export type Caller = {
  /** Values of our cookie, as they came: anything. */
  cookies: readonly string[]
  /** A browser that opens a page: it keeps the cookie of this answer and sends it with all that the page asks for. */
  opensPage: boolean
  /** What the requests of one program have in common, where it keeps no cookies. */
  who: string
}

/**
 * Replicas in the order in which to try them. A caller's own one comes first. Without one, a page goes where the least
 * is under way. Whatever else comes without a cookie is the next request of somebody who may have no jar for it, so the
 * caller alone decides (rendezvous hashing): a replica that comes or goes moves only those callers that it must.
 */
export function* inTurn<R extends Replica>(
  replicas: readonly R[],
  caller: Caller,
  random: () => number = Math.random,
): Generator<R, void, void> {
  const own = replicas.find(({ id }) => caller.cookies.includes(id))
  // Most requests end here.
  if (own && !own.isAway) yield own
  const others = replicas.filter((replica) => replica !== own)
  const ranked = caller.opensPage ? leastBusyFirst(others, random) : byCaller(others, caller)
  yield* ranked.filter(({ isAway }) => !isAway)
  if (own?.isAway) yield own
  yield* ranked.filter(({ isAway }) => isAway)
}

function leastBusyFirst<R extends Replica>(replicas: readonly R[], random: () => number): R[] {
  return replicas
    .map((replica) => ({ replica, lot: random() }))
    .toSorted((a, b) => a.replica.open - b.replica.open || a.lot - b.lot)
    .map(({ replica }) => replica)
}

/** A stale cookie counts too: those whose replica has gone part again, and what one page asks for at once stays together. */
function byCaller<R extends Replica>(replicas: readonly R[], { who, cookies }: Caller): R[] {
  return replicas
    .map((replica) => {
      const hash = createHash('sha256').update(JSON.stringify([replica.id, who, ...cookies]))
      return { replica, weight: hash.digest().readUIntBE(0, 6) }
    })
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ replica }) => replica)
}
