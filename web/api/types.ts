/** What the platform answers: the server's own types, so that the two cannot drift apart. Times are ISO text. */
import type { AdminReport } from '../../control-plane/hub/admin.ts'
import type { AdminBuild, AdminBuilds } from '../../control-plane/hub/admin-builds.ts'
import type { AdminFindings } from '../../control-plane/hub/admin-findings.ts'
import type { AdminInstance, AdminInstances } from '../../control-plane/hub/admin-instances.ts'
import type { AdminSettings } from '../../control-plane/hub/admin-settings.ts'
import type { AdminSpace, AdminSpaces, SpaceSizes } from '../../control-plane/hub/admin-spaces.ts'
import type { AdminUser, AdminUsers, SignInLink } from '../../control-plane/hub/admin-users.ts'
import type { DuplicateOffer } from '../../control-plane/hub/duplicate.ts'
import type { Endpoint } from '../../control-plane/hub/endpoints.ts'
import type { NotificationList, NotificationView } from '../../control-plane/hub/notifications.ts'
import type { OwnAccount } from '../../control-plane/hub/account.ts'
import type { Overview } from '../../control-plane/hub/people.ts'
import type { SignedInDevice } from '../../control-plane/hub/sessions.ts'
import type { FacetValues, SpaceDetail, SpaceList, SpaceSummary } from '../../control-plane/hub/gallery.ts'
import type { BuildSteps, Version } from '../../control-plane/hub/versions.ts'
import type { Hardware } from '../../control-plane/hub/runtime.ts'
import type { Metrics } from '../../control-plane/hub/metrics.ts'
import type { CardForm, StorageUse } from '../../control-plane/hub/settings.ts'
import type { SecretMap, VariableMap } from '../../control-plane/hub/variables.ts'
import type { Install, Me } from '../../control-plane/hub/whoami.ts'
import type { SettingName } from '../../control-plane/setting.ts'
import type { PhaseName, StageName } from '../../control-plane/spaces/stage.ts'

export type {
  AdminBuild,
  AdminBuilds,
  AdminFindings,
  AdminInstance,
  AdminInstances,
  AdminReport,
  AdminSettings,
  AdminSpace,
  AdminSpaces,
  AdminUser,
  AdminUsers,
  BuildSteps,
  CardForm,
  DuplicateOffer,
  Endpoint,
  FacetValues,
  Hardware,
  Install,
  Me,
  Metrics,
  NotificationList,
  NotificationView,
  Overview,
  OwnAccount,
  PhaseName,
  SecretMap,
  SettingName,
  SignedInDevice,
  SignInLink,
  SpaceDetail,
  SpaceList,
  SpaceSizes,
  SpaceSummary,
  StorageUse,
  VariableMap,
  Version,
}

export type Stage = StageName
export type Counts = NonNullable<SpaceList['counts']>
export type Phase = NonNullable<SpaceSummary['phase']>
export type Build = NonNullable<Version['build']>
export type BuildStep = BuildSteps['steps'][number]
export type RunsOn = NonNullable<SpaceDetail['runsOn']>
export type Finding = AdminFindings['findings'][number]
export type Setting = AdminSettings['settings'][number]
export type Pool = AdminReport['pools'][number]

/** `me` is null when nobody is signed in. */
export type Session = { me: Me | null; install: Install }

export type Token = {
  id: string
  name: string
  role: 'read' | 'write' | 'fineGrained'
  /** Its last four characters. */
  ending: string
  createdAt: string
  lastUsedAt: string | null
}
