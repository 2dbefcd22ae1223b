/** Event streams stay open for hours: each ends by itself once its reader may not have it any more. */
import type { Request, Response } from 'express'
import { may, type Permission, type Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import { spacesById } from '../spaces/space.ts'
import type { Changes } from '../store/changes.ts'
import type { Store } from '../store/database.ts'
import { type Access, guarded } from './access.ts'
import { type EventStream, openEventStream } from './event-stream.ts'

/** Milliseconds: who was disabled or signed out elsewhere, or whose token was revoked, hears nothing more after so long. */
const askAgainEvery = 5_000

/** What a stream tells of, and what its reader had to be allowed to open it. */
export type About = { spaceId: string; permission: Permission }

export type OpenStreams = {
  /**
   * Opens the stream of a request that has been allowed. It ends when its Space is deleted or not there for this reader
   * any more, and within seconds when the request would speak for somebody else by now, or for another role.
   * @param about undefined where it tells of whatever its reader may see.
   */
  open(request: Request, response: Response, viewer: Viewer, about?: About): EventStream
}

type Open = { request: Request; viewer: Viewer; about: About | undefined; stream: EventStream }

export function openStreams(parts: { store: Store; access: Pick<Access, 'viewer'>; changes: Changes }): OpenStreams {
  const all = new Set<Open>()
  let timer: NodeJS.Timeout | undefined
  let isLooking = false

  parts.changes.on((batch) => {
    const changed = new Set(batch.flatMap(({ type, spaceId }) => (type === 'space' ? [spaceId] : [])))
    const concerned = [...all].filter(({ about }) => about && changed.has(about.spaceId))
    // Where the store is away, the look at everything comes to it.
    endHidden(concerned).catch(() => {})
  })

  return {
    open(request, response, viewer, about) {
      const stream = openEventStream(response)
      const one = { request, viewer, about, stream }
      if (stream.signal.aborted) return stream
      all.add(one)
      timer ??= setInterval(look, askAgainEvery)
      stream.signal.addEventListener('abort', () => {
        all.delete(one)
        if (all.size > 0) return
        clearInterval(timer)
        timer = undefined
      })
      return stream
    },
  }

  function look(): void {
    if (isLooking) return
    isLooking = true
    Promise.all([endHidden([...all]), endOthers([...all])])
      // The store is away: nobody's permission has changed by it.
      .catch(() => {})
      .finally(() => (isLooking = false))
  }

  /** Those whose Space their reader may not have any more: one question for all of them. */
  async function endHidden(open: readonly Open[]): Promise<void> {
    const ids = new Set(open.flatMap(({ about }) => (about ? [about.spaceId] : [])))
    const spaces = new Map((await spacesById(parts.store.read, [...ids])).map((space) => [space.id, space]))
    for (const { viewer, about, stream } of open) {
      if (!about) continue
      const space = spaces.get(about.spaceId)
      if (!space || space.deleted_at || !may(viewer, about.permission, guarded(space))) stream.end()
    }
  }

  /** Those of people who are not who they were: one question for each session or token, however many streams it has. */
  async function endOthers(open: readonly Open[]): Promise<void> {
    const known = new Map<string, Viewer>()
    for (const { request, viewer, stream } of open) {
      if (!viewer) continue
      const credentials = JSON.stringify([request.headers.authorization, request.headers.cookie])
      if (!known.has(credentials)) known.set(credentials, await viewerNow(request))
      const now = known.get(credentials)
      const isSame = now?.accountId === viewer.accountId && now.role === viewer.role
      if (!isSame) stream.end()
    }
  }

  async function viewerNow(request: Request): Promise<Viewer> {
    try {
      return await parts.access.viewer(request)
    } catch (error) {
      // A token that is refused speaks for nobody.
      if (error instanceof PlazaError) return undefined
      throw error
    }
  }
}
