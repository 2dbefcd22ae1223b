/** Every table as a type. A column is added here and in the next migration. */
import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { BuildPhase, BuildStep, Image } from '../../builder/builder.ts'
import type { BuildPlan } from '../../builder/plan.ts'
import type { Address, InstanceState } from '../../runtime/runtime.ts'

/** `timestamptz`; comes back as Date. */
type Time = ColumnType<Date, Date | string, Date | string>
type TimeOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
type Created = ColumnType<Date, Date | string | undefined, never>
type Json<T> = JSONColumnType<T & object>
type JsonOrNull<T> = ColumnType<T | null, string | null | undefined, string | null>

/** People and, later, organisations: whatever a Space can belong to. Sign-in reads and writes the same rows. */
export type AccountTable = {
  id: string
  kind: Generated<'user' | 'organization'>
  /** As its owner writes it; `name_key` is the same in lower case and unique. */
  name: string
  name_key: string
  fullname: string
  email: string | null
  email_verified: Generated<boolean>
  avatar: string | null
  /** A sentence or two about themselves. */
  bio: Generated<string>
  role: Generated<'admin' | 'member'>
  plan: Generated<string>
  /** An administrator has shut it: no way in works while this is set. */
  disabled_at: TimeOrNull
  created_at: Created
  updated_at: Generated<Date>
}

export type SessionTable = {
  id: string
  token: string
  account_id: string
  expires_at: Date
  ip_address: string | null
  user_agent: string | null
  created_at: Created
  updated_at: Generated<Date>
  /** To the minute. */
  last_used_at: Generated<Date>
}

/** How an account signs in: a password's hash, later a company's identity provider. */
export type CredentialTable = {
  id: string
  account_id: string
  provider: string
  subject: string
  password_hash: string | null
  access_token: string | null
  refresh_token: string | null
  id_token: string | null
  access_token_expires_at: Date | null
  refresh_token_expires_at: Date | null
  scope: string | null
  created_at: Created
  updated_at: Generated<Date>
}

/** Short-lived one-time values (sign-in links, mail confirmations). */
export type VerificationTable = {
  id: string
  identifier: string
  value: string
  expires_at: Date
  created_at: Created
  updated_at: Generated<Date>
}

export type TokenTable = {
  id: string
  account_id: string
  name: string
  role: 'read' | 'write' | 'fineGrained'
  /** sha256 of the whole token, hex. The token itself is shown once and kept nowhere. */
  hash: string
  /** Its last four characters, so that people tell theirs apart. */
  ending: string
  created_at: Created
  last_used_at: TimeOrNull
  revoked_at: TimeOrNull
}

/** What the card says of a Space, as far as lists and pages show it (spaces/card.ts makes it). */
export type CardColumn = Record<string, unknown>

export type SpaceTable = {
  id: string
  owner_id: string
  name: string
  name_key: string
  /** The first label of its own host name; unique, never changes but by a rename. */
  slug: string
  /** Its own loopback address (127.x.y.z) on an install that people reach at localhost. */
  address: string | null
  visibility: Generated<'public' | 'private'>
  /** What was asked for at creation; the card decides. */
  sdk: string | null
  hardware: Generated<string>
  /** Desired: how many of it run side by side. */
  replicas: Generated<number>
  /** Seconds without a request; -1 never. */
  sleep_after: Generated<number>
  /** Desired: what should run. Set by a push to main and by a roll back. */
  target_commit: string | null
  /** The repository's own newest commit on main. */
  head_commit: string | null
  /** Counts whatever asks for a new start of the same image: restart, variables, secrets, hardware. */
  revision: Generated<number>
  /** Counts demands to build again although nothing changed (factory rebuild). */
  rebuild: Generated<number>
  paused_at: TimeOrNull
  deleted_at: TimeOrNull
  /** Last request or message of a visitor, or the demand to wake. */
  active_at: Generated<Date>
  /** Of the head commit, for lists. */
  card: JsonOrNull<CardColumn>
  created_at: Created
  /** Last push or change of settings. */
  updated_at: Generated<Date>
  /** Observed: what `lifecycle.stage` said when the reconciler last looked. For lists; a page asks `stage` itself. */
  stage: Generated<string>
  likes: Generated<number>
  /** Its heat, of community/ranking.ts. */
  trending: Generated<number>
  /** An administrator has put it at the head of the gallery. */
  featured_at: TimeOrNull
  featured_by: ColumnType<string | null, string | null | undefined, string | null>
  /** The address that its first commits came from (spaces/imports.ts). */
  imported_from: ColumnType<string | null, string | null | undefined, string | null>
  /** The next five are filled by a trigger from card, name and owner (002-community.ts). */
  sdk_shown: ColumnType<string, never, never>
  hardware_shown: ColumnType<string, never, never>
  tags: ColumnType<string[], never, never>
  models: ColumnType<string[], never, never>
  search: ColumnType<string, never, never>
}

export type LikeTable = {
  account_id: string
  space_id: string
  created_at: Created
}

