/** New Space: from a template, from a git address, from a folder; drafts, keyboard, phone, both themes. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { type Elsewhere, openElsewhere } from '../repositories/elsewhere.ts'
import { barriers } from './axe.ts'
import { Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)

let plaza: TestPlaza
let browser: Chromium
let elsewhere: Elsewhere
let folder: string
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  elsewhere = await openElsewhere()
  ;[plaza, browser] = await Promise.all([
    TestPlaza.start({ yaml: 'imports: { allow: [127.0.0.1] }', env: { PLAZA_EXTRA_CA: elsewhere.certificate } }),
    Chromium.start(),
  ])
  await elsewhere.add('tides', { 'index.html': '<h1>from elsewhere</h1>', 'README.md': '# Tides\n' })
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'plaza-folder-')), 'paper-boat')
  for (const place of ['js', 'node_modules/left', '.git']) await mkdir(path.join(folder, place), { recursive: true })
  await writeFile(path.join(folder, 'index.html'), '<h1>dropped</h1><script src="js/boat.js"></script>')
  await writeFile(path.join(folder, 'js', 'boat.js'), 'document.title = "boat"\n')
  await writeFile(path.join(folder, 'node_modules', 'left', 'pad.js'), 'x')
  await writeFile(path.join(folder, '.git', 'config'), 'secret')
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
  await elsewhere?.[Symbol.asyncDispose]()
  if (folder !== undefined) await rm(path.dirname(folder), { recursive: true, force: true })
})

const at = (place: string) => new URL(place, plaza.url).href
const appOf = (page: Page) => page.frameLocator('section[aria-label="The running app"] iframe')

async function signedIn(
  options: BrowserContextOptions = desktop,
  place = '/new',
): Promise<{ page: Page; faults: string[] }> {
  const page = await (await browser.person(options)).newPage()
  const faults = watchFaults(page, plaza.url.origin)
  await page.goto(at(`/sign-in?next=${encodeURIComponent(place)}`))
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill('alice-password')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'New Space' }).waitFor()
  return { page, faults }
}

const create = async (page: Page) => await page.getByRole('button', { name: 'Create Space' }).click()

withBrowser(`by keyboard: a template becomes a running Space${named}`, async () => {
  const { page, faults } = await signedIn()
  await page.getByRole('radio', { name: /Gradio chat/ }).focus()
  for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight')
  expect(await page.getByRole('radio', { name: /Static page/ }).isChecked()).toBe(true)
  const docker = page.getByRole('radio', { name: /Docker/ })
  expect(await docker.getAttribute('aria-disabled')).toBe('true')
  await docker.click({ force: true })
  expect(await docker.isChecked()).toBe(false)
  await page.getByText('This Plaza has no container engine.').waitFor()

  await page.getByLabel('Name').fill('keyboard-lines')
  await page.getByText('alice/keyboard-lines is free.').waitFor()
  await page.getByLabel('Name').press('Enter')
  await page.waitForURL(at('/spaces/alice/keyboard-lines'))
  await appOf(page).getByRole('heading', { name: 'Tide Lines' }).waitFor()
  await page.goto(at('/new'))
  await page.getByLabel('Name').fill('keyboard-lines')
  await page.getByText('You have a Space of this name already.').waitFor()
  expect(faults).toEqual([])
})

withBrowser(`a git address is fetched and looked at, gets a card, and is credited${named}`, async () => {
  const { page, faults } = await signedIn(desktop, '/new/git')
  await page.getByLabel('Address of a repository').fill('http://127.0.0.1/x.git')
  await page.getByRole('button', { name: 'Fetch it' }).click()
  await page.getByText('over https only').waitFor()
  await page.getByLabel('Address of a repository').fill(`${elsewhere.url}/tides.git`)
  await page.getByLabel('Address of a repository').press('Enter')
  await page.getByText('1 commit, 2 files').waitFor()
  // What is here is here after a reload, too.
  await page.reload()
  await page.getByText('1 commit, 2 files').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('tides')
  await page.getByRole('heading', { name: 'A card for its README' }).waitFor()
  await page.getByLabel('Title').fill('High tide')
  await create(page)
  await page.waitForURL(at('/spaces/alice/tides'))
  await appOf(page).getByRole('heading', { name: 'from elsewhere' }).waitFor()
  await page.getByText('High tide').first().waitFor()
  await page.getByRole('link', { name: `${new URL(elsewhere.url).host}/tides` }).waitFor()
  expect(faults).toEqual([])
})

withBrowser(`a folder is read, shown, and sent as one commit; a failed try keeps everything${named}`, async () => {
  const { page, faults } = await signedIn(desktop, '/new/folder')
  await page.getByLabel('Folder', { exact: true }).setInputFiles(folder)
  const files = page.getByRole('region', { name: 'Files of the new Space' })
  await files.getByText('boat.js').waitFor()
  expect(await files.getByText('pad.js').count()).toBe(0)
  await page.getByText(/Left out: .*node_modules/).waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('paper-boat')
  await page.getByRole('heading', { name: 'A card for its README' }).waitFor()
  await page.route('**/commit/main', async (route) => await route.abort())
  await create(page)
  await page.getByText('The connection broke off').waitFor()
  await page.getByText('is there and still empty').waitFor()
  await files.getByText('boat.js').waitFor()
  await page.unroute('**/commit/main')
  await page.getByRole('button', { name: 'Send the files again' }).click()
  await page.waitForURL(at('/spaces/alice/paper-boat'))
  await appOf(page).getByRole('heading', { name: 'dropped' }).waitFor()
  const commits = await plaza.json<{ title: string }[]>('GET', '/api/spaces/alice/paper-boat/commits/main')
  expect(commits.map(({ title }) => title)).toEqual(['First version'])
  expect(faults).toEqual([])
})

