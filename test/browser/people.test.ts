import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { barriers } from './axe.ts'
import { Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)

let plaza: TestPlaza
let browser: Chromium

const card = (title: string, sdk: string) => `---\ntitle: ${title}\nsdk: ${sdk}\n---\n`

beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start({ people: ['carol', 'dora'] }), Chromium.start()])
  await plaza.publish('alice', 'tides', { 'README.md': card('Tides', 'static'), 'index.html': '<h1>Tides</h1>' })
  await plaza.createSpace('alice', 'diary', { private: true })
  await plaza.waitFor('alice/tides', 'RUNNING')
})

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
})

const at = (place: string) => new URL(place, plaza.url).href

async function signIn(context: BrowserContext, name: string, password = `${name}-password`): Promise<Page> {
  const page = await context.newPage()
  await page.goto(at('/sign-in'))
  await page.getByLabel('Name or e-mail').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
  return page
}

withBrowser(`what is wrong is said beside its field, and a password is shown on demand${named}`, async () => {
  const page = await (await browser.person()).newPage()
  const faults = watchFaults(page, plaza.url.origin)
  await page.goto(at('/sign-in'))
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByText('Enter your name or e-mail.').waitFor()
  expect(await page.getByLabel('Name or e-mail').evaluate((field) => field === document.activeElement)).toBe(true)
  const password = page.getByLabel('Password')
  await password.fill('never mind')
  await page.getByRole('button', { name: 'Show what you type' }).click()
  expect(await password.getAttribute('type')).toBe('text')
  await password.evaluate((field) =>
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'A', bubbles: true, modifierCapsLock: true })),
  )
  await page.getByText('Caps Lock is on.').waitFor()

  await page.goto(at('/sign-up'))
  await page.getByLabel('Name', { exact: true }).fill('Alice')
  await page.getByLabel('E-mail').fill('nowhere')
  await page.getByText('The name “Alice” is taken. Choose another one.').waitFor()
  await page.getByLabel('Password').fill('short')
  await page.getByText('This is not an e-mail address.').waitFor()
  await page.getByLabel('Name', { exact: true }).fill('settings')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByText('A password has at least 8 characters.').waitFor()
  await page.getByLabel('E-mail').fill('alice@example.org')
  await page.getByLabel('Password').fill('long enough')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByText('The name "settings" is reserved. Choose another one.').waitFor()
  await page.getByLabel('Name', { exact: true }).fill('erin')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByText('There is an account for alice@example.org. Sign in instead.').waitFor()
  expect(await page.getByLabel('E-mail').evaluate((field) => field === document.activeElement)).toBe(true)
  expect(faults).toEqual([])
  await page.context().close()
})

withBrowser(
  `a person's page shows what they have made and like, and what is private to themselves only${named}`,
  async () => {
    await plaza.json('POST', '/api/spaces/alice/tides/like', 'bob')
    const [alice, bob] = [await browser.person(), await browser.person()]
    const stranger = await signIn(bob, 'bob')
    await stranger.goto(at('/ALICE'))
    await stranger.waitForURL(at('/alice'))
    await stranger.getByRole('heading', { name: 'alice', level: 1 }).waitFor()
    await stranger.getByRole('link', { name: 'Tides', exact: true }).waitFor()
    expect(await stranger.locator('.grid > [data-id]').count()).toBe(1)

    const own = await signIn(alice, 'alice')
    await own.goto(at('/alice'))
    await own.getByRole('link', { name: 'diary', exact: true }).waitFor()
    await own.getByRole('link', { name: 'Edit your profile' }).click()
    await own.getByLabel('Full name').fill('Alice Aalto')
    await own.getByLabel('About you').fill('Draws the tides of harbours.')
    await own.getByRole('button', { name: 'Save profile' }).click()
    await own.getByText('Saved your profile').waitFor()
    await own.getByLabel('E-mail').fill('bob@example.org')
    await own.getByRole('button', { name: 'Save profile' }).click()
    await own.getByText('The address bob@example.org belongs to another account.').waitFor()

    await stranger.reload()
    await stranger.getByRole('heading', { name: 'Alice Aalto' }).waitFor()
    await stranger.getByText('Draws the tides of harbours.').waitFor()
    expect(await stranger.getByRole('link', { name: 'Edit your profile' }).count()).toBe(0)
    await stranger.goto(at('/bob?show=likes'))
    await stranger.getByRole('link', { name: 'Tides', exact: true }).waitFor()
    await stranger.goto(at('/nobody-has-this-name'))
    await stranger.getByRole('heading', { name: 'Nobody here has this name.' }).waitFor()
    await Promise.all([alice.close(), bob.close()])
  },
)

