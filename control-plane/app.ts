/** The platform's HTTP: every router with the parts that it needs, in the order in which they are asked. */
import { may, type Viewer } from './accounts/permissions.ts'
import { examine } from './doctor.ts'
import { createApp } from './http.ts'
import { openAccess } from './hub/access.ts'
import { accountRouter } from './hub/account.ts'
import { adminRouter } from './hub/admin.ts'
import { commitAuthor, commitRouter } from './hub/commit.ts'
import { duplicateRouter } from './hub/duplicate.ts'
import { endpointsRouter } from './hub/endpoints.ts'
import { eventsRouter } from './hub/events.ts'
import { filesRouter } from './hub/files.ts'
import { galleryRouter } from './hub/gallery.ts'
import { importsRouter } from './hub/imports.ts'
import { likesRouter } from './hub/likes.ts'
import { logsRouter } from './hub/logs.ts'
import { metricsRouter } from './hub/metrics.ts'
import { notificationsRouter } from './hub/notifications.ts'
import { openStreams } from './hub/open-streams.ts'
import { pageRouter } from './hub/page.ts'
import { peopleRouter } from './hub/people.ts'
import { type PicturesParts, picturesRouter } from './hub/pictures.ts'
import { readings } from './hub/reading.ts'
import { reposRouter } from './hub/repos.ts'
import { resolveRouter } from './hub/resolve.ts'
import { runtimeRouter } from './hub/runtime.ts'
import { sessionsRouter } from './hub/sessions.ts'
import { redirectRouter, settingsRouter, sizeOf } from './hub/settings.ts'
import { signInRoutes } from './hub/sign-in.ts'
import { spacesRouter } from './hub/spaces.ts'
import { Templates, templatesRouter } from './hub/templates.ts'
import { tokenRoutes } from './hub/tokens.ts'
import { treeRouter } from './hub/tree.ts'
import { variablesRouter } from './hub/variables.ts'
import { versionsRouter } from './hub/versions.ts'
import { whoamiRoutes } from './hub/whoami.ts'
import { planAgain, type PushParts, recordPush } from './repositories/push.ts'
import { gitRouter } from './repositories/smart-http.ts'
import { filesAt, resolveRevision } from './repositories/tree.ts'
import { findSpace } from './spaces/space.ts'
import type { Store } from './store/database.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { Config } from './config.ts'
import type { Addresses } from './hub/addresses.ts'
import type { Machine } from './machine.ts'
import type { Surroundings } from './main.ts'
import type { Previews } from './pictures/previews.ts'
import type { Proxy } from './proxy/proxy.ts'
import type { Repositories } from './repositories/repository.ts'
import type { Flavor } from './scheduling/flavors.ts'
import type { BuildQueue } from './spaces/builds.ts'
import type { Imports } from './spaces/imports.ts'
import type { Logs } from './spaces/logs.ts'
import type { Changes } from './store/changes.ts'

export type AppParts = {
  config: Config
  surroundings: Surroundings
  store: Store
  accounts: Accounts
  changes: Changes
  machine: Machine
  flavors: readonly Flavor[]
  /** What the settings ask for and this install does not do, a sentence each. */
  warnings: readonly string[]
  repositories: Repositories
  logs: Logs
  addresses: Addresses
  secretsKey: Buffer
  builds: BuildQueue
  parallelBuilds: number
  proxy: Proxy
  previews: Previews
  pictureParts: Omit<PicturesParts, 'access'>
  pushes: PushParts
  imports: Imports
}

