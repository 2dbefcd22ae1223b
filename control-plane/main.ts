/** The composition root: config → store → parts → server. The only place that constructs parts and knows the drivers. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { getCACertificates } from 'node:tls'
import { totalmem } from 'node:os'
import { hostNetwork, privateRanges } from '../runtime/local/sandbox.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { openAccounts } from './accounts/accounts.ts'
import { applyBootstrap } from './accounts/bootstrap.ts'
import { may } from './accounts/permissions.ts'
import type { Config } from './config.ts'
import { PlazaError } from './errors.ts'
import { addressesOf } from './hub/addresses.ts'
import { previewOf } from './hub/pictures.ts'
import { readKey, subkey } from './key.ts'
import type { Logger } from './log.ts'
import { openMachine } from './machine.ts'
import { PictureFiles } from './pictures/picture-files.ts'
import { Pictures } from './pictures/pictures.ts'
import { Previews } from './pictures/previews.ts'
import { AddressListeners } from './proxy/addresses.ts'
import { openProxy } from './proxy/proxy.ts'
import { createProxyServer } from './proxy/server.ts'
import { recordAll, replan } from './repositories/push.ts'
import { reachable } from './repositories/reach.ts'
import { openRepositories, type Repositories } from './repositories/repository.ts'
import { entriesAt, type Files, readContent } from './repositories/tree.ts'
import { offeredFlavors } from './scheduling/flavors.ts'
import { BuildQueue } from './spaces/builds.ts'
import { collectUnused } from './spaces/collect.ts'
import { describeFiles } from './spaces/describe.ts'
import { adoptDriver } from './spaces/driver-change.ts'
import { FrozenRoom } from './spaces/frozen.ts'
import { Imports } from './spaces/imports.ts'
import { Logs } from './spaces/logs.ts'
import { observeSpace, stageNow } from './spaces/observe.ts'
import { Reconciler } from './spaces/reconciler.ts'
import { spaceById, touchSpaces } from './spaces/space.ts'
import { willStart } from './spaces/stage.ts'
import { Workloads } from './spaces/workloads.ts'
import { Changes } from './store/changes.ts'
import { claimInstall, openStore, type Store } from './store/database.ts'
import { startPostgres } from './store/postgres.ts'
import { openApp } from './app.ts'

export type Plaza = AsyncDisposable & {
  url: URL
  store: Store
  isolated: boolean
  /** Aborted when another Plaza has taken over the store, after that was away: this one must end. */
  lost: AbortSignal
}

/** What comes from the surroundings and not from the settings. */
export type Surroundings = {
  log: Logger
  path: string
  home: string | undefined
  pageFolder: string
  /** Repositories to start from, a folder each. */
  templatesFolder: string
}

const parallelBuilds = 2
const collectEvery = 3_600_000
const findPushesEvery = 60_000
const largestPicture = 8 * 1024 * 1024

