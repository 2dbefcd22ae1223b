/**
 * `GET /api/plaza/events`: which Spaces have just changed, of those that the viewer may see; `notifications` when there
 * is something new to tell their owner. The page then reads again.
 */
import { type Request, Router } from 'express'
import { may, type Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { spacesById } from '../spaces/space.ts'
import { type Change, type Changes, type ChangeType, recentChanges } from '../store/changes.ts'
import type { Store } from '../store/database.ts'
import { type Access, guarded } from './access.ts'
import { openEventStream, type EventStream } from './event-stream.ts'

const heartbeat = 15_000
/** Milliseconds: whoever was signed out elsewhere hears nothing more after so long. */
const askWhoEvery = 60_000
/** So far back a page may ask for what it did not hear, seconds. */
const longestSince = 120
const mostMissed = 500

type Reader = { viewer: Viewer; stream: EventStream }

export function eventsRouter(parts: { store: Store; access: Access; changes: Changes }): Router {
  const readers = new Set<Reader>()
  const router = Router()

  // One look at the rows a batch, however many read.
  parts.changes.on((batch) => {
    if (readers.size > 0) void tell(batch).catch(() => {})
  })

  router.get('/api/plaza/events', async (request, response) => {
    const viewer = await parts.access.viewer(request)
    const stream = openEventStream(response)
    const reader = { viewer, stream }
    readers.add(reader)
    const beating = setInterval(() => stream.beat(), heartbeat)
    const asking = setInterval(() => {
      void isStill(request, viewer).then((same) => void (same || response.end()))
    }, askWhoEvery)
    stream.signal.addEventListener('abort', () => {
      clearInterval(beating)
      clearInterval(asking)
      readers.delete(reader)
    })
    await stream.send({}, 'hello')
    // What changed while the page was loading, after it had been read and before this was heard.
    const since = Math.min(Number(request.query['since']) || 0, longestSince)
    if (since > 0) await tell(await recentChanges(parts.store, since, mostMissed), [reader]).catch(() => {})
  })
  return router

  /** The session may have ended, the token may have been revoked, the role may have changed. */
  async function isStill(request: Request, viewer: Viewer): Promise<boolean> {
    try {
      const now = await parts.access.viewer(request)
      return now?.accountId === viewer?.accountId && now?.role === viewer?.role
    } catch (error) {
      return !(error instanceof PlazaError)
    }
  }

  async function tell(batch: readonly Change[], to: Iterable<Reader> = readers): Promise<void> {
    const types = new Map<string, Set<ChangeType>>()
    for (const change of batch) {
      types.set(change.spaceId, (types.get(change.spaceId) ?? new Set()).add(change.type))
    }
    const spaces = await spacesById(parts.store.read, [...types.keys()])
    for (const space of spaces) {
      const seen = types.get(space.id) ?? new Set()
      const isTold = seen.delete('notification')
      const event = { space: space.deleted_at ? null : `${space.owner}/${space.name}`, types: [...seen] }
      for (const { viewer, stream } of to) {
        if (isTold && viewer?.accountId === space.owner_id) void stream.send({}, 'notifications')
        if (seen.size > 0 && may(viewer, 'space.see', guarded(space))) void stream.send(event, 'change')
      }
    }
  }
}
