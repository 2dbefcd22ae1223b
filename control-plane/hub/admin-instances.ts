/** `GET /api/plaza/admin/instances`: every run of a version that is on a machine now, and what it uses. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Router } from 'express'
import type { Pool, Runtime, Usage } from '../../runtime/runtime.ts'
import { type Flavor, flavorOf } from '../scheduling/flavors.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'

export type AdminInstance = {
  /** The workload's id. */
  id: string
  space: string
  visibility: 'public' | 'private'
  sha: string
  hardware: string
  state: 'pending' | 'starting' | 'ready' | 'frozen'
  /** False: a newer version has taken its place and it is ending. */
  wanted: boolean
  startedAt: string
  readyAt: string | null
  port: number | null
  pid: number | null
  processes: number | null
  /** Bytes. */
  memory: number | null
  memoryLimit: number
  /** Cores that it keeps busy now. */
  cpu: number | null
  cpuLimit: number
}

export type AdminInstances = {
  /** What runs them: `local`. */
  driver: string
  pools: readonly Pool[]
  instances: AdminInstance[]
  /** Static Spaces that are served from their files, with no process. */
  staticSpaces: number
}

export type AdminInstancesParts = {
  store: Store
  access: Access
  runtime: Pick<Runtime, 'kind' | 'pools' | 'usage'>
  flavors: readonly Flavor[]
}

/** Milliseconds between two looks where there is no earlier one to measure the processor's use by. */
const firstSpan = 250
/** Milliseconds after which an earlier look says nothing about now. */
const looksStay = 15_000

type Look = { at: number; usage: Usage }

export function adminInstancesRouter(parts: AdminInstancesParts): Router {
  const { store, access, runtime, flavors } = parts
  const router = Router()
  let before = new Map<string, Look>()

  router.get('/api/plaza/admin/instances', async (request, response) => {
    await access.person(request, 'admin')
    const [rows, statics, pools] = await Promise.all([
      runningRows(store),
      store.read
        .selectFrom('routes')
        .select((eb) => eb.fn.countAll<string>().as('n'))
        .where('kind', '=', 'static')
        .executeTakeFirst(),
      runtime.pools(),
    ])
    const ids = rows.map((row) => row.id)
    const earlier = new Map([...before].filter(([, look]) => performance.now() - look.at < looksStay))
    const isNew = ids.some((id) => !earlier.has(id))
    if (isNew) {
      for (const [id, look] of await looks(ids)) if (!earlier.has(id)) earlier.set(id, look)
      await sleep(firstSpan)
    }
    const now = await looks(ids)
    before = now
    const answer: AdminInstances = {
      driver: runtime.kind,
      pools,
      staticSpaces: Number(statics?.n ?? 0),
      instances: rows.map((row) => {
        const look = now.get(row.id)
        const flavor = flavorOf(flavors, row.hardware)
        return {
          id: row.id,
          space: `${row.owner}/${row.name}`,
          visibility: row.visibility,
          sha: row.sha,
          hardware: row.hardware,
          state: row.kind,
          wanted: row.wanted,
          startedAt: row.created_at.toISOString(),
          readyAt: row.ready_at?.toISOString() ?? null,
          port: row.port,
          pid: look?.usage.pid ?? null,
          processes: look?.usage.processes ?? null,
          memory: look?.usage.memory ?? null,
          memoryLimit: flavor.memory,
          cpu: busyCores(earlier.get(row.id), look),
          cpuLimit: flavor.cpu,
        }
      }),
    }
    response.json(answer)
  })

  return router

  async function looks(ids: readonly string[]): Promise<Map<string, Look>> {
    const found = await Promise.all(
      ids.map(async (id) => ({ id, at: performance.now(), usage: await runtime.usage(id).catch(() => undefined) })),
    )
    return new Map(found.flatMap(({ id, at, usage }) => (usage ? [[id, { at, usage }]] : [])))
  }
}

/** Between two looks at the same run (pure). */
export function busyCores(before: Look | undefined, now: Look | undefined): number | null {
  if (!before || !now || now.at <= before.at) return null
  return Math.max(0, now.usage.cpuSeconds - before.usage.cpuSeconds) / ((now.at - before.at) / 1000)
}

async function runningRows(store: Store) {
  const rows = await store.read
    .selectFrom('workloads')
    .innerJoin('spaces', 'spaces.id', 'workloads.space_id')
    .innerJoin('accounts', 'accounts.id', 'spaces.owner_id')
    .select([
      'workloads.id',
      'workloads.sha',
      'workloads.state',
      'workloads.wanted',
      'workloads.created_at',
      'workloads.ready_at',
      'spaces.name',
      'spaces.visibility',
      'spaces.hardware',
      'accounts.name as owner',
    ])
    .where('workloads.ended_at', 'is', null)
    .orderBy('workloads.created_at')
    .orderBy('workloads.id')
    .execute()
  return rows.flatMap(({ state, ...row }) => {
    if (state.kind === 'exited' || state.kind === 'gone') return []
    // A static Space's run is no process.
    if (state.kind === 'ready' && state.addresses.length === 0) return []
    const port = state.kind === 'ready' ? (state.addresses[0]?.port ?? null) : null
    return [{ ...row, kind: state.kind, port }]
  })
}
