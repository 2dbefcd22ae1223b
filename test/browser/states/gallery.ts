import type { Page } from 'playwright-core'
import type { State } from './state-pictures.ts'

const card = (page: Page) => page.locator('.grid > [data-id]').first()

async function gallery(page: Page, place = '/'): Promise<void> {
  await page.goto(place)
  await card(page).waitFor()
}

/** Before there is any Space. */
export const newInstall: State[] = [
  {
    name: 'gallery-0',
    shows: 'Gallery of a new install',
    open: async (page) => {
      await page.goto('/')
      await page.locator('.starts li').first().waitFor()
    },
  },
  {
    name: 'gallery-0-signed-in',
    shows: 'Gallery of a new install, signed in',
    as: 'newcomer',
    open: async (page) => {
      await page.goto('/')
      await page.locator('.starts li').first().waitFor()
    },
  },
  {
    name: 'palette-0',
    shows: 'Command palette of a new install',
    as: 'newcomer',
    open: async (page) => {
      await page.goto('/')
      await page.getByText('No Space yet.').waitFor()
      await page.keyboard.press('Control+k')
      await page.getByRole('option', { name: 'All Spaces' }).waitFor()
    },
  },
]

export const oneSpace: State[] = [
  { name: 'gallery-1', shows: 'Gallery with one Space', open: async (page) => await gallery(page) },
]

export const someSpaces: State[] = [
  {
    name: 'gallery-7',
    shows: 'Gallery with seven Spaces that run',
    everywhere: true,
    open: async (page) => await gallery(page),
  },
]

export const everyState: State[] = [
  {
    name: 'gallery',
    shows: 'Gallery with Spaces in every state',
    as: 'alice',
    everywhere: true,
    open: async (page) => await gallery(page, '/?sort=new'),
  },
  {
    name: 'gallery-further',
    shows: 'Gallery, further down: long names, Chinese, Arabic, emoji',
    as: 'alice',
    everywhere: true,
    open: async (page, view) => {
      await gallery(page, '/?sort=new')
      await page.mouse.wheel(0, view.startsWith('phone') ? 2600 : 720)
      await page.waitForFunction(() => scrollY > 400)
    },
  },
  {
    name: 'gallery-no-match',
    shows: 'Gallery, nothing matches',
    open: async (page) => {
      await page.goto('/?search=tide+pools&sdk=gradio&status=running&tag=sea')
      await page.getByText('No Space matches').waitFor()
    },
  },
  {
    name: 'gallery-failed',
    shows: 'Gallery, only what failed',
    open: async (page) => await gallery(page, '/?status=failed'),
  },
  {
    name: 'gallery-loading',
    shows: 'Gallery, loading',
    open: async (page) => {
      await page.route('**/api/plaza/spaces?**', () => {})
      await page.goto('/')
      await page.locator('.skeleton').first().waitFor()
    },
  },
  {
    name: 'gallery-error',
    shows: 'Gallery, the platform answers 503',
    open: async (page) => {
      await page.route(
        '**/api/plaza/spaces?**',
        async (route) =>
          await route.fulfill({
            status: 503,
            json: { error: 'The database is away.', remedy: 'It is tried again by itself.' },
          }),
      )
      await page.goto('/')
      await page.getByRole('alert').first().waitFor()
    },
  },
  {
    name: 'gallery-offline',
    shows: 'Gallery, the connection is gone',
    as: 'alice',
    open: async (page) => {
      await page.route('**/api/plaza/events**', async (route) => await route.abort())
      await gallery(page)
      await page.locator('.offline').waitFor()
    },
  },
  {
    name: 'gallery-filter',
    shows: 'A filter’s menu; on a phone the sheet of all filters',
    as: 'alice',
    isMenu: true,
    open: async (page, view) => {
      await gallery(page)
      if (view.startsWith('phone')) {
        await page.getByRole('button', { name: /^Filter/ }).click()
        await page.getByRole('dialog', { name: 'Filter' }).getByRole('link', { name: /^sea/ }).waitFor()
      } else {
        await page.getByRole('button', { name: 'Tag', exact: true }).click()
        await page.getByRole('menuitem', { name: /^sea/ }).waitFor()
      }
    },
  },
  {
    name: 'peek',
    shows: 'Peek at an app that runs',
    open: async (page) => {
      await gallery(page, '/?peek=alice/tides')
      await page.getByRole('dialog').frameLocator('iframe').getByText('The next high water').waitFor()
    },
  },
  {
    name: 'peek-crashed',
    shows: 'Peek at an app that crashed',
    open: async (page) => {
      await gallery(page, '/?peek=alice/crashed')
      await page.getByRole('dialog').locator('.meanwhile').waitFor()
    },
  },
  {
    name: 'peek-building',
    shows: 'Peek at a Space that is built',
    open: async (page) => {
      await gallery(page, '/?peek=alice/building')
      await page.getByRole('dialog').locator('.meanwhile').waitFor()
    },
  },
  {
    name: 'palette',
    shows: 'Command palette over a Space',
    as: 'alice',
    open: async (page) => {
      await page.goto('/spaces/alice/tides')
      await page.getByRole('heading', { name: 'Tide table' }).waitFor()
      await page.keyboard.press('Control+k')
      await page.getByRole('option', { name: 'Restart' }).waitFor()
    },
  },
  {
    name: 'palette-found',
    shows: 'Command palette, Spaces found',
    open: async (page) => {
      await gallery(page)
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Search or run' }).waitFor()
      await page.keyboard.type('li')
      await page
        .getByRole('option', { name: /Tide Lines|Life/ })
        .first()
        .waitFor()
    },
  },
  {
    name: 'palette-nothing',
    shows: 'Command palette, nothing found',
    open: async (page) => {
      await gallery(page)
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Search or run' }).waitFor()
      await page.keyboard.type('zzzzzz')
      await page.getByText('Nothing has this name.').waitFor()
    },
  },
  {
    name: 'keys',
    shows: 'The list of keys',
    open: async (page) => {
      await gallery(page)
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    },
  },
  {
    name: 'menu-account',
    shows: 'The menu of one’s account',
    as: 'root-admin',
    isMenu: true,
    open: async (page) => {
      await gallery(page)
      await page.getByRole('button', { name: /^Your account/ }).click()
      await page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
    },
  },
  {
    name: 'menu-bell',
    shows: 'The bell with what failed',
    as: 'alice',
    isMenu: true,
    open: async (page) => {
      await gallery(page)
      await page.getByRole('button', { name: /^Notifications/ }).click()
      await page.getByRole('menuitem', { name: /Build of Moth lamp failed/ }).waitFor()
    },
  },
]

export const tenThousand: State[] = [
  {
    name: 'gallery-10000',
    shows: 'Gallery with 10,000 Spaces',
    open: async (page) => await gallery(page, '/?sort=new'),
  },
  {
    name: 'gallery-10000-middle',
    shows: 'Gallery with 10,000 Spaces, at the 1,500th',
    open: async (page) => {
      await gallery(page, '/?sort=new')
      await page.evaluate(async () => {
        while (!document.querySelector('.grid > [aria-posinset="1501"]')) {
          await new Promise((resolve) => requestAnimationFrame(resolve))
          scrollBy(0, 700)
        }
      })
      await page.locator('.grid > [aria-posinset="1501"]').scrollIntoViewIfNeeded()
    },
  },
]
