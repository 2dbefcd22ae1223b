import { describe, expect, test } from 'vitest'
import {
  bubblewrapOptions,
  confinedArguments,
  exitCode,
  outsidePath,
  plainArguments,
  type Confined,
  type Confinement,
} from './confinement.ts'

const confinement: Confinement = {
  programs: { bwrap: '/b/bwrap', pasta: '/b/pasta', unshare: '/b/unshare', setpriv: '/b/setpriv', ip: '/b/ip' },
  topFolders: [
    { path: '/bin', link: 'usr/bin' },
    { path: '/lib64', link: undefined },
  ],
  etc: [{ from: '/s/passwd', to: '/etc/passwd' }],
  routes: { 4: '/s/routes4' },
  offline: false,
  resolverFamily: 4,
  disableUserNamespaces: true,
}
const confined: Confined = {
  name: 'one',
  command: ['/usr/bin/python3', '-x; $(id)', '--'],
  env: { SECRET: '$(id)\n`x`', PATH: '/mine' },
  cwd: '/app/sub',
  mounts: [
    { from: '/outside/app', to: '/app', writable: true },
    { from: '/opt/python', to: '/opt/python', writable: false },
  ],
  network: { forward: { host: '127.0.0.1', outside: 4321, inside: 7860 } },
  limits: { cpu: 1, memory: 1024 * 1024, processes: 10 },
  user: { uid: 61_001, gid: 61_001 },
}
const files = { pid: '/f/pid', options: '/f/options', status: '/f/status', tun: '/f/tun', cgroups: ['/c/cgroup.procs'] }

/** Where a sequence of arguments stands in an array. */
const has = (all: readonly string[], ...part: string[]) => all.join('\0').includes(part.join('\0'))

describe('the arguments of a confined command', () => {
  const all = confinedArguments(confined, confinement, files)

  test('what a stranger wrote is a whole argument at the end, never part of a script or an option', () => {
    expect(all.slice(-confined.command.length - 1)).toEqual(['--', ...confined.command])
    for (const argument of all.slice(0, -confined.command.length)) expect(argument).not.toContain('$(id)')
  })
  test('variables are not among them: anybody may read arguments', () => {
    expect(all.join('\0')).not.toContain('SECRET')
  })
  test("pasta: no way to the host's loopback, the one port, the family that the host has", () => {
    expect(all).toContain('--no-map-gw')
    expect(has(all, '-T', 'none', '-U', 'none', '-u', 'none', '-t', '127.0.0.1/4321:7860')).toBe(true)
    expect(all).toContain('-4')
    expect(has(confinedArguments({ ...confined, network: {} }, confinement, files), '-t', 'none')).toBe(true)
  })
  test('one port of the host and no network: nothing is configured, nothing else leads out', () => {
    const only = confinedArguments({ ...confined, network: { onlyHostPort: 4321 } }, confinement, files)
    expect(has(only, '-T', '4321', '-U', 'none', '-u', 'none', '-t', 'none')).toBe(true)
    expect(only).toContain('--no-map-gw')
    expect(only).not.toContain('--config-net')
    expect(only).not.toContain('/s/routes4')
  })
  test('a host without a default route gives pasta nothing to copy', () => {
    expect(has(confinedArguments(confined, { ...confinement, offline: true }, files), '-i', 'lo')).toBe(true)
    expect(all).not.toContain('-i')
  })
  test('as root: the tun node and the user; else neither', () => {
    expect(has(all, '/b/setpriv', '--reuid=61001', '--regid=61001', '--clear-groups')).toBe(true)
    expect(has(all, 'plaza', '/f/tun')).toBe(true)
    const plain = confinedArguments({ ...confined, user: undefined }, confinement, { ...files, tun: undefined })
    expect(plain).not.toContain('/b/setpriv')
    expect(plain).not.toContain('/b/unshare')
  })
  test('memory is limited by process only where no cgroup does it', () => {
    expect(has(all, '/s/routes4', '', '', '/b/bwrap')).toBe(true)
    const alone = confinedArguments(confined, confinement, { ...files, cgroups: [] })
    expect(has(alone, '/s/routes4', '', String(1024 * 1024), '/b/bwrap')).toBe(true)
  })
})

describe('the options of bwrap', () => {
  const options = bubblewrapOptions(confined, confinement)

  test('new namespaces, no capabilities, nothing of the environment', () => {
    for (const option of [
      '--unshare-user',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--clearenv',
      '--new-session',
    ])
      expect(options).toContain(option)
    expect(has(options, '--cap-drop', 'ALL')).toBe(true)
    expect(options).toContain('--disable-userns')
    expect(bubblewrapOptions(confined, { ...confinement, disableUserNamespaces: false })).not.toContain(
      '--disable-userns',
    )
  })
  test('a system that can only be read, and the mounts over it', () => {
    expect(
      has(options, '--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin', '--ro-bind', '/lib64', '/lib64'),
    ).toBe(true)
    expect(has(options, '--bind', '/outside/app', '/app')).toBe(true)
    expect(has(options, '--ro-bind', '/opt/python', '/opt/python')).toBe(true)
    expect(options.indexOf('--remount-ro')).toBeGreaterThan(options.lastIndexOf('--bind'))
  })
  test('its variables as they are, with PATH, HOME and TMPDIR where absent', () => {
    expect(has(options, '--setenv', 'SECRET', '$(id)\n`x`')).toBe(true)
    expect(has(options, '--setenv', 'PATH', '/mine')).toBe(true)
    expect(has(options, '--setenv', 'HOME', '/tmp')).toBe(true)
  })
})

test('without a sandbox the command is as it was, behind a fixed script', () => {
  const all = plainArguments(confined, { pid: '/f/pid', status: '/f/status' })
  expect(all.slice(-3)).toEqual([...confined.command])
  expect(all.slice(0, 2)).toEqual(['/bin/sh', '-c'])
})

test('a path inside is that of the innermost mount outside', () => {
  expect(outsidePath('/app/sub', confined.mounts)).toBe('/outside/app/sub')
  expect(outsidePath('/application', confined.mounts)).toBe('/application')
  expect(outsidePath('/app/x/y', [...confined.mounts, { from: '/deep', to: '/app/x', writable: true }])).toBe('/deep/y')
})

test('the exit code of a status file', () => {
  expect(exitCode('{ "child-pid": 7 }\n{ "exit-code": 137 }\n')).toBe(137)
  expect(exitCode('{ "child-pid": 7 }\n')).toBeUndefined()
})
