/** What a Space's app runs on: the driver, which limits hold there, its replicas, and what sleep has left of it (pure). */
import type { Runtime } from '../../runtime/runtime.ts'
import type { Flavor } from '../scheduling/flavors.ts'
import type { SpaceState } from '../spaces/observe.ts'

export type Driver = Pick<Runtime, 'kind' | 'isolated' | 'mostReplicas' | 'holds'>

export type RunsOn = {
  driver: Runtime['kind']
  isolated: boolean
  /** Cores and bytes; `disk` is null where it may fill the machine's. */
  limits: { cpu: number; memory: number; disk: number | null }
  gpus: number
  gpuModel?: string
  /** Which limits hold on this machine: the others are only what was asked for. */
  holds: Runtime['holds']
  replicas: { ready: number; wanted: number; most: number }
  /** Only while it sleeps with its processes standing still: bytes that they keep. */
  frozen?: { memory: number }
}

/** How many of what visitors get answer now; a static Space answers without a process. */
export function readyReplicas({ observed }: SpaceState): number {
  const serving = observed.workloads.find((one) => one.id === observed.route?.workloadId)
  return serving?.state.kind === 'ready' ? Math.max(1, serving.state.addresses.length) : 0
}

export function presentRunsOn(state: SpaceState, driver: Driver, flavor: Flavor): RunsOn {
  const frozen = state.observed.workloads.find((one) => one.wanted && one.state.kind === 'frozen')?.state
  return {
    driver: driver.kind,
    isolated: driver.isolated,
    limits: { cpu: flavor.cpu, memory: flavor.memory, disk: flavor.disk ?? null },
    gpus: flavor.gpus,
    ...(flavor.gpuModel === undefined ? {} : { gpuModel: flavor.gpuModel }),
    holds: driver.holds,
    replicas: {
      ready: readyReplicas(state),
      // A Space may have been given more by an install that could run more.
      wanted: Math.min(state.space.replicas, driver.mostReplicas),
      most: driver.mostReplicas,
    },
    ...(frozen?.kind === 'frozen' ? { frozen: { memory: frozen.memory } } : {}),
  }
}
