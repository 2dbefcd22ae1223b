import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SpaceList } from '../../control-plane/hub/gallery.ts'
import type { Install } from '../../control-plane/hub/whoami.ts'
import { TestPlaza } from '../plaza.ts'
import { Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)
const examples = 6
/** Installing them, and a picture of each, some of which are not good at the first try. */
const installLimit = 240_000
const patience = 20_000

let plaza: TestPlaza
let browser: Chromium
/** The README's pictures are made here: PLAZA_PICTURES=docs/pictures keeps them, else only the making is tested. */
let pictures: string
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  pictures = process.env['PLAZA_PICTURES'] ?? (await mkdtemp(path.join(tmpdir(), 'plaza-pictures-')))
  await mkdir(pictures, { recursive: true })
  ;[plaza, browser] = await Promise.all([TestPlaza.start({ examples: true, pictures: true }), Chromium.start()])
  await allRunning()
}, installLimit + 30_000)
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
  if (pictures !== undefined && process.env['PLAZA_PICTURES'] === undefined) await rm(pictures, { recursive: true })
})

async function allRunning(): Promise<void> {
  const { install } = await plaza.json<{ install: Install }>('GET', '/api/plaza/me')
  const deadline = Date.now() + installLimit
  let stages: string[] = []
  while (Date.now() < deadline) {
    const { spaces } = await plaza.json<SpaceList>('GET', '/api/plaza/spaces', 'root-admin')
    const arePhotographed = !install.isolated || spaces.every((space) => space.picture !== undefined)
    stages = spaces.map((space) => `${space.name} ${space.stage} ${space.errorMessage ?? ''}`)
    const areRunning = stages.length === examples && spaces.every((space) => space.stage === 'RUNNING')
    if (areRunning && arePhotographed) return
    await sleep(500)
  }
  throw new Error(`The examples do not all run:\n${stages.join('\n')}\n${plaza.output.slice(-2000)}`)
}

const at = (place: string) => new URL(place, plaza.url).href
const appOf = (page: Page) => page.frameLocator('section[aria-label="The running app"] iframe')

async function picture(page: Page, name: string): Promise<void> {
  const file = path.join(pictures, name)
  await page.evaluate(async () => {
    await document.fonts.ready
  })
  await page.mouse.move(0, 0)
  await page.screenshot({ path: file, animations: 'disabled' })
  expect((await stat(file)).size).toBeGreaterThan(10_000)
}

async function open(context: BrowserContext, place: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(at(place))
  return page
}

withBrowser(`the gallery shows every example, on a desktop and a phone, light and dark${named}`, async () => {
  const views = [
    ['gallery-desktop.png', { ...desktop, colorScheme: 'light' }],
    ['gallery-desktop-dark.png', { ...desktop, colorScheme: 'dark' }],
    ['gallery-phone.png', { ...phone, deviceScaleFactor: 2, colorScheme: 'light' }],
  ] as const
  for (const [name, options] of views) {
    const context = await browser.person(options)
    const page = await context.newPage()
    const faults = watchFaults(page, plaza.url.origin)
    await page.goto(at('/'))
    await page.getByRole('heading', { name: `${examples} Spaces, ${examples} running now` }).waitFor()
    // Only the cards near the window are drawn.
    const titles = new Set<string>()
    const further = async () => {
      for (const title of await page.locator('.grid h3').allTextContents()) titles.add(title)
      await page.evaluate(() => scrollBy(0, innerHeight / 2))
      return [...titles].toSorted()
    }
    await expect
      .poll(further, { timeout: patience })
      .toEqual(['Eddy', 'Harbour Weather', 'Life in Pentatonic', 'Pocket Poet', 'Riso', 'Whiteboard'])
    await page.evaluate(() => scrollTo(0, 0))
    await picture(page, name)
    expect(faults).toEqual([])
    await context.close()
  }
})

withBrowser(`a Gradio app prints a picture in its frame; its author sees the log${named}`, async () => {
  const context = await browser.person(desktop)
  const page = await context.newPage()
  await page.goto((await plaza.command('user', 'link', 'root-admin')).trim())
  await page.getByRole('link', { name: /^(Open )?Riso$/ }).click()
  // The picture, the print and its two plates.
  const images = appOf(page).locator('img[src*="/file="]')
  const loaded = async () =>
    await images.evaluateAll((all: HTMLImageElement[]) => all.filter((image) => image.naturalWidth > 100).length)
  await expect.poll(loaded, { timeout: patience }).toBeGreaterThanOrEqual(4)
  await appOf(page).getByText('Loading...').waitFor({ state: 'hidden' })
  // Loaded is not painted yet.
  await images.evaluateAll(async (all: HTMLImageElement[]) => await Promise.all(all.map((image) => image.decode())))
  await picture(page, 'space-desktop.png')
  await page.getByRole('link', { name: 'Logs', exact: true }).click()
  const log = page.getByRole('region', { name: 'Build log' })
  await log.getByText('Ended').waitFor()
  await log
    .getByText(/gradio/)
    .first()
    .waitFor()
  await picture(page, 'logs-desktop.png')
  await context.close()
})

withBrowser(`a Gradio chat streams its answer in its frame${named}`, async () => {
  const context = await browser.person(phone)
  const page = await open(context, '/spaces/plaza/pocket-poet')
  const verses = appOf(page).locator('.message blockquote')
  await verses.first().waitFor()
  const before = await verses.count()
  const word = appOf(page).getByPlaceholder('A word, a worry')
  await word.fill('couplet: rain')
  await word.press('Enter')
  await expect.poll(async () => await verses.count(), { timeout: patience }).toBeGreaterThan(before)
  await context.close()
})

withBrowser(`two people draw on one whiteboard, each in their own browser${named}`, async () => {
  const contexts = await Promise.all([browser.person(desktop), browser.person(desktop)])
  const [one, other] = await Promise.all(
    contexts.map(async (context) => await open(context, '/spaces/plaza/whiteboard')),
  )
  if (!one || !other) throw new Error('There are no two pages.')
  for (const page of [one, other]) {
    await expect
      .poll(async () => await appOf(page).getByRole('list', { name: 'People here' }).getByRole('listitem').count(), {
        timeout: patience,
      })
      .toBe(2)
  }
  const ink = async (page: Page) =>
    await appOf(page)
      .locator('#strokes')
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
  const before = await ink(other)
  const board = await appOf(one).locator('#live').boundingBox()
  if (!board) throw new Error('There is no board.')
  await one.mouse.move(board.x + 300, board.y + 200)
  await one.mouse.down()
  await one.mouse.move(board.x + 500, board.y + 320, { steps: 12 })
  await one.mouse.up()
  await expect.poll(async () => await ink(other), { timeout: patience }).not.toBe(before)
  await Promise.all(contexts.map(async (context) => await context.close()))
})
