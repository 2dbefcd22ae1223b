import { createBrowserRouter, redirect } from 'react-router'
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
          { path: 'new/:way?', lazy: async () => ({ Component: (await import('./pages/new/page.tsx')).NewSpacePage }) },
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
            path: 'settings',
            lazy: async () => ({ Component: (await import('./pages/account/page.tsx')).AccountPage }),
            children: [
              { index: true, loader: () => redirect('/settings/profile') },
              {
                path: 'profile',
                lazy: async () => ({ Component: (await import('./pages/account/profile.tsx')).ProfileTab }),
              },
              {
                path: 'password',
                lazy: async () => ({ Component: (await import('./pages/account/password.tsx')).PasswordTab }),
              },
              {
                path: 'sessions',
                lazy: async () => ({ Component: (await import('./pages/account/sessions.tsx')).SessionsTab }),
              },
              {
                path: 'tokens',
                lazy: async () => ({ Component: (await import('./pages/tokens/page.tsx')).TokensTab }),
              },
              {
                path: 'notifications',
                lazy: async () => ({ Component: (await import('./pages/account/notifications.tsx')).NotificationsTab }),
              },
            ],
          },
          {
            path: 'admin',
            lazy: async () => ({ Component: (await import('./pages/admin/page.tsx')).AdminPage }),
            children: [
              {
                index: true,
                lazy: async () => ({ Component: (await import('./pages/admin/overview.tsx')).OverviewTab }),
              },
              {
                path: 'users',
                lazy: async () => ({ Component: (await import('./pages/admin/users.tsx')).UsersTab }),
              },
              {
                path: 'spaces',
                lazy: async () => ({ Component: (await import('./pages/admin/spaces.tsx')).SpacesTab }),
              },
              {
                path: 'running',
                lazy: async () => ({ Component: (await import('./pages/admin/running.tsx')).RunningTab }),
              },
              {
                path: 'queues',
                lazy: async () => ({ Component: (await import('./pages/admin/queues.tsx')).QueuesTab }),
              },
              {
                path: 'settings',
                lazy: async () => ({ Component: (await import('./pages/admin/settings.tsx')).SettingsTab }),
              },
            ],
          },
          { path: ':name', lazy: async () => ({ Component: (await import('./pages/people/page.tsx')).ProfilePage }) },
          { path: '*', Component: NotFound },
        ],
      },
    ],
  },
])