/** A commit that was pushed to main (or made on the page): something that can be built, run and gone back to. */
export type CommitTable = {
  space_id: string
  sha: string
  title: string
  author: string
  /** Who pushed it. */
  account_id: string | null
  authored_at: Time
  pushed_at: Created
  /** What to do with it, or why nothing can be done; one of the two is set. */
  plan: JsonOrNull<BuildPlan>
  problem: JsonOrNull<CommitProblem>
  /** The drivers that plan and problem are for, `local` or `docker`: others may see it differently. */
  planned_for: Generated<string>
  card: JsonOrNull<CardColumn>
}

export type CommitProblem = { stage: 'CONFIG_ERROR' | 'NO_APP_FILE'; message: string }

export type PhaseRecord = { phase: BuildPhase | 'queued'; startedAt: string; endedAt?: string }

export type BuildTable = {
  id: string
  space_id: string
  /** Counts per Space from 1. */
  number: number
  sha: string
  rebuild: number
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  /** In order; the last one without `endedAt` is the present one. */
  phases: Json<PhaseRecord[]>
  /** Of an image's build, as they stood last. */
  steps: ColumnType<BuildStep[], string | undefined, string>
  image: JsonOrNull<Image>
  error: JsonOrNull<{ phase: BuildPhase; message: string }>
  attempts: Generated<number>
  created_at: Created
  started_at: TimeOrNull
  ended_at: TimeOrNull
}

/** One version of a Space that runs, ran or should run. */
export type WorkloadTable = {
  id: string
  space_id: string
  build_id: string
  sha: string
  /** The Space's revision that it was made for. */
  revision: number
  /** Desired: false once it has been replaced, put to sleep or stopped. */
  wanted: Generated<boolean>
  /** Observed, as the runtime told it last. */
  state: Json<WorkloadState>
  created_at: Created
  ready_at: TimeOrNull
  ended_at: TimeOrNull
}

/** InstanceState as it lies in the store: times as ISO text. */
export type WorkloadState = Stored<InstanceState>
type Stored<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Stored<T[K]> } : T

/** Where requests to a Space go now. No row: nowhere, the proxy wakes it or says why not. */
export type RouteTable = {
  space_id: string
  kind: 'address' | 'static'
  workload_id: string | null
  /** One a replica that answers; requests of one visitor go to one of them. */
  addresses: JsonOrNull<Address[]>
  /** Absolute folder of a static Space. */
  root: string | null
  sha: string
  updated_at: Generated<Date>
}

export type VariableTable = {
  space_id: string
  key: string
  value: string
  description: string
  updated_at: Generated<Date>
}

export type SecretTable = {
  space_id: string
  key: string
  /** Sealed with the install's key (spaces/secrets.ts). */
  sealed: Buffer
  description: string
  updated_at: Generated<Date>
}

/** The last picture that was taken of a Space, or why there is none (pictures/pictures.ts). */
export type PictureTable = {
  space_id: string
  /** What was running then: the same version after a sleep needs no new picture. */
  version: string
  outcome: PictureOutcome
  /** sha256 of each size, hex; null: there is none that can be shown. */
  small: string | null
  large: string | null
  /** The same for whoever prefers the dark; null: it looks no different. */
  dark_small: string | null
  dark_large: string | null
  attempts: number
  taken_at: Time
  /** To be tried again from then on. */
  retry_at: TimeOrNull
}

/** The picture that stands beside links to a Space (pictures/previews.ts). */
export type PreviewTable = {
  space_id: string
  /** What it looked like: its words, colours and picture. */
  key: string
  /** sha256 of the JPEG, hex. */
  digest: string
}

/** `trouble`: the camera's own. */
export type PictureOutcome = 'good' | 'blank' | 'error' | 'loading' | 'left' | 'dialog' | 'trouble'

/** What the owner of a Space is told of: one row a failed build, and one for the crashes of a version. */
export type NotificationTable = {
  id: string
  account_id: string
  space_id: string
  kind: NotificationKind
  build_id: string
  message: string
  at: Time
  read_at: TimeOrNull
}

export type NotificationKind = 'build-failed' | 'crashed'

/** A name that a Space had before it was renamed. */
export type RedirectTable = {
  owner_id: string
  name_key: string
  space_id: string
  /** The host name that went with it, below the Spaces' domain. */
  slug: string | null
  created_at: Created
}

/** The outbox: an event is visible if and only if the transaction that wrote it is (store/changes.ts). */
export type ChangeTable = {
  id: Generated<string>
  type: string
  space_id: string
  at: Created
}

export type Database = {
  accounts: AccountTable
  sessions: SessionTable
  credentials: CredentialTable
  verifications: VerificationTable
  tokens: TokenTable
  spaces: SpaceTable
  likes: LikeTable
  commits: CommitTable
  builds: BuildTable
  workloads: WorkloadTable
  routes: RouteTable
  variables: VariableTable
  secrets: SecretTable
  pictures: PictureTable
  previews: PreviewTable
  redirects: RedirectTable
  notifications: NotificationTable
  changes: ChangeTable
}
