import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { barriers } from './axe.ts'
import { Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)

let plaza: TestPlaza
let browser: Chromium
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start(), Chromium.start()])
  await plaza.publish('alice', 'tides', page('Tides'))
  await plaza.publish('bob', 'bells', page('Bells'), { private: true })
  await plaza.waitFor('alice/tides', 'RUNNING')
  await plaza.waitFor('bob/bells', 'RUNNING')
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
})

const page = (title: string) => ({
  'README.md': `---\ntitle: ${title}\nsdk: static\n---\n`,
  'index.html': `<h1>${title}</h1>`,
})
const at = (place: string) => new URL(place, plaza.url).href
const tabs = ['', '/users', '/spaces', '/running', '/queues', '/settings']

async function openAs(name: string, options: typeof desktop | typeof phone = desktop) {
  const opened = await (await browser.person(options)).newPage()
  const faults = watchFaults(opened, plaza.url.origin)
  await opened.goto(at('/sign-in'))
  await opened.getByLabel('Name', { exact: false }).first().fill(name)
  await opened.getByLabel('Password', { exact: true }).fill(`${name}-password`)
  await opened.getByRole('button', { name: 'Sign in' }).click()
  await opened.waitForURL(at('/'))
  return { page: opened, faults }
}

const row = (opened: Page, words: string) => opened.getByRole('listitem').filter({ hasText: words })

async function choose(opened: Page, of: string, item: string): Promise<void> {
  await opened.getByRole('button', { name: `Actions for ${of}` }).click()
  await opened.getByRole('menuitem', { name: item, exact: true }).click()
}

withBrowser(`a member is told that the page is not for them, a stranger signs in first${named}`, async () => {
  const { page: member } = await openAs('alice')
  await member.goto(at('/admin/users'))
  await member.getByRole('heading', { name: 'This page is for administrators.' }).waitFor()
  const stranger = await (await browser.person()).newPage()
  await stranger.goto(at('/admin/users?search=bob'))
  await stranger.waitForURL((url) => url.pathname === '/sign-in')
  expect(new URL(stranger.url()).searchParams.get('next')).toBe('/admin/users?search=bob')
})

withBrowser(`somebody is found, disabled and enabled again; what they had open ends${named}`, async () => {
  const { page: bob } = await openAs('bob')
  const { page: admin, faults } = await openAs('root-admin')
  await admin.goto(at('/admin/users'))
  await row(admin, 'alice@example.org').waitFor()
  expect(await admin.getByRole('button', { name: 'Actions for root-admin' }).count()).toBe(0)
  await admin.getByRole('searchbox', { name: 'Search people' }).fill('bob')
  await admin.waitForURL(at('/admin/users?search=bob'))
  await row(admin, 'alice@example.org').waitFor({ state: 'detached' })

  await choose(admin, 'bob', 'Disable')
  await admin.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
  await row(admin, 'bob@example.org').getByText('Disabled', { exact: true }).waitFor()
  await bob.goto(at('/settings/tokens'))
  await bob.waitForURL((url) => url.pathname === '/sign-in')

  await admin.getByRole('button', { name: 'Enable' }).click()
  await row(admin, 'bob@example.org').getByText('Disabled', { exact: true }).waitFor({ state: 'detached' })
  expect(faults).toEqual([])
})

withBrowser(`a link made here lets somebody in without their password${named}`, async () => {
  const { page: admin } = await openAs('root-admin')
  await admin.goto(at('/admin/users'))
  await choose(admin, 'alice', 'Make a sign-in link')
  await admin.getByRole('button', { name: 'Make the link' }).click()
  const link = (await admin.getByRole('list', { name: 'The sign-in link' }).textContent()) ?? ''
  const forgetful = await (await browser.person()).newPage()
  await forgetful.goto(link.trim())
  await forgetful.waitForURL(at('/'))
  const { me } = (await (await forgetful.request.get(at('/api/plaza/me'))).json()) as { me: { name: string } | null }
  expect(me?.name).toBe('alice')
})

withBrowser(
  `Spaces: a private one is named, filters are addresses, featuring is undone, deleting asks for the name${named}`,
  async () => {
    await plaza.publish('alice', 'doomed', page('Doomed'))
    const { page: admin, faults } = await openAs('root-admin')
    await admin.goto(at('/admin/spaces'))
    await row(admin, 'bob/bells').getByText('Private').waitFor()
    await row(admin, 'bob/bells')
      .getByText(/stored/)
      .waitFor()
    await row(admin, 'bob/bells').getByRole('link', { name: 'bob/bells' }).click()
    await admin.waitForURL(at('/admin/spaces?owner=bob'))
    await row(admin, 'alice/tides').waitFor({ state: 'detached' })
    await admin.getByRole('button', { name: 'Spaces of everybody, not only of bob' }).click()

    await choose(admin, 'alice/tides', 'Feature in the gallery')
    await row(admin, 'alice/tides').getByText('Featured').waitFor()
    await admin.getByRole('button', { name: 'Undo' }).click()
    await row(admin, 'alice/tides').getByText('Featured').waitFor({ state: 'detached' })

    await choose(admin, 'alice/doomed', 'Delete')
    const remove = admin.getByRole('button', { name: 'Delete Space' })
    expect(await remove.getAttribute('aria-disabled')).toBe('true')
    await admin.getByLabel('Type alice/doomed').fill('alice/doomed')
    await remove.click()
    await admin.getByRole('dialog').waitFor({ state: 'detached' })
    await row(admin, 'alice/doomed').waitFor({ state: 'detached' })
    expect((await plaza.api('GET', '/api/spaces/alice/doomed', 'alice')).status).toBe(404)
    expect(faults).toEqual([])
  },
)

withBrowser(`a Space that comes up appears without a reload${named}`, async () => {
  const { page: admin } = await openAs('root-admin')
  await admin.goto(at('/admin/spaces'))
  await row(admin, 'alice/tides').waitFor()
  await plaza.publish('alice', 'newcomer', page('Newcomer'))
  await row(admin, 'alice/newcomer').getByText('Running').waitFor()
})

for (const [size, options] of [
  ['desktop', desktop],
  ['phone', phone],
] as const) {
  withBrowser(`on ${size} no tab overflows or fails axe, in light and dark${named}`, { timeout: 120_000 }, async () => {
    const { page: admin, faults } = await openAs('root-admin', options)
    for (const tab of tabs) {
      await admin.goto(at(`/admin${tab}`))
      await admin.locator('.rows li, .empty, .none').first().waitFor()
      await admin.locator('.skeleton').first().waitFor({ state: 'detached', timeout: 30_000 })
      for (const colorScheme of ['light', 'dark'] as const) {
        await admin.emulateMedia({ colorScheme })
        const overflow = await admin.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(overflow, `${tab} ${colorScheme}`).toBeLessThanOrEqual(0)
        expect(await barriers(admin), `${tab} ${colorScheme}`).toEqual([])
      }
    }
    expect(faults).toEqual([])
  })
}
