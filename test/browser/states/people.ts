import type { Page } from 'playwright-core'
import type { State } from './state-pictures.ts'

function shown(name: string, shows: string, place: string, words: string | RegExp, as?: string): State {
  return {
    name,
    shows,
    ...(as === undefined ? {} : { as }),
    open: async (page) => {
      await page.goto(place)
      await page.getByText(words).first().waitFor()
      await page.waitForFunction(() => !document.querySelector('.skeleton'))
    },
  }
}

const signUp = async (page: Page) => await page.getByRole('button', { name: 'Create account' }).click()

/** Of somebody who has nothing yet. */
export const newcomers: State[] = [
  shown('profile-empty', 'A profile with nothing', '/newcomer', 'You have no Space yet.', 'newcomer'),
  shown('profile-likes-empty', 'A profile, no likes', '/newcomer?show=likes', 'You like no Space yet.', 'newcomer'),
  shown('notifications-none', 'Notifications, none', '/settings/notifications', 'Nothing has failed.', 'newcomer'),
]

export const people: State[] = [
  shown('sign-in', 'Sign in', '/sign-in', 'New here?'),
  {
    name: 'sign-in-wrong',
    shows: 'Sign in, refused',
    open: async (page) => {
      await page.goto('/sign-in')
      await page.getByLabel('Name or e-mail').fill('alice')
      await page.getByLabel('Password', { exact: true }).fill('not this one')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByRole('alert').first().waitFor()
    },
  },
  {
    name: 'sign-in-empty',
    shows: 'Sign in, nothing filled in',
    open: async (page) => {
      await page.goto('/sign-in')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByText('Enter your password.').waitFor()
    },
  },
  shown('sign-in-link', 'A sign-in link that is used up', '/sign-in/link#no-such-secret', 'does not sign you in'),
  shown('sign-up', 'Create an account', '/sign-up', 'Here already?'),
  {
    name: 'sign-up-wrong',
    shows: 'Create an account, with mistakes',
    open: async (page) => {
      await page.goto('/sign-up')
      await page.getByLabel('Name', { exact: true }).fill('Alice')
      await page.getByLabel('E-mail').fill('nowhere')
      await page.getByText('is taken. Choose another one.').waitFor()
      await page.getByLabel('Password', { exact: true }).fill('short')
      await signUp(page)
      await page.getByText('A password has at least 8 characters.').waitFor()
    },
  },
  shown('profile', 'A profile with many Spaces', '/alice', 'Tide table'),
  shown('profile-own', 'One’s own profile', '/alice', 'Edit your profile', 'alice'),
  shown('profile-likes', 'What somebody likes', '/bob?show=likes', 'Tide table'),
  shown('profile-nobody', 'Nobody of this name', '/nobody-has-this-name', 'Nobody here has this name.'),
  shown('account-profile', 'Your account: profile', '/settings/profile', 'Everybody can read it', 'alice'),
  shown('account-password', 'Your account: password', '/settings/password', 'Every other place', 'alice'),
  {
    name: 'account-password-wrong',
    shows: 'Your account: a wrong password',
    as: 'alice',
    open: async (page) => {
      await page.goto('/settings/password')
      await page.getByLabel('Present password').fill('not this one')
      await page.getByLabel('New password').fill('a new long one')
      await page.getByRole('button', { name: 'Change password' }).click()
      await page.getByText('This is not your present password.').waitFor()
    },
  },
  shown('account-sessions', 'Your account: where you are signed in', '/settings/sessions', 'This one', 'alice'),
  shown('tokens', 'Tokens', '/settings/tokens', 'never used', 'alice'),
  {
    name: 'tokens-new',
    shows: 'A new token, shown once',
    as: 'bob',
    open: async (page) => {
      await page.goto('/settings/tokens')
      await page.getByLabel('Name', { exact: true }).fill('the laptop on the boat')
      await page.getByRole('button', { name: 'Create token' }).click()
      await page.getByText('It is shown this once').waitFor()
    },
  },
  {
    name: 'tokens-revoke',
    shows: 'A token, revoked',
    as: 'alice',
    open: async (page) => {
      await page.goto('/settings/tokens')
      await page
        .getByRole('button', { name: /^Revoke/ })
        .first()
        .click()
      await page.getByRole('dialog').waitFor()
    },
  },
  shown('notifications', 'Notifications', '/settings/notifications', 'Build of Moth lamp failed', 'alice'),
  shown('nothing-here', 'An address with nothing', '/no/such/page', 'Nothing is at this address.'),
]