withBrowser(`what was filled in is there after a reload, and on every way${named}`, async () => {
  const { page } = await signedIn()
  await page.getByLabel('Name').fill('kept')
  await page.getByRole('radio', { name: /Private/ }).check()
  await page.getByRole('link', { name: 'Empty' }).click()
  await page.waitForURL(at('/new/empty'))
  await page.reload()
  expect(await page.getByLabel('Name').inputValue()).toBe('kept')
  expect(await page.getByRole('radio', { name: /Private/ }).isChecked()).toBe(true)
  await page.getByText('/spaces/alice/kept').waitFor()
})

withBrowser.for([
  { view: 'desktop, light', options: { ...desktop, colorScheme: 'light' } },
  { view: 'desktop, dark', options: { ...desktop, colorScheme: 'dark' } },
  { view: 'phone, light', options: { ...phone, colorScheme: 'light' } },
  { view: 'phone, dark', options: { ...phone, colorScheme: 'dark' } },
] as const)(`axe finds nothing, nothing is too wide: $view${named}`, async ({ view, options }) => {
  const { page } = await signedIn(options)
  const pictures = process.env['PLAZA_PICTURES']
  for (const way of ['', '/git', '/folder', '/empty']) {
    await page.goto(at(`/new${way}`))
    await page.getByRole('button', { name: 'Create Space' }).waitFor()
    if (way === '') await page.getByRole('radio', { name: /Docker/ }).waitFor()
    if (way === '/git') {
      await page.getByLabel('Address of a repository').fill(`${elsewhere.url}/tides.git`)
      await page.getByRole('button', { name: 'Fetch it' }).click()
      await page.getByText('1 commit, 2 files').waitFor()
    }
    if (way === '/folder') {
      await page.getByLabel('Folder', { exact: true }).setInputFiles(folder)
      await page.getByText('boat.js').waitFor()
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(wide, way).toBeLessThanOrEqual(0)
    if (pictures !== undefined) {
      const name = `new${way.replace('/', '-')}-${view.replace(', ', '-')}.png`
      await page.screenshot({ path: path.join(pictures, name), fullPage: true })
    }
    expect(await barriers(page), way).toEqual([])
  }
})
