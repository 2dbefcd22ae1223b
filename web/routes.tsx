import { createBrowserRouter } from 'react-router'
import { GalleryPage } from './pages/gallery/page.tsx'
import { NotFound, PageError } from './parts/page-error.tsx'
import { Shell } from './parts/shell.tsx'

/** The gallery comes with the first load; every other page when somebody goes there. */
export const router = createBrowserRouter([
  {
    path: '/',
    Component: Shell,
    HydrateFallback: () => null,
    children: [
      {
        ErrorBoundary: PageError,
        children: [
          { index: true, Component: GalleryPage },
          {
            path: 'spaces/:owner/:name',
            lazy: async () => ({ Component: (await import('./pages/space/page.tsx')).SpacePage }),
            children: [
              { index: true, lazy: async () => ({ Component: (await import('./pages/space/app.tsx')).AppTab }) },
              { path: 'logs', lazy: async () => ({ Component: (await import('./pages/space/logs.tsx')).LogsTab }) },
              {
                path: 'versions',
                lazy: async () => ({ Component: (await import('./pages/space/versions.tsx')).VersionsTab }),
              },
              {
                path: 'settings',
                lazy: async () => ({ Component: (await import('./pages/space/settings.tsx')).SettingsTab }),
              },
              {
                path: 'tree/:rev?/*',
                lazy: async () => ({ Component: (await import('./pages/files/tree.tsx')).TreePage }),
              },
              {
                path: 'blob/:rev/*',
                lazy: async () => ({ Component: (await import('./pages/files/file.tsx')).FilePage }),
              },
              {
                path: 'edit/*',
                lazy: async () => ({ Component: (await import('./pages/files/edit.tsx')).EditPage }),
              },
              {
                path: 'new-file',
                lazy: async () => ({ Component: (await import('./pages/files/edit.tsx')).NewFilePage }),
              },
              {
                path: 'upload',
                lazy: async () => ({ Component: (await import('./pages/files/upload.tsx')).UploadPage }),
              },
              {
                path: 'commits/:rev?/*',
                lazy: async () => ({ Component: (await import('./pages/history/commits.tsx')).CommitsPage }),
              },
              {
                path: 'commit/:sha',
                lazy: async () => ({ Component: (await import('./pages/history/commit.tsx')).CommitPage }),
              },
              {
                path: 'blame/:rev/*',
                lazy: async () => ({ Component: (await import('./pages/history/blame.tsx')).BlamePage }),
              },
            ],
          },
          { path: 'new', lazy: async () => ({ Component: (await import('./pages/new/page.tsx')).NewSpacePage }) },
          {
            path: 'sign-in',
            lazy: async () => ({ Component: (await import('./pages/sign-in/page.tsx')).SignInPage }),
          },
          {
            path: 'sign-up',
            lazy: async () => ({ Component: (await import('./pages/sign-in/sign-up.tsx')).SignUpPage }),
          },
          {
            path: 'sign-in/link',
            lazy: async () => ({ Component: (await import('./pages/sign-in/link.tsx')).SignInLinkPage }),
          },
          {
            path: 'settings/tokens',
            lazy: async () => ({ Component: (await import('./pages/tokens/page.tsx')).TokensPage }),
          },
          { path: 'admin', lazy: async () => ({ Component: (await import('./pages/admin/page.tsx')).AdminPage }) },
          { path: '*', Component: NotFound },
        ],
      },
    ],
  },
])
