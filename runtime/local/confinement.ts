/**
 * One confined command → argument arrays for unshare, setpriv, pasta and bwrap. Pure.
 *
 * Nothing that a stranger wrote is part of a script's text: the three scripts here are fixed, everything else is a
 * positional parameter. Variables of the command reach bwrap through a file, since arguments are there for all to read.
 */
import type { Limits } from '../runtime.ts'
import { networkInterface, offlineOptions, resolverAddress } from './network.ts'

export type Mount = { from: string; to: string; writable: boolean }

/** A command of a stranger's, and all that it may see. */
export type Confined = {
  /** For its cgroup and for messages; letters, digits, `-`, `_`. */
  name: string
  /** The program's absolute path (as seen inside) and its arguments. */
  command: readonly string[]
  /** Everything it sees; PATH, HOME and TMPDIR are added where absent. */
  env: Readonly<Record<string, string>>
  /** As seen inside. */
  cwd: string
  /** Without a sandbox `to` cannot be had, but for `cwd`, which is translated: use one path inside and outside, or be ready for both. */
  mounts: readonly Mount[]
  /**
   * A network of its own: with the internet but without the forbidden ranges, where `forward` leads from a port of the host
   * to one inside; or with nothing at all but one port of the host's loopback, at the same port of its own.
   */
  network: { forward?: { host: string; outside: number; inside: number } } | { onlyHostPort: number }
  limits?: Limits
  /** Who it is outside; counts only where the platform is root, else it is who the platform is. */
  user: { uid: number; gid: number } | undefined
}

/** What the machine gives to every confined command. */
export type Confinement = {
  programs: { bwrap: string; pasta: string; unshare: string; setpriv: string; ip: string }
  /** Top folders as they are on the host: `/bin` → `usr/bin`, or a folder of its own. */
  topFolders: readonly { path: string; link: string | undefined }[]
  /** Generated files to lie over those of /etc. */
  etc: readonly { from: string; to: string }[]
  /** Batch files for `ip`, by family; families without the internet have none. */
  routes: { 4?: string; 6?: string }
  /** The host has no default route now. */
  offline: boolean
  resolverFamily: 4 | 6
  /** Whether bwrap can forbid further user namespaces inside. */
  disableUserNamespaces: boolean
}

/** Folders and files of /etc that programs read and that say nothing about the machine's owner. */
const readableEtc = [
  'alternatives',
  'ca-certificates',
  'crypto-policies',
  'fonts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'pki',
  'protocols',
  'services',
  'ssl',
]

