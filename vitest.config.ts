import { defineConfig } from 'vitest/config'

const everything = ['{control-plane,builder,runtime,web}/**/*.test.{ts,tsx}', 'test/**/*.test.ts']
/** A browser takes each network of containers that comes or goes for a change of its own network, and drops what it was loading. */
const containers = [
  'test/**/docker-*.test.ts',
  'test/browser/containers-real.test.ts',
  'test/drivers/{lifecycle,driver-change}.test.ts',
]
const limits = { testTimeout: 60_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    // Once for all of them: a project that extended this would run it again.
    globalSetup: ['test/store/server.ts', 'test/browser/page.ts', 'test/drivers/engine-run.ts'],
    // Two files at a time: each may start a whole Plaza, a Chromium, an install.
    maxWorkers: 2,
    projects: [
      { test: { ...limits, name: 'platform', include: everything, exclude: containers, sequence: { groupOrder: 0 } } },
      { test: { ...limits, name: 'containers', include: containers, sequence: { groupOrder: 1 } } },
    ],
  },
})
