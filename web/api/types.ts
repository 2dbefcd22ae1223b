/** What the platform's own routes answer. Times are ISO text. */

export type Stage =
  | 'NO_APP_FILE'
  | 'CONFIG_ERROR'
  | 'BUILDING'
  | 'BUILD_ERROR'
  | 'APP_STARTING'
  | 'RUNNING'
  | 'RUNNING_BUILDING'
  | 'RUNNING_APP_STARTING'
  | 'RUNTIME_ERROR'
  | 'SLEEPING'
  | 'STOPPED'
  | 'PAUSED'
  | 'DELETING'

export type PhaseName = 'queued' | 'cloning' | 'resolving' | 'installing' | 'starting' | 'health-checking'

export type Phase = { name: PhaseName; startedAt: string; position?: number; detail?: string }

export type Me = { name: string; fullname: string; email: string | null; role: 'admin' | 'member'; avatarUrl: string | null }

export type Install = {
  name: string
  /** Where people reach the platform, e.g. `http://localhost:8420`. */
  url: string
  spacesDomain: string
  /** Whether people may sign themselves up. */
  signUp: boolean
  /** Whether demo code is kept away from the machine and from other Spaces. */
  isolated: boolean
  /** Nobody but the first administrator is here yet. */
  newInstall: boolean
}

export type Session = { me: Me | null; install: Install }

export type SpaceSummary = {
  /** `owner/name` */
  id: string
  owner: string
  name: string
  /** First label of the Space's own host name. */
  slug: string
  url: string
  host: string
  title: string
  emoji: string | null
  colorFrom: string | null
  colorTo: string | null
  shortDescription: string | null
  sdk: string | null
  hardware: string | null
  visibility: 'public' | 'private'
  stage: Stage
  phase?: Phase | null
  errorMessage?: string | null
  createdAt: string
  updatedAt: string
  tags: string[]
}

export type SpaceList = {
  spaces: SpaceSummary[]
  total: number
  running: number
  counts: { sdk: Record<string, number> }
  next?: string | null
}

export type SpaceDetail = SpaceSummary & {
  /** The README's front matter as it was read. */
  card?: Record<string, unknown> | null
  commits: { repository: string | null; building: string | null; running: string | null }
  /** Seconds without a visitor; -1 never. */
  sleepAfter: number
  activeAt: string
  readySince?: string | null
  lastStartSeconds?: number | null
  may: { push: boolean; settings: boolean; restart: boolean; delete: boolean; logs: boolean }
  problem?: string | null
  driver: { kind: string; isolated: boolean }
  port: number | null
}

export type PhaseRecord = { phase: PhaseName; startedAt: string; endedAt?: string | null }

export type Build = {
  id: string
  number: number
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  phases: PhaseRecord[]
  error?: { phase: PhaseName; message: string } | string | null
  startedAt?: string | null
  endedAt?: string | null
  seconds?: number | null
}

export type Version = {
  sha: string
  title: string
  author: string
  pushedAt: string
  build?: Build | null
  serving: boolean
  target: boolean
}

export type Token = {
  id: string
  name: string
  role: 'read' | 'write' | 'fineGrained'
  ending: string
  createdAt: string
  lastUsedAt: string | null
}

export type Variable = { value: string; description?: string; updatedAt: string }
export type Secret = { description?: string; updatedAt?: string }

export type Finding = { what: string; ok: boolean; detail: string; remedy?: string }
export type Pool = { name: string; cpu: number; memory: number; gpus: number; usedMemory: number }

export type Admin = {
  findings: Finding[]
  pools: Pool[]
  builder: string | { kind: string }
  runtime: string | { kind: string; isolated?: boolean }
  running: (string | { space: string; sha?: string; state?: string })[]
}
