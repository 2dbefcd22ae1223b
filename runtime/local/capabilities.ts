/** What this machine can do to keep demo code in its place: tried, not guessed. */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { hostNetwork, privateRanges, type HostNetwork } from '../host-network.ts'
import type { Finding } from '../runtime.ts'
import { openCgroups, type Cgroups } from './cgroup.ts'
import type { Confined, Confinement } from './confinement.ts'
import { prepareLaunch } from './launch.ts'
import { runLaunch } from './run.ts'
import { writeSystemFiles } from './system-files.ts'

export type Capabilities = {
  findings: readonly Finding[]
  /** Undefined: processes run plainly here. */
  sandbox: { programs: Confinement['programs']; disableUserNamespaces: boolean; ownTun: boolean } | undefined
  /** Undefined: limits hold for single processes only. */
  cgroups: Cgroups | undefined
}

const known = new Map<string, Promise<Capabilities>>()
const searchPath = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin'

/** Tries it once for this process. `folder` is where the sandbox's files will lie, since its file system may forbid devices. */
export function capabilities(folder: string | undefined, cgroupScope = 'plaza'): Promise<Capabilities> {
  const key = `${folder ?? ''} ${cgroupScope}`
  const before = known.get(key)
  if (before !== undefined) return before
  const found = tryAll(folder, cgroupScope)
  known.set(key, found)
  return found
}

async function tryAll(folder: string | undefined, cgroupScope: string): Promise<Capabilities> {
  const root = process.getuid?.() === 0
  const findings: Finding[] = []
  const programs = findPrograms(findings)
  const ownTun = tunFinding(findings, root)
  const network = hostNetwork()
  findings.push(networkFinding(network))
  const cgroups = process.platform === 'linux' && root ? openCgroups(cgroupScope) : undefined
  findings.push(...limitFindings(cgroups, root))
  let sandbox: Capabilities['sandbox']
  if (programs !== undefined && ownTun !== undefined) {
    const trial = await trySandbox({ programs, network, ownTun, root, folder })
    findings.push(trial.finding)
    if (trial.finding.ok) sandbox = { programs, ownTun, disableUserNamespaces: trial.disableUserNamespaces }
  }
  findings.unshift({
    what: 'isolation of Spaces',
    ok: sandbox !== undefined,
    detail:
      sandbox === undefined
        ? 'Spaces run as plain processes: they can see this machine, its network and each other.'
        : `Each Space has namespaces of its own${root ? ' and a user of its own' : ''}.`,
    ...(sandbox === undefined && { remedy: 'Run only code that you trust, or see the remedies below.' }),
  })
  return { findings, sandbox, cgroups }
}

function findPrograms(findings: Finding[]): Confinement['programs'] | undefined {
  const packages = { bwrap: 'bubblewrap', pasta: 'passt', unshare: 'util-linux', setpriv: 'util-linux', ip: 'iproute2' }
  const found = Object.entries(packages).map(([program, name]) => ({ program, name, path: findProgram(program) }))
  for (const { program, name, path } of found)
    findings.push({
      what: program,
      ok: path !== undefined,
      detail: path ?? `There is no ${program} in ${searchPath}.`,
      ...(path === undefined && { remedy: `Install the package ${name}.` }),
    })
  const path = (program: keyof Confinement['programs']) => found.find((entry) => entry.program === program)?.path
  const [bwrap, pasta, unshare, setpriv, ip] = [
    path('bwrap'),
    path('pasta'),
    path('unshare'),
    path('setpriv'),
    path('ip'),
  ]
  if (!bwrap || !pasta || !unshare || !setpriv || !ip || process.platform !== 'linux') return undefined
  return { bwrap, pasta, unshare, setpriv, ip }
}

