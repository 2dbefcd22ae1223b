/**
 * `GET /api/plaza/events`: which Spaces have just changed, of those that the viewer may see; `notifications` when there
 * is something new to tell their owner. The page then reads again.
 */
import { Router } from 'express'
import { may, type Viewer } from '../accounts/permissions.ts'
import { spacesById } from '../spaces/space.ts'
import { type Change, type Changes, type ChangeType, recentChanges } from '../store/changes.ts'
import type { Store } from '../store/database.ts'
import { type Access, guarded } from './access.ts'
import type { EventStream } from './event-stream.ts'
import type { OpenStreams } from './open-streams.ts'

/** So far back a page may ask for what it did not hear, seconds. */
const longestSince = 120
const mostMissed = 500

/**
 * For those who could see a Space until now, as of one that was deleted: not which one it was. A page that shows one asks
 * whether it is still there.
 */
const gone = { space: null, types: ['space'] }

type Reader = { viewer: Viewer; stream: EventStream }

export function eventsRouter(parts: { store: Store; access: Access; changes: Changes; streams: OpenStreams }): Router {
  const readers = new Set<Reader>()
  const router = Router()

  // One look at the rows a batch, however many read.
  parts.changes.on((batch) => {
    if (readers.size > 0) void tell(batch).catch(() => {})
  })

  router.get('/api/plaza/events', async (request, response) => {
    const viewer = await parts.access.viewer(request)
    const stream = parts.streams.open(request, response, viewer)
    const reader = { viewer, stream }
    readers.add(reader)
    stream.signal.addEventListener('abort', () => readers.delete(reader))
    await stream.send({}, 'hello')
    // What changed while the page was loading, after it had been read and before this was heard.
    const since = Math.min(Number(request.query['since']) || 0, longestSince)
    if (since > 0) await tell(await recentChanges(parts.store, since, mostMissed), [reader]).catch(() => {})
  })
  return router

  async function tell(batch: readonly Change[], to: Iterable<Reader> = readers): Promise<void> {
    const types = new Map<string, Set<ChangeType>>()
    for (const change of batch) {
      types.set(change.spaceId, (types.get(change.spaceId) ?? new Set()).add(change.type))
    }
    const spaces = await spacesById(parts.store.read, [...types.keys()])
    for (const space of spaces) {
      const seen = types.get(space.id) ?? new Set()
      const isTold = seen.delete('notification')
      const isHidden = seen.delete('hidden')
      const event = { space: space.deleted_at ? null : `${space.owner}/${space.name}`, types: [...seen] }
      for (const { viewer, stream } of to) {
        if (isTold && viewer?.accountId === space.owner_id) void stream.send({}, 'notifications')
        if (may(viewer, 'space.see', guarded(space))) {
          if (seen.size > 0) void stream.send(event, 'change')
        } else if (isHidden) void stream.send(gone, 'change')
      }
    }
  }
}
