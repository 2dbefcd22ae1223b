/** `GET /api/plaza/events`: which Spaces have just changed, of those that the viewer may see. The page then reads them again. */
import { Router } from 'express'
import { may, type Viewer } from '../accounts/permissions.ts'
import { spacesById } from '../spaces/space.ts'
import { type Change, type Changes, type ChangeType, recentChanges } from '../store/changes.ts'
import type { Store } from '../store/database.ts'
import { type Access, guarded } from './access.ts'
import { openEventStream, type EventStream } from './event-stream.ts'

const heartbeat = 15_000
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
    const timer = setInterval(() => stream.beat(), heartbeat)
    stream.signal.addEventListener('abort', () => {
      clearInterval(timer)
      readers.delete(reader)
    })
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
      const event = {
        space: space.deleted_at ? null : `${space.owner}/${space.name}`,
        types: [...(types.get(space.id) ?? [])],
      }
      for (const { viewer, stream } of to) {
        if (may(viewer, 'space.see', guarded(space))) void stream.send(event, 'change')
      }
    }
  }
}
