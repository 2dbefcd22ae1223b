import { expect, test } from 'vitest'
import { findHierarchies } from './cgroup.ts'

test('both versions are found in /proc/mounts', () => {
  const mounts = `proc /proc proc rw 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
`
  expect(findHierarchies(mounts)).toEqual([
    { version: 1, mount: '/sys/fs/cgroup/memory', controllers: ['memory'] },
    { version: 1, mount: '/sys/fs/cgroup/cpu,cpuacct', controllers: ['cpu'] },
    { version: 2, mount: '/sys/fs/cgroup/unified', controllers: [] },
  ])
})