/** Starts everything and returns once requests are answered. Disposing it leaves Spaces running, to be found again. */
export async function startPlaza(config: Config, surroundings: Surroundings): Promise<Plaza> {
  const { log } = surroundings
  // Checkouts and environments are read by the users that builds and Spaces run as; what is secret says so itself.
  process.umask(0o022)
  const disposal = new AsyncDisposableStack()
  try {
    await openData(config.data)
    const key = await readKey(config.data)
    const watch = (message: string, error?: unknown) => log.error(error === undefined ? {} : { err: error }, message)
    const store = disposal.use(await openPlazaStore(config, disposal, watch))
    const lost = new AbortController()
    const claim = await claimInstall(store, () => lost.abort())
    if (!claim) throw new Error(`Another Plaza runs on the store of ${config.data}. Stop it first, or set PLAZA_DATA.`)
    disposal.use(claim)
    const accounts = openAccounts({ store, url: config.url, key, signUp: 'open' })
    await applyBootstrap({ store, key }, config.bootstrap)
    const changes = disposal.use(await Changes.follow(store))

    const machine = await openMachine({ config, surroundings, disposal, key })
    const { builder, runtime, camera } = machine
    log.info(machine.chosen)
    const left = await machine.endOthers()
    const remade = await adoptDriver(store, runtime.kind)
    if (left + remade > 0)
      log.warn(
        { left, remade },
        'the driver has changed: Spaces are built again for this one, and begin with an empty /data',
      )
    const { flavors, warnings } = offeredFlavors(config.flavors, await gpusOf(runtime))
    for (const warning of warnings) log.warn(warning)
    const repositories = disposal.use(
      await openRepositories(path.join(config.data, 'repositories'), { searchPath: surroundings.path }),
    )
    const logs = new Logs(path.join(config.data, 'logs'))
    const addresses = addressesOf(config.url, config.spacesDomain)
    const secretsKey = subkey(key, 'secrets')
    const builds = disposal.use(
      new BuildQueue({
        store,
        builder,
        logs,
        log,
        repositoryOf: (spaceId) => repositories.path(spaceId),
        secretsKey,
        parallel: parallelBuilds,
      }),
    )
    const workloads = disposal.use(
      new Workloads({
        store,
        builder,
        runtime,
        logs,
        log,
        flavors,
        secretsKey,
        hostOf: addresses.host,
      }),
    )
    const reconciler = disposal.use(
      new Reconciler({
        store,
        changes,
        builder,
        runtime,
        builds,
        workloads,
        frozen: new FrozenRoom({ store, flavors, budget: config.bootstrap.frozenMemory ?? totalmem() / 4 }),
        logs,
        log,
        forgetRepository: async (spaceId) => await repositories.remove(spaceId),
      }),
    )
    const pictureFiles = new PictureFiles(path.join(config.data, 'pictures'))
    const pictureCamera = config.bootstrap.pictures ? camera : undefined
    const pictures = disposal.use(
      new Pictures({
        store,
        changes,
        camera: pictureCamera,
        files: pictureFiles,
        pictured: async (spaceId) => {
          const space = await spaceById(store.read, spaceId)
          if (space) await previewOf(pictureParts, space)
        },
        log,
      }),
    )
    // After `pictures`, so that it ends before it: what is being drawn for it is not waited for.
    const previews = disposal.use(new Previews({ store, camera: pictureCamera, files: pictureFiles, log }))
    const pictureParts = {
      store,
      files: pictureFiles,
      previews,
      host: config.url.host,
      fileOf: async (spaceId: string, commit: string, file: string) =>
        await pictureFile(repositories, spaceId, commit, file),
    }
    const pushes = {
      store,
      repositories,
      describe: async (files: Files) =>
        await describeFiles(files, { pythons: await builder.pythons(), containers: builder.containers }),
      driver: runtime.kind,
    }

    const proxy = disposal.use(
      await openProxy({
        store,
        changes,
        spacesDomain: config.spacesDomain,
        platformUrl: config.url,
        key,
        mayOpen: async (spaceId, credentials) => {
          const space = await spaceById(store.read, spaceId)
          if (!space) return false
          const viewer =
            'bearer' in credentials
              ? await accounts.viewerOf({ headers: { authorization: `Bearer ${credentials.bearer}` } })
              : await accounts.viewerById(credentials.accountId)
          return may(viewer, 'space.see', { ownerId: space.owner_id, visibility: space.visibility })
        },
        stageOf: async (spaceId) => {
          const state = await observeSpace(store.read, spaceId)
          if (!state) throw new PlazaError('repo_not_found', 'Repository not found.')
          const stage = stageNow(state)
          const { space } = state
          const title = space.card?.['title']
          const emoji = space.card?.['emoji']
          return {
            stage: stage.name,
            willStart: willStart(stage.name),
            ...(stage.phase ? { phase: stage.phase } : {}),
            title: typeof title === 'string' ? title : space.name,
            ...(typeof emoji === 'string' ? { emoji } : {}),
            pageUrl: addresses.page(space),
            ...(stage.errorMessage === undefined ? {} : { errorMessage: stage.errorMessage }),
          }
        },
        wake: async (spaceId) => await touchSpaces(store, [spaceId]),
        touch: async (spaceIds) => await touchSpaces(store, spaceIds),
      }),
    )

    const imports = disposal.use(
      new Imports({
        ...pushes,
        // Asked each time: a laptop changes its network.
        allowed: (address) =>
          reachable([...privateRanges, ...hostNetwork().own], config.bootstrap.importRanges)(address),
        certificates: await writeAuthorities(config),
        report: (message, error) => log.warn({ err: error }, message),
      }),
    )
    const app = openApp({
      config,
      surroundings,
      store,
      accounts,
      changes,
      machine,
      flavors,
      warnings: [...config.bootstrap.warnings, ...warnings],
      repositories,
      logs,
      addresses,
      secretsKey,
      builds,
      parallelBuilds,
      proxy,
      previews,
      pictureParts,
      pushes,
      imports,
    })

    const notRecorded = (spaceId: string, error: unknown) =>
      log.error({ err: error, space: spaceId }, 'a push could not be recorded')
    const findPushes = async () => {
      await recordAll(pushes, notRecorded)
      await replan(pushes, notRecorded)
    }
    await findPushes()
    await builds.start()
    await reconciler.start()
    await pictures.start()

    const server = createProxyServer(app, proxy)
    await listen(server, config.listen)
    disposal.defer(async () => await close(server))
    if (config.loopbackAddresses) {
      disposal.use(
        new AddressListeners(server, proxy.addresses, config.listen.port, (address, error) =>
          log.warn({ err: error, address }, 'a Space’s own address cannot be listened on'),
        ),
      )
    }
    // The first build need not wait for its tools; where they cannot be had, that build says so.
    void builder.prepare().catch((error: unknown) => log.warn({ err: error }, 'the tools of builds are not there yet'))
    const looking = setInterval(() => {
      void findPushes().catch((error: unknown) => log.warn({ err: error }, 'pushes could not be looked for'))
    }, findPushesEvery)
    disposal.defer(() => clearInterval(looking))
    const keepHouse = () => {
      void collectUnused({ store, builder, logs }).catch((error: unknown) =>
        log.warn({ err: error }, 'nothing could be collected'),
      )
      void pictures.collect().catch((error: unknown) => log.warn({ err: error }, 'old pictures could not be removed'))
      void accounts.prune().catch((error: unknown) => log.warn({ err: error }, 'old sessions could not be removed'))
    }
    keepHouse()
    const housekeeping = setInterval(keepHouse, collectEvery)
    disposal.defer(() => clearInterval(housekeeping))

    const whole = disposal.move()
    return {
      url: config.url,
      store,
      isolated: runtime.isolated,
      lost: lost.signal,
      [Symbol.asyncDispose]: async () => await whole.disposeAsync(),
    }
  } catch (error) {
    await disposal.disposeAsync()
    throw error
  }
}

