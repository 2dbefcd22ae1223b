/** Where commands of strangers run: apps by the runtime, package installations by the builder. */
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { hostNetwork, type HostNetwork } from '../host-network.ts'
import type { Finding } from '../runtime.ts'
import { capabilities } from './capabilities.ts'
import type { Cgroups } from './cgroup.ts'
import type { Confined } from './confinement.ts'
import { prepareLaunch, type Launch } from './launch.ts'
import { findProcess, parseStat } from './process-table.ts'
import { killTree, runLaunch, type Ended } from './run.ts'
import { extraBundle, writeSystemFiles } from './system-files.ts'

export type { Confined } from './confinement.ts'
export { hostNetwork, privateRanges } from '../host-network.ts'

export type Sandbox = {
  /** False: commands run as plain processes of this machine. */
  readonly isolated: boolean
  readonly cgroups: Cgroups | undefined
  readonly findings: readonly Finding[]
  /**
   * Runs a short-lived command; its output, both streams, goes to `onOutput` as it comes. The signal ends its whole tree.
   * `input` is what it reads, where it is given; a plain command has none.
   * @throws the signal's reason; an Error in words when it could not be confined (a mount that is not there, say).
   */
  run(confined: Confined, onOutput: (text: string) => void, signal: AbortSignal, input?: Readable): Promise<Ended>
  /** Prepares a long-lived one: makes its cgroup, and writes `options` and `status` into its folder. Whoever spawns it looks after it. */
  launch(confined: Confined, folder: string): Launch
}

export type SandboxOptions = {
  /** Its own folder; the users that Spaces run as must be able to reach it. */
  folder: string
  /** Ranges that nothing confined may reach, e.g. `privateRanges`. The machine's own addresses and gateways are always added. */
  forbidden: readonly string[]
  /** Addresses or ranges inside forbidden ones that may be reached nevertheless: a package index, a proxy. */
  allow?: readonly string[]
  /** A PEM file of further certificate authorities; SSL_CERT_FILE and its siblings point to a bundle with them where not set. */
  extraCa?: string
  /** Run plainly although the machine could isolate: for tests, and for an operator who trusts all code. */
  plain?: boolean
}

export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { folder, extraCa } = options
  const runs = join(folder, 'runs')
  mkdirSync(runs, { recursive: true, mode: 0o755 })
  for (const path of [folder, runs]) chmodSync(path, 0o711)
  const scope = `plaza-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
  const found = await capabilities(folder, scope)
  const { cgroups } = found
  const sandbox = options.plain === true ? undefined : found.sandbox
  const confinementOf = (network: HostNetwork) =>
    sandbox &&
    writeSystemFiles({
      folder,
      network,
      forbidden: options.forbidden,
      allow: options.allow ?? [],
      extraCa,
      programs: sandbox.programs,
      disableUserNamespaces: sandbox.disableUserNamespaces,
    })
  const tunFolder = sandbox?.ownTun === true ? join(folder, 'tun') : undefined
  let network = hostNetwork()
  let confinement = confinementOf(network)
  /** A laptop changes its network: what starts now gets the addresses, routes and resolver of now. */
  const currentConfinement = () => {
    const now = hostNetwork()
    if (!isDeepStrictEqual(now, network)) {
      confinement = confinementOf(now)
      network = now
    }
    return confinement
  }
  await endLeftovers(runs, cgroups)

  const root = process.getuid?.() === 0
  const launch = (asked: Confined, launchFolder: string) => {
    const confined = root ? asked : { ...asked, user: undefined }
    return prepareLaunch({
      confined: extraCa === undefined ? confined : withAuthorities(confined, sandbox ? extraBundle : extraCa),
      confinement: currentConfinement(),
      cgroups,
      folder: launchFolder,
      tunFolder,
    })
  }
  return {
    isolated: sandbox !== undefined,
    cgroups,
    findings: found.findings,
    launch,
    async run(confined, onOutput, signal, input) {
      const own = mkdtempSync(join(runs, `${confined.name}-`))
      try {
        chmodSync(own, 0o711)
        writeFileSync(join(own, 'owner'), readFileSync(`/proc/${process.pid}/stat`))
        const name = basename(own)
        const prepared = launch({ ...confined, name }, own)
        const more = input === undefined ? {} : { input }
        return await runLaunch({ launch: prepared, folder: own, name, cgroups, onOutput, signal, ...more })
      } finally {
        rmSync(own, { recursive: true, force: true })
      }
    },
  }
}

function withAuthorities(confined: Confined, bundle: string): Confined {
  const names = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PIP_CERT', 'NODE_EXTRA_CA_CERTS']
  return { ...confined, env: { ...Object.fromEntries(names.map((name) => [name, bundle])), ...confined.env } }
}

/** Ends commands whose platform died, and forgets them. Those of a platform that lives (a CLI beside the server) stay. */
async function endLeftovers(runs: string, cgroups: Cgroups | undefined): Promise<void> {
  for (const name of readdirSync(runs)) {
    if (isRunning(join(runs, name, 'owner'))) continue
    const pidFile = join(runs, name, 'pid')
    killTree(isRunning(pidFile) ? readStat(pidFile)?.pid : undefined, name, cgroups)
    await cgroups?.remove(name)
    rmSync(join(runs, name), { recursive: true, force: true })
  }
}

/** Whether the process whose /proc/PID/stat was written down there is the one that has its pid now. */
export function isRunning(statFile: string): boolean {
  const before = readStat(statFile)
  return before !== undefined && findProcess(before.pid)?.started === before.started
}

export function readStat(statFile: string) {
  try {
    return parseStat(readFileSync(statFile, 'utf8'))
  } catch {
    return undefined
  }
}
