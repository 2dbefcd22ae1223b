import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{control-plane,builder,runtime,web}/**/*.test.{ts,tsx}', 'test/**/*.test.ts'],
    globalSetup: ['test/store/server.ts', 'test/browser/page.ts', 'test/drivers/engine-run.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two files at a time: each may start a whole Plaza, a Chromium, an install.
    maxWorkers: 2,
  },
})
