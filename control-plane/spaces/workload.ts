/** A built version of a Space + its settings + its hardware → what the runtime should keep running (pure). */
import type { Image } from '../../builder/builder.ts'
import type { BuildPlan } from '../../builder/plan.ts'
import type { Workload } from '../../runtime/runtime.ts'
import type { Flavor } from '../scheduling/flavors.ts'

/** Threads count too: a data-science app easily has a hundred. */
const processes = 1024
const defaultStartupTimeout = 1800

export type WorkloadWish = {
  id: string
  space: { id: string; owner: string; ownerId: string; name: string }
  /** `owner-name.spaces.example.org[:port]`. */
  host: string
  image: Image
  plan: Exclude<BuildPlan, { kind: 'static' }>
  card: { title?: unknown; startupTimeout?: unknown }
  flavor: Flavor
  replicas: number
  /** Variables and secrets of the owner. */
  settings: Readonly<Record<string, string>>
}

export function workloadOf(wish: WorkloadWish): Workload {
  const { space, flavor, plan } = wish
  const timeout = wish.card.startupTimeout
  return {
    id: wish.id,
    spaceId: space.id,
    image: wish.image,
    command: plan.kind === 'python' ? plan.command : [],
    replicas: wish.replicas,
    port: plan.port,
    env: {
      // What an owner may well set differently.
      GRADIO_SERVER_NAME: '{host}',
      GRADIO_SERVER_PORT: '{port}',
      GRADIO_ANALYTICS_ENABLED: 'False',
      PORT: '{port}',
      PYTHONUNBUFFERED: '1',
      ...wish.settings,
      // What an app may rely on.
      SYSTEM: 'spaces',
      SPACE_ID: `${space.owner}/${space.name}`,
      SPACE_HOST: wish.host,
      SPACE_AUTHOR_NAME: space.owner,
      SPACE_REPO_NAME: space.name,
      SPACE_TITLE: typeof wish.card.title === 'string' ? wish.card.title : space.name,
      SPACE_CREATOR_USER_ID: space.ownerId,
      ACCELERATOR: flavor.gpus > 0 ? flavor.name : 'none',
      CPU_CORES: String(flavor.cpu),
      MEMORY: `${Math.floor(flavor.memory / 1024 ** 3)}Gi`,
    },
    limits: {
      cpu: flavor.cpu,
      memory: flavor.memory,
      processes,
      ...(flavor.disk === undefined ? {} : { disk: flavor.disk }),
      ...(flavor.gpus > 0 ? { gpus: flavor.gpus } : {}),
    },
    startupTimeout: typeof timeout === 'number' ? timeout : defaultStartupTimeout,
  }
}
