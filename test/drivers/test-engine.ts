/**
 * The Docker engine that tests use: the tester's own by `PLAZA_TEST_ENGINE=unix://…`, else one that the first test which
 * needs it starts and that ends with the run.
 */
import { accessSync, constants } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type Docker from 'dockerode'
import { inject } from 'vitest'
import { type BaseImages, cache, ensureBaseImages } from './base-images.ts'
import { answers, engineOf, hostOf, pidOf, startDockerd, stopDockerd } from './dockerd.ts'
import { sharedEngine } from './engine-run.ts'
import { isAlive, locked } from './lock.ts'

export type TestEngine = { host: string; engine: Docker; images: BaseImages }

let found: Promise<TestEngine | { missing: string }> | undefined

/** Once a test file, at its top. `missing` says what this machine lacks, for the name of what is skipped. */
export async function testEngine(): Promise<TestEngine | { missing: string }> {
  found ??= find()
  return await found
}

async function find(): Promise<TestEngine | { missing: string }> {
  const own = process.env['PLAZA_TEST_ENGINE']
  const host = own === undefined || own === '' ? await sharedHost() : own
  if (typeof host !== 'string') return host
  const engine = engineOf(host)
  const silent = await engine.ping().then(
    () => undefined,
    (error: Error) => error.message,
  )
  if (silent !== undefined) return { missing: `the engine at ${host} does not answer: ${silent}` }
  return { host, engine, images: await ensureBaseImages(engine) }
}

async function sharedHost(): Promise<string | { missing: string }> {
  const lacks = lacking()
  if (lacks !== undefined) return { missing: lacks }
  const machines = await engineOfTheMachine()
  if (machines !== undefined)
    return { missing: `this machine has an engine already; PLAZA_TEST_ENGINE=${machines} lets the tests use it` }
  const { folder, owner } = inject('engineRun')
  const place = sharedEngine(folder)
  return await locked(path.join(cache, 'engine.lock'), async () => {
    if (pidOf(folder, 'dockerd.pid') !== undefined) return hostOf(place)
    const record = path.join(cache, 'engine-of')
    const [before = '', its = ''] = (await readFile(record, 'utf8').catch(() => '')).split('\n')
    if (before !== '' && pidOf(before, 'dockerd.pid') !== undefined) {
      if (isAlive(Number(its))) return { missing: `another run of the tests (process ${its}) uses the tests’ engine` }
      await stopDockerd(sharedEngine(before))
    }
    await writeFile(record, `${folder}\n${owner}`)
    await startDockerd(place)
    return hostOf(place)
  })
}

/** What a machine lacks on which tests start an engine. */
export function lacking(): string | undefined {
  if (process.getuid?.() !== 0) return 'an engine of the tests’ own needs root'
  const absent = ['dockerd', 'containerd', 'iptables', 'ip', 'mmdebstrap'].filter((program) => !isInstalled(program))
  return absent.length === 0 ? undefined : `${absent.join(', ')} not installed`
}

/** An engine that starts clears the firewall rules of the one before it. */
async function engineOfTheMachine(): Promise<string | undefined> {
  for (const host of [process.env['DOCKER_HOST'] ?? '', 'unix:///var/run/docker.sock']) {
    if (host.startsWith('unix:') && (await answers(engineOf(host)))) return host
  }
  return undefined
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
