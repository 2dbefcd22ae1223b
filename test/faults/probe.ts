/**
 * What a hostile demo tries, as one Python module: `probe(facts)` gives, by the name of each attempt, what came of it.
 * `no: …` is a refusal; anything else got through. It runs in a Space and in a build alike.
 */
export type Facts = {
  /** Folders and files of the platform and of others that must be out of sight. */
  paths: readonly string[]
  /** Unix sockets. */
  sockets: readonly string[]
  /** `host:port`, reachable from the machine itself. */
  addresses: readonly string[]
  /** Process ids of the platform and of another Space, as the machine has them. */
  pids: readonly number[]
  /** Never to be read anywhere. */
  secrets: readonly string[]
}

export const probe = `
import ctypes, glob, json, os, signal, socket, subprocess, sys

libc = ctypes.CDLL(None, use_errno=True)

def attempt(work):
    try: return 'YES: ' + repr(work())[:300]
    except BaseException as error: return 'no: ' + repr(error)[:300]

def system(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result

def look(path):
    return sorted(os.listdir(path)) if os.path.isdir(path) else open(path, 'rb').read(300)

def connect(family, kind, address):
    with socket.socket(family, kind) as one:
        one.settimeout(2)
        one.connect(address)
        return 'connected'

def write(path):
    with open(path, 'a') as file: file.write('poison')
    return 'written'

def tool(*command):
    done = subprocess.run(command, capture_output=True, timeout=10, stdin=subprocess.DEVNULL)
    if done.returncode != 0: raise OSError(done.returncode, done.stderr.decode()[-200:])
    return done.stdout

def strangers(secrets):
    """Processes that are not of this sandbox, and secrets in the environment or the memory of any."""
    found = []
    for name in os.listdir('/proc'):
        if not name.isdigit(): continue
        try: command = open(f'/proc/{name}/cmdline', 'rb').read()
        except OSError: continue
        if any(word in command for word in (b'cli.ts', b'postgres', b'pasta')): found.append(command)
        if name == str(os.getpid()): continue
        for file in ('environ', 'cmdline'):
            try: text = open(f'/proc/{name}/{file}', 'rb').read()
            except OSError: continue
            found += [f'{file} of {name}' for secret in secrets if secret.encode() in text]
    if not found: raise OSError('nobody else is here')
    return found

def raw(family, kind, protocol=0):
    socket.socket(family, kind, protocol).close()
    return 'made'

def change_user():
    os.setuid(0)
    return os.getuid()

def probe(facts):
    out = {}
    for path in facts['paths']: out[f'read {path}'] = attempt(lambda: look(path))
    for path in facts['paths']: out[f'write to {path}'] = attempt(lambda: write(path + '/poison' if os.path.isdir(path) else path))
    for path in facts['sockets']: out[f'connect to {path}'] = attempt(lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, path))
    for place in facts['addresses']:
        host, port = place.rsplit(':', 1)
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        out[f'connect to {place}'] = attempt(lambda: connect(family, socket.SOCK_STREAM, (host, int(port))))
    for pid in facts['pids']:
        out[f'signal {pid}'] = attempt(lambda: os.kill(pid, 0))
        out[f'trace {pid}'] = attempt(lambda: system(libc.ptrace(16, pid, 0, 0)))
        for file in ('environ', 'mem', 'maps', 'root', 'cwd', 'fd'):
            out[f'read /proc/{pid}/{file}'] = attempt(lambda: look(f'/proc/{pid}/{file}'))
    out['see others'] = attempt(lambda: strangers(facts['secrets']))
    own = ' '.join(f'{name}={value}' for name, value in os.environ.items())
    if any(secret in own for secret in facts['secrets']) or 'PLAZA_' in own: out['own environment'] = own
    for path in ('/usr/poison', '/usr/bin/python3', '/etc/passwd', '/etc/poison', '/poison', '/proc/sys/kernel/core_pattern',
                 '/proc/sys/kernel/hostname', '/proc/sysrq-trigger', '/sys/devices/system/cpu/cpu0/online'):
        out[f'write to {path}'] = attempt(lambda: write(path))
    out['write to the interpreter'] = attempt(lambda: write(os.path.realpath(sys.executable)))
    out['see the machine by /sys'] = attempt(lambda: [name for name in os.listdir('/sys') if name != 'devices'] or look('/nowhere'))
    out['see cgroups'] = attempt(lambda: look('/sys/fs/cgroup'))
    usual = set('console core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'.split())
    out['see devices'] = attempt(lambda: [name for name in os.listdir('/dev') if name not in usual] or look('/nowhere'))
    # Loop, memory and disk devices by their numbers.
    out['make a device'] = attempt(lambda: os.mknod('/tmp/device', 0o600 | 0o060000, os.makedev(7, 0)))
    out['be root'] = attempt(change_user)
    out['be root by su'] = attempt(lambda: tool('su', '-c', 'id'))
    out['be root by sudo'] = attempt(lambda: tool('sudo', '-n', 'id'))
    out['mount'] = attempt(lambda: system(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)))
    out['mount by mount'] = attempt(lambda: tool('mount', '-t', 'tmpfs', 'none', '/tmp'))
    out['mount again, writable'] = attempt(lambda: system(libc.mount(None, b'/usr', None, 0x1000 | 32, None)))
    out['unmount'] = attempt(lambda: system(libc.umount2(b'/proc', 2)))
    out['change root'] = attempt(lambda: os.chroot('/tmp'))
    out['new namespaces'] = attempt(lambda: system(libc.unshare(0x00020000 | 0x40000000)))
    out['load a module'] = attempt(lambda: system(libc.syscall(175, 0, 0, b'')))
    out['raw sockets'] = attempt(lambda: raw(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
    out['packet sockets'] = attempt(lambda: raw(socket.AF_PACKET, socket.SOCK_RAW))
    out['change the network'] = attempt(lambda: tool('ip', 'route', 'flush', 'table', 'main'))
    out['change the clock'] = attempt(lambda: __import__('time').clock_settime(0, 0))
    out['change priorities'] = attempt(lambda: os.nice(-5))
    return out
`