/** The system's certificate authorities and the operator's own in one file, for programs that take only one. */
async function writeAuthorities(config: Config): Promise<string | undefined> {
  if (config.extraCa === undefined) return undefined
  const file = path.join(config.data, 'authorities.pem')
  const system = getCACertificates('system')
  const authorities = [
    ...(system.length > 0 ? system : getCACertificates('bundled')),
    await readFile(config.extraCa, 'utf8'),
  ]
  await writeFile(file, authorities.join('\n'), { mode: 0o644 })
  return file
}

/** For the CLI too: the same store, whether or not the platform runs. `watch` keeps an embedded one running. */
export async function openPlazaStore(
  config: Config,
  disposal: AsyncDisposableStack,
  watch?: (message: string, error?: unknown) => void,
): Promise<Store> {
  if (config.databaseUrl !== undefined) return await openStore(config.databaseUrl)
  const postgres = disposal.use(await startPostgres(path.join(config.data, 'postgres'), watch ? { watch } : {}))
  return await openStore(postgres.url)
}

/** Everybody may pass through it (the users of database, builds and Spaces must), nobody may list it. */
export async function openData(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o711 })
  await chmod(folder, 0o711)
}

/** An author's own picture; none where it is no file, or larger than any picture of a card has to be. */
async function pictureFile(
  repositories: Repositories,
  spaceId: string,
  commit: string,
  file: string,
): Promise<Buffer | undefined> {
  const entry = (await entriesAt(repositories, spaceId, commit, [file])).get(file)
  if (!entry || entry.kind === 'folder' || entry.kind === 'symlink' || entry.size > largestPicture) return undefined
  return await readContent(repositories, spaceId, { ...entry, kind: entry.kind }, file, largestPicture)
}

async function gpusOf(runtime: Runtime): Promise<number> {
  return (await runtime.pools()).reduce((sum, { gpus }) => sum + gpus, 0)
}

async function listen(server: import('node:http').Server, at: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `Port ${at.port} is taken. Stop what uses it, or set PLAZA_URL to another, e.g. http://localhost:${at.port + 1}.`,
            )
          : error,
      )
    })
    server.listen(at.port, at.host, resolve)
  })
}

/** Open streams and websockets do not end by themselves. */
async function close(server: import('node:http').Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
