import '@fontsource-variable/geist-mono'
import '@fontsource-variable/instrument-sans/standard.css'
import './theme.css'
import './parts/base.css'
import './parts/status.css'
import './parts/controls.css'
import './parts/screen.css'
import './parts/top.css'
import './parts/sheet.css'
import './parts/form.css'
import './parts/tabs.css'
import './parts/code.css'
import './parts/floating.css'
import './parts/phone.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router/dom'
import { ApiError } from './api/client.ts'
import { followChanges } from './live/stream.ts'
import { router } from './routes.tsx'
import { openLanguage } from './words/language.ts'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The stream of changes says when something is stale; this only bounds what a lost event could cost.
      staleTime: 60_000,
      retry: (failures, error) =>
        failures < 3 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
})

void followChanges(queries, new AbortController().signal)

async function draw(): Promise<void> {
  await openLanguage()
  const root = document.querySelector('#root')
  if (!root) throw new Error('index.html has no #root')
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}

void draw()
