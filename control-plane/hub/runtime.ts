/** What a Space's app does and what it runs on: `/api/spaces/{id}/runtime`, restart, pause, sleeptime, hardware. */
import { Router } from 'express'
import { z } from 'zod'
import { PlazaError } from '../errors.ts'
import { jsonBody } from '../http.ts'
import type { Flavor } from '../scheduling/flavors.ts'
import type { Phase, StageName } from '../spaces/stage.ts'
import { observeSpace, stageNow, type SpaceState } from '../spaces/observe.ts'
import { changeSpace, restartSpace } from '../spaces/space.ts'
import type { Store } from '../store/database.ts'
import type { Access } from './access.ts'
import type { Addresses } from './addresses.ts'
import { readyReplicas } from './runs-on.ts'

/** SpaceRuntime as the clients read it, and beside it what Plaza knows more: `phase`, `commits`. */
export type SpaceRuntime = {
  stage: StageName
  hardware: { current: string | null; requested: string }
  storage: null
  gcTimeout: number | null
  replicas: { requested: number; current: number }
  devMode: boolean
  domains: { domain: string; stage: string }[]
  errorMessage?: string
  sha?: string
  sdk?: string
  phase?: PhaseView
  commits: { repository: string | null; building: string | null; running: string | null }
}

export type PhaseView = { name: Phase['name']; startedAt: string; position?: number; detail?: string }

export function presentRuntime(state: SpaceState, addresses: Addresses): SpaceRuntime {
  const stage = stageNow(state)
  const { space } = state
  const isRunning = stage.running !== undefined
  const sdk = sdkOf(space)
  return {
    stage: stage.name,
    // A static Space needs no hardware, as at the reference.
    hardware: { current: isRunning && sdk !== 'static' ? space.hardware : null, requested: space.hardware },
    storage: null,
    gcTimeout: space.sleep_after < 0 ? null : space.sleep_after,
    replicas: { requested: space.replicas, current: isRunning ? readyReplicas(state) : 0 },
    devMode: false,
    domains: [{ domain: new URL(addresses.origin(space)).host, stage: 'READY' }],
    ...(stage.errorMessage === undefined ? {} : { errorMessage: stage.errorMessage }),
    ...(stage.running === undefined ? {} : { sha: stage.running }),
    ...(sdk ? { sdk } : {}),
    ...(stage.phase ? { phase: presentPhase(stage.phase) } : {}),
    commits: { repository: space.head_commit, building: stage.building ?? null, running: stage.running ?? null },
  }
}

export function presentPhase(phase: Phase): PhaseView {
  return { ...phase, startedAt: phase.startedAt.toISOString() }
}

/** The card decides; before the first push, what was asked for at creation. */
export function sdkOf(space: { card: Record<string, unknown> | null; sdk: string | null }): string | null {
  const sdk = space.card?.['sdk']
  return typeof sdk === 'string' ? sdk : space.sdk
}

/** One kind as the clients read it, and below `plaza` the figures of it. */
export type Hardware = {
  name: string
  prettyName: string
  isDefault: boolean
  cpu: string
  ram: string
  accelerator: { type: 'gpu'; model: string; quantity: string; vram: string; manufacturer: string } | null
  unitCostMicroUSD: 0
  unitCostUSD: 0
  unitLabel: 'hour'
  /** Bytes; `disk` null: as much as the machine has. */
  plaza: { disk: number | null; gpus: number; gpuModel?: string }
}

function presentHardware(flavor: Flavor): Hardware {
  const { gpus, gpuModel } = flavor
  return {
    name: flavor.name,
    prettyName: flavor.prettyName,
    isDefault: flavor.isDefault,
    cpu: `${flavor.cpu} vCPU`,
    ram: `${Math.round(flavor.memory / 1024 ** 3)} GB`,
    accelerator:
      gpus === 0
        ? null
        : { type: 'gpu', model: gpuModel ?? 'GPU', quantity: String(gpus), vram: '', manufacturer: 'NVIDIA' },
    unitCostMicroUSD: 0,
    unitCostUSD: 0,
    unitLabel: 'hour',
    plaza: { disk: flavor.disk ?? null, gpus, ...(gpuModel === undefined ? {} : { gpuModel }) },
  }
}

/** @throws PlazaError bad_request naming what there is. */
export function checkHardware(flavors: readonly Flavor[], name: string): void {
  if (flavors.some((flavor) => flavor.name === name)) return
  const names = flavors.map((flavor) => flavor.name).join(', ')
  throw new PlazaError('bad_request', `There is no hardware named ${name} here.`, `Choose one of: ${names}.`)
}

const sleeptime = z.object({ seconds: z.number() })
const hardware = z.object({ flavor: z.string(), sleepTimeSeconds: z.number().nullish() })

export type RuntimeParts = {
  store: Store
  access: Access
  addresses: Addresses
  flavors: readonly Flavor[]
  /** Resolves when visitors get what the rows say: a client that reads RUNNING opens the app in the next moment. */
  refreshRoute(spaceId: string): Promise<void>
}

export function runtimeRouter(parts: RuntimeParts): Router {
  const { store, access, addresses, flavors } = parts
  const router = Router()
  const at = '/api/spaces/:owner/:name'

  const answer = async (id: string): Promise<SpaceRuntime> => {
    const state = await observeSpace(store.read, id)
    if (!state) throw new PlazaError('repo_not_found', 'Repository not found.')
    return presentRuntime(state, addresses)
  }

  router.get('/api/spaces/hardware', (_request, response) => {
    response.json(flavors.map(presentHardware))
  })

  router.get(`${at}/runtime`, async (request, response) => {
    const { space } = await access.space(request, 'space.see')
    const runtime = await answer(space.id)
    if (runtime.commits.running !== null) await parts.refreshRoute(space.id)
    response.json(runtime)
  })

  router.post(`${at}/restart`, async (request, response) => {
    const { space } = await access.space(request, 'space.restart')
    refuseStatic(space, 'restarted')
    await restartSpace(store, space.id, request.query['factory'] === 'true')
    response.json(await answer(space.id))
  })

  router.post(`${at}/pause`, async (request, response) => {
    const { space } = await access.space(request, 'space.restart')
    refuseStatic(space, 'paused')
    await changeSpace(store, space.id, { paused: true })
    response.json(await answer(space.id))
  })

  router.post(`${at}/sleeptime`, jsonBody(), async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    await changeSpace(store, space.id, { sleepAfter: sleeptime.parse(request.body).seconds })
    response.json(await answer(space.id))
  })

  router.post(`${at}/hardware`, jsonBody(), async (request, response) => {
    const { space } = await access.space(request, 'space.settings')
    const body = hardware.parse(request.body)
    checkHardware(flavors, body.flavor)
    await changeSpace(store, space.id, {
      hardware: body.flavor,
      ...(typeof body.sleepTimeSeconds === 'number' ? { sleepAfter: body.sleepTimeSeconds } : {}),
    })
    response.json(await answer(space.id))
  })

  return router
}

function refuseStatic(space: { card: Record<string, unknown> | null; sdk: string | null }, verb: string): void {
  if (sdkOf(space) !== 'static') return
  throw new PlazaError('bad_request', `A static Space has no process that could be ${verb}.`, 'Push to change it.')
}