export const newSpace: State[] = [
  {
    ...shown('new', 'New Space from a template', '/new', 'Static page', 'alice'),
    everywhere: true,
  },
  {
    name: 'new-end',
    shows: 'New Space, the end of the page',
    as: 'alice',
    open: async (page) => {
      await page.goto('/new')
      await page.getByText('Static page').waitFor()
      await page.getByLabel('Name').fill('tides')
      await page.getByText('You have a Space of this name already.').waitFor()
      await page.getByRole('button', { name: 'Create Space' }).scrollIntoViewIfNeeded()
    },
  },
  shown('new-git', 'New Space from a git address', '/new/git', 'Address of a repository', 'alice'),
  {
    name: 'new-git-wrong',
    shows: 'New Space, an address that cannot be fetched',
    as: 'alice',
    open: async (page) => {
      await page.goto('/new/git')
      await page.getByLabel('Address of a repository').fill('http://127.0.0.1/x.git')
      await page.getByRole('button', { name: 'Fetch it' }).click()
      await page.getByText('over https only').waitFor()
    },
  },
  shown('new-folder', 'New Space from a folder', '/new/folder', 'Drop a folder or files here', 'alice'),
  {
    name: 'new-folder-files',
    shows: 'New Space from a folder, files chosen',
    as: 'alice',
    open: async (page) => {
      await page.goto('/new/folder')
      await page
        .getByLabel('Files', { exact: true })
        .setInputFiles(
          ['index.html', 'style.css', 'a-file-name-that-goes-on-and-on-because-nobody-stopped-it-in-time.js'].map(
            (name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`/* ${name} */`) }),
          ),
        )
      await page.getByRole('region', { name: 'Files of the new Space' }).getByText('style.css').waitFor()
    },
  },
  shown('new-dockerfile', 'New Space from a Dockerfile, without an engine', '/new/dockerfile', 'plaza doctor', 'alice'),
  shown('new-empty', 'New Space with nothing', '/new/empty', 'Name', 'alice'),
]

export const admin: State[] = [
  shown('admin', 'Admin: overview', '/admin', 'What this machine can do', 'root-admin'),
  shown('admin-users', 'Admin: people', '/admin/users', 'alice@example.org', 'root-admin'),
  shown('admin-users-nobody', 'Admin: nobody matches', '/admin/users?search=zzz', 'Nobody matches', 'root-admin'),
  {
    name: 'admin-disable',
    shows: 'Admin: somebody is disabled',
    as: 'root-admin',
    open: async (page) => {
      await page.goto('/admin/users')
      await page.getByRole('button', { name: 'Actions for bob' }).click()
      await page.getByRole('menuitem', { name: 'Disable', exact: true }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  shown('admin-spaces', 'Admin: Spaces', '/admin/spaces', 'alice/tides', 'root-admin'),
  shown('admin-running', 'Admin: what runs', '/admin/running', 'alice/tides', 'root-admin'),
  shown('admin-queues', 'Admin: queues', '/admin/queues', 'alice/in-line', 'root-admin'),
  shown('admin-settings', 'Admin: settings', '/admin/settings', 'PLAZA_URL', 'root-admin'),
  shown('admin-member', 'Admin, for somebody who is none', '/admin', 'for administrators', 'alice'),
]
