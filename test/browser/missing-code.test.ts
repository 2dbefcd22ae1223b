/** A tab that was open when Plaza was installed anew: a page's code is not there any more, and loading the tab anew brings it. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { Chromium, chromiumProblem } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`

let plaza: TestPlaza
let browser: Chromium
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start(), Chromium.start()])
  await plaza.createSpace('alice', 'tide')
  await plaza.push('alice', 'tide', {
    'README.md': '---\ntitle: Tide\nsdk: static\n---\n',
    'index.html': '<h1>Tide</h1>',
  })
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
})

const assets = /\/assets\/.*\.(js|css)$/

/** The gallery, and how often it has been loaded anew. */
async function gallery(): Promise<{ page: Page; loads: () => number; open: () => Promise<void> }> {
  const page = await (await browser.person()).newPage()
  await page.goto(plaza.url.href)
  const link = page.getByRole('link', { name: /Tide/ }).first()
  await link.waitFor()
  let loads = 0
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) loads += 1
  })
  return { page, loads: () => loads, open: async () => await link.click() }
}

/** What the page asks for from now on is not there: until it is loaded anew, or for good. */
async function lose(page: Page, kind: 'js' | 'css', isForGood: boolean): Promise<Set<string>> {
  const lost = new Set<string>()
  let isAnew = false
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) isAnew = true
  })
  await page.route(assets, async (route) => {
    const { pathname } = new URL(route.request().url())
    const isLost = pathname.endsWith(`.${kind}`) && (isAnew ? isForGood && lost.has(pathname) : true)
    if (!isLost) return await route.continue()
    lost.add(pathname)
    await route.fulfill({ status: 404, body: 'Not Found' })
  })
  return lost
}

for (const kind of ['js', 'css'] as const) {
  test.skipIf(chromiumProblem !== undefined)(
    `a page whose .${kind} is gone is loaded anew by itself, once, and stands there then${named}`,
    async () => {
      const { page, loads, open } = await gallery()
      const lost = await lose(page, kind, false)
      await open()
      await page.locator('.space-head').getByRole('heading', { name: 'Tide' }).waitFor()
      expect(lost.size).toBeGreaterThan(0)
      expect(loads()).toBe(1)
      expect(new URL(page.url()).pathname).toBe('/spaces/alice/tide')
      await page.context().close()
    },
  )

  test.skipIf(chromiumProblem !== undefined)(
    `a page whose .${kind} stays away is not loaded for ever: it says so, and the rest goes on${named}`,
    async () => {
      const { page, loads, open } = await gallery()
      await lose(page, kind, true)
      await open()
      await page.getByRole('heading', { name: 'Plaza has been updated.' }).waitFor()
      expect(loads()).toBe(1)
      await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Spaces' }).click()
      await page.getByRole('link', { name: /Tide/ }).first().waitFor()
      expect(loads()).toBe(1)
      await page.context().close()
    },
  )

  test.skipIf(chromiumProblem !== undefined)(
    `where a .${kind} has stayed away, somebody can load the page anew by hand${named}`,
    async () => {
      const { page, loads, open } = await gallery()
      await lose(page, kind, true)
      await open()
      const again = page.getByRole('button', { name: 'Load the page again' })
      await again.waitFor()
      await page.unrouteAll()
      await again.click()
      await page.locator('.space-head').getByRole('heading', { name: 'Tide' }).waitFor()
      expect(loads()).toBe(2)
      await page.context().close()
    },
  )
}