withBrowser(`a session is ended from another device, and a new password ends the rest${named}`, async () => {
  const [here, there, third] = [await browser.person(), await browser.person(phone), await browser.person()]
  const page = await signIn(here, 'carol')
  const other = await signIn(there, 'carol')
  await page.goto(at('/settings/sessions'))
  await page.getByText('This one').waitFor()
  expect(await page.locator('.device').count()).toBe(2)
  await page
    .getByRole('button', { name: /^Sign out / })
    .first()
    .click()
  await page.getByText('You are signed in nowhere else.').waitFor()
  await other.goto(at('/settings/profile'))
  await other.waitForURL(/\/sign-in\?next=%2Fsettings%2Fprofile$/)

  const again = await signIn(third, 'carol')
  await page.getByRole('link', { name: 'Password' }).click()
  await page.getByLabel('Present password').fill('not this one')
  await page.getByLabel('New password').fill('another long one')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('This is not your present password.').waitFor()
  await page.getByLabel('Present password').fill('carol-password')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('Changed your password').waitFor()
  await page.reload()
  await page.getByLabel('Present password').waitFor()
  await again.reload()
  await again.getByRole('link', { name: 'Sign in' }).first().waitFor()
  await again.context().close()
  const fresh = await signIn(await browser.person(), 'carol', 'another long one')
  await Promise.all([here.close(), there.close(), fresh.context().close()])
})

withBrowser(
  `of a build that fails its owner hears at once, everywhere they are, and it leads to the log${named}`,
  { timeout: 120_000 },
  async () => {
    const [dora, desk, bob] = [await browser.person(phone), await browser.person(), await browser.person()]
    const pages = [await signIn(dora, 'dora'), await signIn(desk, 'dora'), await signIn(bob, 'bob')] as const
    const [page, second, stranger] = pages
    const faults = watchFaults(second, plaza.url.origin)
    for (const one of pages) await one.getByRole('button', { name: 'Notifications', exact: true }).waitFor()
    await second.goto(at('/settings/notifications'))
    await second.getByText('Nothing has failed.', { exact: false }).first().waitFor()

    await plaza.publish('dora', 'moth', {
      'README.md': card('Moth', 'gradio'),
      'app.py': 'print(1)\n',
      'requirements.txt': 'six=1\n',
    })
    await plaza.waitFor('dora/moth', 'BUILD_ERROR')
    // Nobody loads anything anew.
    await second.getByRole('link', { name: /Build of Moth failed/ }).waitFor()
    await page.getByRole('button', { name: 'Notifications, 1 unread' }).click()
    await page.getByRole('menuitem', { name: /Build of Moth failed/ }).click()
    await page.waitForURL(at('/spaces/dora/moth/logs?build=1'))
    await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor()
    await second.getByRole('button', { name: 'Mark all as read' }).waitFor({ state: 'detached' })
    await stranger.getByRole('button', { name: 'Notifications', exact: true }).waitFor()
    expect(faults).toEqual([])
    await Promise.all([dora.close(), desk.close(), bob.close()])
  },
)

for (const [size, options] of [
  ['a desktop', desktop],
  ['a phone', phone],
] as const) {
  withBrowser(
    `on ${size} no page of people overflows or has a barrier, in light and dark${named}`,
    { timeout: 120_000 },
    async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const [context, stranger] = [
          await browser.person({ ...options, colorScheme }),
          await browser.person({ ...options, colorScheme }),
        ]
        const page = await signIn(context, 'alice')
        const nobody = await stranger.newPage()
        const tabs = ['profile', 'password', 'sessions', 'tokens', 'notifications'].map((tab) => `/settings/${tab}`)
        const places = [...tabs, '/alice', '/bob', '/bob?show=likes', '/sign-in', '/sign-up']
        for (const place of places) {
          const shown = place.startsWith('/sign-') ? nobody : page
          await shown.goto(at(place))
          await shown.getByRole('heading', { level: 1 }).waitFor()
          await shown.waitForFunction(() => !document.querySelector('.skeleton, main ul[aria-busy=true]'))
          expect(await barriers(shown), `${place} ${colorScheme}`).toEqual([])
          const beyond = await shown.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          )
          expect(beyond, place).toBeLessThanOrEqual(0)
        }
        await Promise.all([context.close(), stranger.close()])
      }
    },
  )
}

withBrowser(`a Chinese reader gets these pages in Chinese${named}`, async () => {
  const page = await (await browser.person({ ...desktop, locale: 'zh-CN' })).newPage()
  await page.goto(at('/sign-up'))
  await page.getByRole('heading', { name: '创建账号' }).waitFor()
  await page.getByLabel('邮箱').fill('nowhere')
  await page.getByRole('button', { name: '创建账号' }).click()
  await page.getByText('邮箱地址格式不正确。').waitFor()
  await page.getByText('请填写用户名。').waitFor()
  await page.context().close()
})
