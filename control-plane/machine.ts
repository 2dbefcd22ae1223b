/** The drivers that this machine gives: an engine's containers where one answers, else its own processes. A further kind is chosen here and nowhere else. */
import { lookup } from 'node:dns/promises'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Builder } from '../builder/builder.ts'
import { openLocalBuilder } from '../builder/local/build.ts'
import { sourceHosts } from '../builder/package-sources.ts'
import { findEngine } from '../runtime/docker/engine.ts'
import { openLocalRuntime } from '../runtime/local/runtime.ts'
import { openSandbox, privateRanges, type Sandbox } from '../runtime/local/sandbox.ts'
import type { Finding, Runtime } from '../runtime/runtime.ts'
import type { Config } from './config.ts'
import { driverBefore, driverOf, rememberDriver, waitForEngine } from './driver.ts'
import { installName } from './key.ts'
import type { Surroundings } from './main.ts'
import { type Camera, openCamera } from './pictures/camera.ts'

/** What can be told of a machine without running anything on it. */
export type MachineReport = {
  builder: Pick<Builder, 'pythons'>
  camera: Camera
  /** Which driver was chosen and why, one sentence. */
  chosen: string
  findings(): Promise<readonly Finding[]>
}

export type Machine = MachineReport & {
  builder: Builder
  runtime: Runtime
  /** Ends what a driver that was in force earlier left running. @returns how many workloads. */
  endOthers(): Promise<number>
}

type Parts = { config: Config; surroundings: Surroundings; disposal: AsyncDisposableStack; key: Buffer }

/** Runs nothing else, so that a build can signal and read nobody's processes but its own. */
const buildUser = { uid: 60_999, gid: 60_999 }

/**
 * Opens the drivers and finds again what runs.
 * @throws Error where a driver is asked for by name that cannot be had, with the remedy.
 */
export async function openMachine(parts: Parts): Promise<Machine> {
  const { config, disposal } = parts
  const { drivers, endOthers, ...report } = await choose(parts, true)
  const builder = disposal.use(await drivers.builder())
  const runtime = disposal.use(await drivers.runtime())
  await rememberDriver(config.data, builder.containers ? 'docker' : 'local')
  return { ...report, builder, runtime, endOthers }
}

/** For whoever only wants to know: beside a running platform, nothing of it is touched. */
export async function lookAtMachine(parts: Parts): Promise<MachineReport> {
  const { drivers, camera, chosen, findings } = await choose(parts, false)
  return { camera, chosen, findings, builder: parts.disposal.use(await drivers.builder()) }
}

type Choice = Pick<Machine, 'camera' | 'chosen' | 'findings' | 'endOthers'> & {
  drivers: {
    builder(): Promise<Builder & AsyncDisposable> | (Builder & AsyncDisposable)
    runtime(): Promise<Runtime>
  }
}

async function choose(parts: Parts, waits: boolean): Promise<Choice> {
  const { config } = parts
  const sandbox = await openOwnSandbox(config, 'sandbox', [])
  const camera = openCamera(sandbox)
  // A company's package index or proxy usually has a private address: builds may reach it, apps may not.
  const allow = await addressesOfHosts(sourceHosts(config.packageEnvironment))
  const before = await driverBefore(config.data)
  const look = async () => await findEngine(config.dockerHost)
  let found = config.runtime === 'local' ? { missing: 'PLAZA_RUNTIME says so.' } : await look()
  if (waits && driverOf(config.runtime, before, found.engine !== undefined) === 'missing') {
    parts.surroundings.log.warn(`${found.missing} It is waited for.`)
    found = await waitForEngine(look)
  }
  const driver = driverOf(config.runtime, before, found.engine !== undefined)
  if (driver === 'docker' && found.engine !== undefined) {
    const { engine, host, version } = found
    const { openContainers } = await import('./containers.ts')
    const drivers = await openContainers({ ...parts, engine, allow })
    const chosen = `Spaces run as containers: the engine ${version} answers at ${host}.`
    const { findings } = drivers
    return { drivers, camera, chosen, findings, endOthers: async () => await endProcesses(parts, sandbox) }
  }
  if (driver !== 'local') {
    const remedy =
      'Start it or set DOCKER_HOST. With PLAZA_RUNTIME=local Spaces are built anew as processes, with an empty /data.'
    throw new Error(`Spaces of this install run as containers. ${found.missing} ${remedy}`)
  }
  const how = sandbox.isolated ? 'in sandboxes' : 'as plain processes, where only trusted code belongs'
  const why =
    found.engine === undefined
      ? found.missing
      : 'An engine answers too: PLAZA_RUNTIME=docker changes over, where every Space is built anew and begins with an empty /data.'
  return {
    drivers: processDrivers(parts, sandbox, allow),
    camera,
    chosen: `Spaces run ${how}, by the local driver. ${why}`,
    findings: async () => sandbox.findings,
    endOthers: async () => await endContainers(parts),
  }
}

function processDrivers({ config, surroundings }: Parts, sandbox: Sandbox, allow: readonly string[]) {
  const { log } = surroundings
  return {
    builder: async () =>
      openLocalBuilder({
        folder: config.data,
        sandbox: allow.length === 0 ? sandbox : await openOwnSandbox(config, 'build-sandbox', allow),
        user: process.getuid?.() === 0 ? buildUser : undefined,
        env: config.packageEnvironment,
        path: surroundings.path,
        home: surroundings.home,
        log,
      }),
    runtime: async () => await openLocalRuntime({ folder: config.data, sandbox, log }),
  }
}

async function openOwnSandbox(config: Config, name: string, allow: readonly string[]): Promise<Sandbox> {
  return await openSandbox({
    folder: path.join(config.data, name),
    forbidden: privateRanges,
    allow,
    ...(config.extraCa === undefined ? {} : { extraCa: config.extraCa }),
  })
}

/** Processes of the local driver, where containers run now. */
async function endProcesses({ config, surroundings }: Parts, sandbox: Sandbox): Promise<number> {
  const names = await readdir(path.join(config.data, 'instances')).catch(() => [])
  if (names.length === 0) return 0
  await using local = await openLocalRuntime({ folder: config.data, sandbox, log: surroundings.log })
  for (const name of names) await local.remove(name)
  return names.length
}

/** Containers of the docker driver, where processes run now. */
async function endContainers({ config, surroundings, key }: Parts): Promise<number> {
  // Only an install that once had containers asks an engine.
  if (!existsSync(path.join(config.data, 'docker'))) return 0
  const { engine } = await findEngine(config.dockerHost)
  if (engine === undefined) return 0
  const { clearContainers } = await import('../runtime/docker/clear.ts')
  return await clearContainers(engine, installName(key)).catch((error: unknown) => {
    surroundings.log.warn({ err: error }, 'containers of before could not be ended')
    return 0
  })
}

async function addressesOfHosts(hosts: readonly string[]): Promise<string[]> {
  const found = await Promise.all(hosts.map(async (host) => await lookup(host, { all: true }).catch(() => [])))
  return [...new Set(found.flat().map(({ address }) => address))]
}
