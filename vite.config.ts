import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `vite` in development finds the platform; the built page is served by the platform itself. */
const platform = 'http://localhost:8420'

export default defineConfig({
  root: 'web',
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // No data: addresses and no inline script, so that the platform's Content-Security-Policy can stay strict.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // The platform takes changes by cookie only from its own origin. web/api/*.ts are the page's own modules.
    proxy: {
      '^/api/(?![a-z]+\\.ts(\\?|$))': { target: platform, changeOrigin: true, headers: { origin: platform } },
      '^/spaces/[^/]+/[^/]+/(resolve|raw)/': { target: platform, changeOrigin: true },
    },
  },
})
