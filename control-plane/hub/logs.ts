/** Build and run logs as server-sent events, `data: {"data", "timestamp"}` a line, from the first one kept. */
import { Router } from 'express'
import type { Request, Response } from 'express'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Viewer } from '../accounts/permissions.ts'
import { PlazaError } from '../errors.ts'
import type { LogEntry, Logs } from '../spaces/logs.ts'
import { observeSpace, stageNow } from '../spaces/observe.ts'
import type { SpaceRow } from '../spaces/space.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'
import type { EventStream } from './event-stream.ts'
import type { OpenStreams } from './open-streams.ts'

/** How long a reader of the run log waits for the next workload before the rows are looked at again. Milliseconds. */
const nextLook = 1_000

/** How long a reader of the build log waits for the build of a commit that was pushed just now. Milliseconds. */
const queueLimit = 10_000

export function logsRouter(parts: { store: Store; access: Access; streams: OpenStreams; logs: Logs }): Router {
  const { store, access, streams, logs } = parts
  const router = Router()

  router.get('/api/spaces/:owner/:name/logs/build', async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.logs')
    const unbuildable = await problemOf(space)
    await send(request, open(request, response, viewer, space), (signal) =>
      unbuildable ? only(unbuildable) : latestBuildLines(space.id, signal),
    )
  })

  router.get('/api/plaza/spaces/:owner/:name/builds/:number/log', async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.logs')
    const build = await store.read
      .selectFrom('builds')
      .select('number')
      .where('space_id', '=', space.id)
      .where('number', '=', /^\d{1,9}$/.test(request.params['number']) ? Number(request.params['number']) : 0)
      .executeTakeFirst()
    if (!build) throw new PlazaError('not_found', 'There is no such build.', 'Choose one of the list of versions.')
    await send(request, open(request, response, viewer, space), (signal) => buildLines(space.id, build.number, signal))
  })

  router.get('/api/spaces/:owner/:name/logs/run', async (request, response) => {
    const { space, viewer } = await access.space(request, 'space.logs')
    await send(request, open(request, response, viewer, space), (signal) => runLines(space.id, signal))
  })

  return router

  function open(request: Request, response: Response, viewer: Viewer, space: SpaceRow): EventStream {
    return streams.open(request, response, viewer, { spaceId: space.id, permission: 'space.logs' })
  }

  /** A commit that cannot be built has no build, and the log of the one before it would tell of something else. */
  async function problemOf(space: SpaceRow): Promise<LogEntry | undefined> {
    if (!space.target_commit) return undefined
    const commit = await store.read
      .selectFrom('commits')
      .select(['problem', 'pushed_at'])
      .where('space_id', '=', space.id)
      .where('sha', '=', space.target_commit)
      .executeTakeFirst()
    if (!commit?.problem) return undefined
    return { timestamp: commit.pushed_at.toISOString(), data: `${commit.problem.message}\n` }
  }

  /** Whoever asks right after a push asks for its build, which is queued a moment later. */
  async function* latestBuildLines(spaceId: string, signal: AbortSignal): AsyncGenerator<LogEntry> {
    const deadline = Date.now() + queueLimit
    let state = await observeSpace(store.read, spaceId)
    while (state && !signal.aborted && Date.now() < deadline) {
      const { building } = stageNow(state)
      if (building === undefined || state.observed.builds.some((build) => build.sha === building)) break
      await sleep(nextLook / 4, undefined, { signal }).catch(() => {})
      state = await observeSpace(store.read, spaceId)
    }
    const latest = await store.read
      .selectFrom('builds')
      .select('number')
      .where('space_id', '=', spaceId)
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst()
    yield* buildLines(spaceId, latest?.number, signal)
  }

  /** A build that waits has printed nothing: its log begins when it does. */
  async function* buildLines(
    spaceId: string,
    number: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<LogEntry> {
    if (number === undefined) return
    while (!signal.aborted) {
      const build = await store.read
        .selectFrom('builds')
        .select('state')
        .where('space_id', '=', spaceId)
        .where('number', '=', number)
        .executeTakeFirst()
      if (!build) return
      if (build.state !== 'queued') break
      await sleep(nextLook / 4, undefined, { signal }).catch(() => {})
    }
    yield* logs.followBuild(spaceId, number, signal)
  }

  /** The newest run, then each one that follows it. */
  async function* runLines(spaceId: string, signal: AbortSignal): AsyncGenerator<LogEntry> {
    let seen: string | undefined
    while (!signal.aborted) {
      const latest = await store.read
        .selectFrom('workloads')
        .select(['id', 'wanted', 'state'])
        .where('space_id', '=', spaceId)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      if (latest && latest.id !== seen) {
        seen = latest.id
        yield* logs.followRun(spaceId, latest.id, signal)
        continue
      }
      // Nothing runs and nothing is about to: the reader has all there is.
      if (!latest || !latest.wanted || latest.state.kind === 'exited') return
      await sleep(nextLook, undefined, { signal }).catch(() => {})
    }
  }
}

/** `?tail=N` leaves out all but the last N lines of what is there already. */
async function send(
  request: Request,
  stream: EventStream,
  lines: (signal: AbortSignal) => AsyncGenerator<LogEntry>,
): Promise<void> {
  const tailText = request.query['tail']
  const tail = Number.parseInt(typeof tailText === 'string' ? tailText : '', 10)
  let held: LogEntry[] | undefined = Number.isFinite(tail) && tail >= 0 ? [] : undefined
  const release = () => {
    for (const entry of held ?? []) void stream.send(present(entry))
    held = undefined
  }
  // History comes in one go; whatever comes after a pause is new.
  const timer = held ? setTimeout(release, 300) : undefined
  for await (const entry of lines(stream.signal)) {
    if (held) {
      held.push(entry)
      if (held.length > tail) held.shift()
    } else await stream.send(present(entry))
  }
  clearTimeout(timer)
  release()
  stream.end()
}

async function* only(entry: LogEntry): AsyncGenerator<LogEntry> {
  yield entry
}

function present(entry: LogEntry): { data: string; timestamp: string } {
  return { data: entry.data, timestamp: entry.timestamp }
}