/** The absolute path of a program of the system. */
export function findProgram(name: string): string | undefined {
  return searchPath
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** Whether each user needs a node of the device for itself; undefined: there is none to use. */
function tunFinding(findings: Finding[], root: boolean): boolean | undefined {
  const path = '/dev/net/tun'
  const mode = existsSync(path) ? statSync(path).mode & 0o006 : undefined
  const open = mode === 0o006
  const ok = mode !== undefined && (open || root)
  findings.push({
    what: 'tun device',
    ok,
    detail:
      mode === undefined
        ? `${path} is missing.`
        : open
          ? `Every user may open ${path}.`
          : `Only root may open ${path}${root ? '; each Space gets a node of its own' : ''}.`,
    ...(!ok && {
      remedy: mode === undefined ? 'As root: modprobe tun.' : `As root: chmod 666 ${path}, or run Plaza as root.`,
    }),
  })
  return ok ? !open : undefined
}

function networkFinding(network: HostNetwork): Finding {
  const ok = network.families.length > 0
  return {
    what: 'default route',
    ok,
    detail: ok
      ? `IPv${network.families.join(' and IPv')}.`
      : 'This machine is offline: Spaces that start now reach nothing.',
    ...(!ok && { remedy: 'Connect the machine to a network, then start the Spaces again that need it.' }),
  }
}

function limitFindings(cgroups: Cgroups | undefined, root: boolean): Finding[] {
  const kinds = [
    {
      what: 'memory limit',
      controller: 'memory',
      without: 'holds for each process alone (RLIMIT_DATA), not for a Space',
    },
    { what: 'CPU limit', controller: 'cpu', without: 'does not hold' },
    { what: 'process limit', controller: 'pids', without: 'does not hold' },
    { what: 'freezing', controller: 'freezer', without: 'is done by SIGSTOP' },
  ] as const
  return kinds.map(({ what, controller, without }) => {
    const ok = cgroups?.controllers.has(controller) ?? false
    return {
      what,
      ok,
      detail: ok ? `cgroup v${cgroups?.version}.` : `It ${without}: no cgroup with ${controller} may be made here.`,
      ...(!ok && { remedy: root ? `Give this machine a writable cgroup with ${controller}.` : 'Run Plaza as root.' }),
    }
  })
}

type Trial = {
  programs: Confinement['programs']
  network: HostNetwork
  ownTun: boolean
  root: boolean
  folder: string | undefined
}

async function trySandbox(trial: Trial): Promise<{ finding: Finding; disableUserNamespaces: boolean }> {
  const what = 'sandbox'
  let detail = ''
  for (const disableUserNamespaces of [true, false]) {
    const parent = trial.folder ?? tmpdir()
    mkdirSync(parent, { recursive: true, mode: 0o755 })
    const folder = mkdtempSync(join(parent, 'trial-'))
    chmodSync(folder, 0o711)
    try {
      const confinement = writeSystemFiles({
        folder,
        network: trial.network,
        forbidden: privateRanges,
        allow: [],
        extraCa: undefined,
        programs: trial.programs,
        disableUserNamespaces,
      })
      const confined: Confined = {
        name: 'trial',
        command: ['/bin/sh', '-c', 'for fd in 3 4 5 6 7 8 9; do readlink /proc/self/fd/$fd; done; exit 7'],
        env: {},
        cwd: '/',
        mounts: [],
        network: {},
        user: trial.root ? { uid: 61_000, gid: 61_000 } : undefined,
      }
      const tunFolder = trial.ownTun ? join(folder, 'tun') : undefined
      const launch = prepareLaunch({ confined, confinement, cgroups: undefined, folder, tunFolder })
      let output = ''
      const onOutput = (text: string) => (output += text)
      const signal = AbortSignal.timeout(10_000)
      const { code } = await runLaunch({ launch, folder, name: 'trial', cgroups: undefined, onOutput, signal })
      // pasta's own descriptors would be a door to the host's network.
      if (code === 7 && output.trim() === '')
        return { finding: { what, ok: true, detail: 'A command ran in bwrap and pasta.' }, disableUserNamespaces }
      detail = `A command in it ended with ${code}: ${output}`
    } catch (error) {
      detail = error instanceof Error ? error.message : String(error)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  const remedy =
    'Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces, and on ' +
    'Ubuntu kernel.apparmor_restrict_unprivileged_userns=0), and give the data folder to a place that these users can reach.'
  return { finding: { what, ok: false, detail, remedy }, disableUserNamespaces: false }
}
