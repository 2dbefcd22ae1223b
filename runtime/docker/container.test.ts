import { describe, expect, test } from 'vitest'
import type { Workload } from '../runtime.ts'
import { checkId, containerOf, labelled, type OciImage } from './container.ts'

const image: OciImage = {
  kind: 'oci',
  reference: 'plaza/app:1',
  digest: 'sha256:1',
  writable: ['/home/user', '/var/cache/'],
}
const workload: Workload & { image: OciImage } = {
  id: 'w1',
  spaceId: 's1',
  image,
  command: ['python', 'app.py', '--host={host}', '--port', '{port}'],
  env: { PORT: '{port}', TEMPLATE: '{"at": "{port}"}', TOKEN: 'secret=1' },
  port: 7860,
  limits: { cpu: 0.5, memory: 1024 ** 3, processes: 100 },
  replicas: 2,
  startupTimeout: 30,
}
const parts = {
  workload,
  replica: 2,
  install: 'here',
  network: 'net',
  volume: 'vol',
  cpus: 4,
  gpus: [],
}

describe('a container', () => {
  test('of an image that Plaza built', () => {
    const { Labels: _, ...options } = containerOf(parts)
    expect(options).toEqual({
      name: 'plaza-w1-2',
      Image: 'plaza/app:1',
      Entrypoint: [],
      Cmd: ['python', 'app.py', '--host=0.0.0.0', '--port', '7860'],
      User: '1000:1000',
      Env: ['PYTHONUNBUFFERED=1', 'TMPDIR=/tmp', 'PORT=7860', 'TEMPLATE={"at": "{port}"}', 'TOKEN=secret=1'],
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        Init: true,
        NetworkMode: 'net',
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        IpcMode: 'private',
        Privileged: false,
        ReadonlyRootfs: true,
        Mounts: [
          { Type: 'volume', Target: '/home/user' },
          { Type: 'volume', Target: '/tmp' },
          { Type: 'volume', Target: '/var/cache' },
          { Type: 'volume', Source: 'vol', Target: '/data', VolumeOptions: { NoCopy: true } },
        ],
        ShmSize: 256 * 1024 ** 2,
        NanoCpus: 5e8,
        Memory: 1024 ** 3,
        MemorySwap: 1024 ** 3,
        PidsLimit: 100,
        Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
        OomScoreAdj: 500,
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10485760', 'max-file': '2' } },
        RestartPolicy: { Name: 'no' },
      },
    })
  })
  test("of an author's own image: its command, its user, its files, and no capability either", () => {
    const { writable: _, ...own } = image
    const options = containerOf({ ...parts, workload: { ...workload, image: own, command: [] } })
    for (const name of ['Cmd', 'Entrypoint', 'User']) expect(options).not.toHaveProperty(name)
    expect(options.Env?.[0]).toBe('PORT=7860')
    expect(options.HostConfig).toMatchObject({ ReadonlyRootfs: false, CapDrop: ['ALL'], Privileged: false })
    expect(options.HostConfig?.Mounts).toHaveLength(1)
  })
  test('has no more cores than the machine, none counted where the engine cannot, and less weight in the background', () => {
    const limits = { ...workload.limits, cpu: 64, background: true, memory: 128 * 1024 ** 2 }
    const wide = { ...parts, workload: { ...workload, limits } }
    expect(containerOf(wide).HostConfig).toMatchObject({ NanoCpus: 4e9, CpuShares: 128, ShmSize: 64 * 1024 ** 2 })
    expect(containerOf({ ...wide, cpus: undefined }).HostConfig).not.toHaveProperty('NanoCpus')
  })
  test('with graphics processors, a published port and certificates', () => {
    const options = containerOf({ ...parts, gpus: ['GPU-1', 'GPU-2'], publishAt: '10.0.0.1', extraCa: '/etc/ca.pem' })
    expect(options).toMatchObject({
      ExposedPorts: { '7860/tcp': {} },
      Env: expect.arrayContaining(['SSL_CERT_FILE=/etc/ssl/certs/plaza-ca.crt']),
      HostConfig: {
        PortBindings: { '7860/tcp': [{ HostIp: '10.0.0.1', HostPort: '' }] },
        DeviceRequests: [{ DeviceIDs: ['GPU-1', 'GPU-2'], Capabilities: [['gpu']] }],
      },
    })
    expect(options.HostConfig?.Mounts?.at(-1)).toEqual({
      Type: 'bind',
      Source: '/etc/ca.pem',
      Target: '/etc/ssl/certs/plaza-ca.crt',
      ReadOnly: true,
    })
  })
  test('mounts no folder over the /data of its Space, and none within another', () => {
    const writable = ['/home/user/app', '/home/user', '/data/x', '/data', '/tmp/a', '/home/username']
    const options = containerOf({ ...parts, workload: { ...workload, image: { ...image, writable } } })
    expect(options.HostConfig?.Mounts?.map(({ Target }) => Target)).toEqual([
      '/home/user',
      '/home/username',
      '/tmp',
      '/data',
    ])
  })
  test('is found again by its labels, which hold no variable', () => {
    const { Labels = {}, Env = [] } = containerOf({ ...parts, gpus: ['GPU-1'] })
    expect(JSON.stringify(Labels)).not.toContain('secret')
    const env = { PYTHONUNBUFFERED: '1', TMPDIR: '/tmp', ...workload.env, PORT: '7860' }
    expect(labelled(Labels, Env)).toEqual({ workload: { ...workload, env }, replica: 2, gpus: ['GPU-1'] })
    expect(labelled({ ...Labels, 'plaza.workload': 'other' }, Env)).toBeUndefined()
    expect(labelled({ ...Labels, 'plaza.replica': 'x' }, Env)).toBeUndefined()
    expect(labelled({ ...Labels, 'plaza.definition': '{' }, Env)).toBeUndefined()
    expect(labelled({}, Env)).toBeUndefined()
  })
})

test('an id means nothing else to an engine, a shell or a path', () => {
  for (const id of ['w1', 'a_B-9', 'x'.repeat(64)]) expect(() => checkId(id)).not.toThrow()
  for (const id of ['', '../x', 'a b', 'a\n', '{}', 'x'.repeat(65), 'ü'])
    expect(() => checkId(id)).toThrow('is not an id')
})
