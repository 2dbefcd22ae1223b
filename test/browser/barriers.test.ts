/** What axe-core finds in the gallery and in all that floats over it, in both themes. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { barriers } from './axe.ts'
import { Chromium, chromiumProblem, desktop, phone } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)

let plaza: TestPlaza
let browser: Chromium

beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start(), Chromium.start()])
  for (const name of ['tide', 'moth', 'knot', 'reed']) {
    const about = `---\ntitle: ${name}\nsdk: static\ntags: [small]\nshort_description: A small one\n---\n`
    await plaza.publish('alice', name, { 'README.md': about, 'index.html': `<h1>${name}</h1>` })
    await plaza.waitFor(`alice/${name}`, 'RUNNING')
  }
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
})

async function gallery(options: typeof desktop | typeof phone, colorScheme: 'light' | 'dark'): Promise<Page> {
  const page = await (await browser.person({ ...options, colorScheme })).newPage()
  await page.goto(plaza.url.href)
  await page.getByRole('heading', { name: '4 Spaces, 4 running now' }).waitFor()
  return page
}

for (const theme of ['light', 'dark'] as const) {
  withBrowser(`nothing bars the way in the gallery and what floats over it, ${theme}${named}`, async () => {
    const page = await gallery(desktop, theme)
    expect(await barriers(page)).toEqual([])

    await page.getByRole('button', { name: 'Peek at moth' }).click()
    await page.getByRole('dialog', { name: 'moth' }).frameLocator('iframe').getByText('moth').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('Escape')

    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: 'All Spaces' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('Escape')

    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Language: English' }).click()
    await page.getByRole('menuitem', { name: '中文' }).waitFor()
    // A menu floats at the end of the page and belongs to no landmark.
    expect((await barriers(page)).filter((line) => !line.startsWith('moderate region'))).toEqual([])
    await page.context().close()
  })

  withBrowser(`nothing bars the way in the gallery and its sheet of filters on a phone, ${theme}${named}`, async () => {
    const page = await gallery(phone, theme)
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: /^Filter/ }).click()
    await page.getByRole('dialog', { name: 'Filter' }).getByRole('link', { name: 'small 4' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.context().close()
  })
}