export function openApp(parts: AppParts) {
  const { config, surroundings, store, accounts, changes, machine, flavors, repositories, logs, addresses } = parts
  const { secretsKey, builds, parallelBuilds, proxy, previews, pictureParts, pushes, imports } = parts
  const { builder, runtime } = machine
  const { log } = surroundings
  const access = openAccess({ store, accounts })
  const streams = openStreams({ store, access, changes })
  const templates = new Templates(surroundings.templatesFolder, async (files) => await pushes.describe(files))
  const creation = {
    store,
    access,
    addresses,
    flavors,
    secretsKey,
    loopbackAddresses: config.loopbackAddresses,
    pushes,
    templates,
    authorOf: (viewer: Viewer) => commitAuthor(viewer, addresses.platform.hostname),
  }
  return createApp({
    log,
    frames: `${config.url.protocol}//*.${config.spacesDomain}${config.url.port ? `:${config.url.port}` : ''}`,
    routers: [
      redirectRouter({ store, accounts }),
      gitRouter({
        repositories,
        find: async (owner, name) => {
          const space = await findSpace(store.read, owner, name)
          return space && { ...space, ownerId: space.owner_id }
        },
        viewerOfBasic: accounts.viewerOfBasic,
        may,
        pushed: async (spaceId, viewer) => void (await recordPush(pushes, spaceId, viewer)),
        watchUrl: addresses.page,
        report: (message, error) => log.warn({ err: error }, message),
      }),
      signInRoutes({ accounts }),
      whoamiRoutes({
        accounts,
        install: async () => ({
          name: 'Plaza',
          url: config.url.origin,
          spacesDomain: config.spacesDomain,
          signUp: accounts.signUpOpen,
          isolated: runtime.isolated,
          containers: builder.containers,
          newInstall: await isNew(store),
        }),
      }),
      tokenRoutes({ accounts, store }),
      templatesRouter({ templates }),
      reposRouter(creation),
      importsRouter({ ...creation, imports }),
      runtimeRouter({
        store,
        access,
        addresses,
        flavors,
        refreshRoute: async (spaceId) => await proxy.refresh(spaceId),
      }),
      variablesRouter({ store, access, secretsKey }),
      endpointsRouter({ store, access }),
      settingsRouter({ store, access, addresses, pushes, runtime }),
      duplicateRouter({
        store,
        access,
        addresses,
        flavors,
        secretsKey,
        loopbackAddresses: config.loopbackAddresses,
        pushes,
      }),
      metricsRouter({
        store,
        access,
        streams,
        runtime,
        flavors,
        occupancy: (spaceId) => proxy.occupancy(spaceId),
      }),
      logsRouter({ store, access, streams, logs }),
      spacesRouter({
        store,
        access,
        addresses,
        files: async (spaceId, sha) =>
          [...(await filesAt(repositories, spaceId, sha)).paths].map(([name, file]) => ({ path: name, ...file })),
        resolve: async (spaceId, revision) => await resolveRevision(repositories, spaceId, revision),
        sign: (spaceId, accountId) => proxy.sign(spaceId, accountId),
      }),
      galleryRouter({
        store,
        access,
        addresses,
        builds,
        driver: runtime,
        flavors,
        planAgain: async (spaceId, sha) => await planAgain(pushes, spaceId, sha),
      }),
      versionsRouter({ store, access }),
      likesRouter({ store, access, addresses }),
      peopleRouter({ store, access }),
      accountRouter({ store, access, accounts }),
      sessionsRouter({ store, access }),
      notificationsRouter({ store, access }),
      picturesRouter({ ...pictureParts, access }),
      eventsRouter({ store, access, changes, streams }),
      adminRouter({
        store,
        access,
        builder,
        runtime,
        builds,
        parallelBuilds,
        flavors,
        url: config.url,
        settings: { settings: config.settings, warnings: parts.warnings },
        examine: async () => await examine({ config, ...machine, searchPath: surroundings.path }),
        repositorySize: async (spaceId) => await sizeOf(repositories, spaceId),
      }),
      treeRouter({ access, addresses, repositories }),
      commitRouter({
        access,
        addresses,
        pushes,
        report: (message, error) => log.warn({ err: error }, message),
      }),
      resolveRouter({ access, repositories }),
      filesRouter({ access, addresses, repositories }),
    ],
    page: pageRouter(surroundings.pageFolder, readings({ store, access, addresses, withPreviews: previews.areDrawn })),
  })
}

async function isNew(store: Store): Promise<boolean> {
  const space = await store.read.selectFrom('spaces').select('id').limit(1).executeTakeFirst()
  return space === undefined
}