/** bwrap's options, without the command: NUL-terminated they are what `--args` reads. */
export function bubblewrapOptions(confined: Confined, confinement: Confinement): string[] {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', TMPDIR: '/tmp', ...confined.env }
  return [
    ['--unshare-user', '--uid', '1000', '--gid', '1000'],
    ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    confinement.disableUserNamespaces ? ['--disable-userns'] : [],
    // A session of its own, or the terminal of whoever started the platform could be typed into (TIOCSTI).
    ['--hostname', 'space', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ['--ro-bind', '/usr', '/usr'],
    confinement.topFolders.flatMap(({ path, link }) =>
      link === undefined ? ['--ro-bind', path, path] : ['--symlink', link, path],
    ),
    readableEtc.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    confinement.etc.flatMap(({ from, to }) => ['--ro-bind', from, to]),
    ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--symlink', '../tmp', '/var/tmp'],
    ['--ro-bind-try', '/sys/devices/system/cpu', '/sys/devices/system/cpu'],
    // Outer folders first, so that one below /tmp is not hidden by /tmp itself.
    confined.mounts
      .toSorted((one, other) => one.to.split('/').length - other.to.split('/').length)
      .flatMap(({ from, to, writable }) => [writable ? '--bind' : '--ro-bind', from, to]),
    // The root itself is a tmpfs of bwrap's: writable it would be memory that no limit counts.
    ['--remount-ro', '/', '--chdir', confined.cwd],
    Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
  ].flat()
}

/** A machine that runs out of memory ends a stranger's process, not the platform or its store (oom_score_adj(5)). */
const endFirst = '{ echo 500 > /proc/$$/oom_score_adj; } 2> /dev/null'

/** Writes down who it is, for whoever looks for it after the platform's death, and joins its cgroups while it is still root. */
const recordScript = `
${endFirst}
read -r stat < /proc/$$/stat && printf '%s\\n' "$stat" > "$1" || exit 125
groups=$2; shift 2
while [ "$groups" -gt 0 ]; do echo $$ > "$1" || exit 125; shift; groups=$((groups - 1)); done
exec "$@"`

/** A tun device for one user, in a mount namespace of its own: the machine's stays as it is. */
const tunScript = `mount --bind "$1" /dev/net/tun || exit 125; shift; exec "$@"`

/**
 * Runs inside the new network namespace: forbids the ranges, then becomes bwrap. pasta leaves descriptors of the host's
 * network open (a netlink socket, with the version of Debian 12): they are closed first. The environment ends here too: bwrap
 * stays as process 1 inside, and what it has can be read there.
 */
const networkScript = `
exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
options=$1 status=$2 ip=$3 routes4=$4 routes6=$5 bytes=$6; shift 6
[ -z "$routes4" ] || "$ip" -4 -batch "$routes4" || exit 125
[ -z "$routes6" ] || "$ip" -6 -batch "$routes6" || exit 125
ulimit -c 0
[ -z "$bytes" ] || ulimit -d "$((bytes / 1024))" || exit 125
exec /usr/bin/env -i "$@" 8>> "$status" 9< "$options" 2>&1`

export type LaunchFiles = {
  /** Takes /proc/PID/stat of the outermost process. */
  pid: string
  /** bwrap's options, readable by the user. */
  options: string
  /** bwrap's JSON status, writable by the user. */
  status: string
  /** A node of /dev/net/tun for the user; undefined where the machine's may be used. */
  tun: string | undefined
  /** `cgroup.procs` files to join. */
  cgroups: readonly string[]
}

/** The whole argument array; the outermost process keeps its pid through every step, down to pasta. */
export function confinedArguments(confined: Confined, confinement: Confinement, files: LaunchFiles): string[] {
  const { programs, routes } = confinement
  const { network } = confined
  const only = 'onlyHostPort' in network ? network.onlyHostPort : undefined
  const forward = 'forward' in network ? network.forward : undefined
  const families = [4, 6] as const
  const missing = families.filter((family) => routes[family] === undefined)
  // Only where nothing else counts memory: a limit of each process, not of the tree.
  const dataBytes = confined.limits && files.cgroups.length === 0 ? String(confined.limits.memory) : ''
  return [
    ['/bin/sh', '-c', recordScript, 'plaza', files.pid, String(files.cgroups.length), ...files.cgroups],
    files.tun === undefined
      ? []
      : [programs.unshare, '-m', '--propagation', 'private', '--', '/bin/sh', '-c', tunScript, 'plaza', files.tun],
    confined.user === undefined ? [] : asUser(programs.setpriv, confined.user),
    // An interface that is not configured is down: then there is loopback and nothing else.
    [programs.pasta, ...(only === undefined ? ['--config-net'] : []), '-f', '-q'],
    // Without --no-map-gw the gateway's address would lead to the host's loopback; without -T/-U none its ports are mapped.
    ['--no-map-gw', '-T', only === undefined ? 'none' : String(only), '-U', 'none', '-u', 'none'],
    ['-t', forward === undefined ? 'none' : `${forward.host}/${forward.outside}:${forward.inside}`],
    ['-I', networkInterface, '--dns-forward', resolverAddress[confinement.resolverFamily]],
    confinement.offline ? offlineOptions : missing.length === 1 ? [missing[0] === 4 ? '-6' : '-4'] : [],
    ['--', '/bin/sh', '-c', networkScript, 'plaza', files.options, files.status],
    [programs.ip, ...families.map((family) => (only === undefined ? (routes[family] ?? '') : '')), dataBytes],
    [programs.bwrap, '--args', '9', '--json-status-fd', '8', '--', ...confined.command],
  ].flat()
}

/** No --no-new-privs here: bwrap could not set its uid map then. It sets it itself. */
function asUser(setpriv: string, user: { uid: number; gid: number }): string[] {
  const drop = ['--clear-groups', '--inh-caps=-all', '--bounding-set=-all']
  return [setpriv, `--reuid=${user.uid}`, `--regid=${user.gid}`, ...drop, '--']
}

/**
 * Without a sandbox. It waits for a line, so that the platform can put it into its cgroup first (a platform that dies
 * before that leaves nothing), and writes down how the command ended, since nobody can wait for a process it did not start.
 */
const plainScript = `
read -r go || exit 125
${endFirst}
exec 0< /dev/null
if [ -r /proc/$$/stat ]; then read -r stat < /proc/$$/stat; else stat=$$; fi
printf '%s\\n' "$stat" > "$1" || exit 125
status=$2; shift 2
ulimit -c 0
# The shell's own words ("Killed") are not the app's.
exec 3>&2 2> /dev/null
(exec "$@" 2>&3 3>&-)
printf '{ "exit-code": %s }\\n' $? >> "$status"`

export function plainArguments(confined: Confined, files: { pid: string; status: string }): string[] {
  return ['/bin/sh', '-c', plainScript, 'plaza', files.pid, files.status, ...confined.command]
}

/** Where a path inside lies outside: the innermost mount that holds it. */
export function outsidePath(path: string, mounts: readonly Mount[]): string {
  const within = mounts.filter(({ to }) => path === to || path.startsWith(`${to.replace(/\/$/, '')}/`))
  const innermost = within.sort((one, other) => other.to.length - one.to.length)[0]
  return innermost === undefined ? path : innermost.from + path.slice(innermost.to.length)
}

/** The `exit-code` of a status file, if the command has ended. */
export function exitCode(status: string): number | undefined {
  const found = /"exit-code"\s*:\s*(\d+)/.exec(status)
  return found === null ? undefined : Number(found[1])
}
