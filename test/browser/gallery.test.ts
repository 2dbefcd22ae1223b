import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSpace } from '../../control-plane/spaces/space.ts'
import { openStore, type Store } from '../../control-plane/store/database.ts'
import { TestPlaza } from '../plaza.ts'
import { createDatabase } from '../store/database.ts'
import { changeAnswers, Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)
const many = 200
const patient = { timeout: 10_000 }

let plaza: TestPlaza
let browser: Chromium
let database: Awaited<ReturnType<typeof createDatabase>>
let store: Store

const page = (title: string) =>
  `<!doctype html><title>${title}</title><h1>${title} answers</h1><button onclick="this.textContent='Pressed'">Press</button>`
const sleeper = `
import http.server, time
time.sleep(2)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Type", "text/html"); self.end_headers()
        self.wfile.write(b"<h1>Owl is awake</h1>")
http.server.ThreadingHTTPServer(("0.0.0.0", 7860), Handler).serve_forever()
`

beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  database = await createDatabase()
  ;[plaza, browser] = await Promise.all([
    TestPlaza.start({ env: { PLAZA_DATABASE_URL: database.url } }),
    Chromium.start(),
  ])
  store = await openStore(database.url)
  for (const title of ['Tide', 'Moth', 'Knot']) {
    const about = `---\ntitle: ${title}\nsdk: static\ntags: [${title.toLowerCase()}, small]\nmodels: [alice/model-one]\n---\n`
    await plaza.publish('alice', title.toLowerCase(), { 'README.md': about, 'index.html': page(title) })
  }
  await plaza.publish('alice', 'owl', { 'README.md': '---\ntitle: Owl\nsdk: gradio\n---\n', 'app.py': sleeper })
  for (const name of ['tide', 'moth', 'knot', 'owl']) await plaza.waitFor(`alice/${name}`, 'RUNNING')
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

const at = (place: string) => new URL(place, plaza.url).href
const card = (page: Page, title: string) =>
  page.locator('.grid > li').filter({ has: page.getByRole('heading', { name: title, exact: true }) })

async function person(name: string, options: typeof desktop | typeof phone = desktop): Promise<Page> {
  const context: BrowserContext = await browser.person(options)
  const page = await context.newPage()
  await page.goto((await plaza.command('user', 'link', name)).trim())
  await page.getByRole('button', { name: /^Your account/ }).waitFor()
  return page
}

async function visitor(options: typeof desktop | typeof phone = desktop): Promise<{ page: Page; faults: string[] }> {
  const page = await (await browser.person(options)).newPage()
  return { page, faults: watchFaults(page, plaza.url.origin) }
}

withBrowser(`a like is seen by another person without a reload, and taken back by a second press${named}`, async () => {
  const bob = await person('bob')
  const { page: other } = await visitor()
  await Promise.all([bob.goto(at('/')), other.goto(at('/'))])
  const liked = bob.getByRole('button', { name: /^Like Moth, / })
  await liked.click()
  await expect.poll(async () => await liked.getAttribute('aria-pressed'), patient).toBe('true')
  await other.getByRole('button', { name: 'Like Moth, 1 so far' }).waitFor()
  await bob.getByRole('link', { name: 'Liked 1' }).click()
  await bob.getByRole('heading', { name: '1 Space, 1 running now' }).waitFor()
  await bob.getByRole('link', { name: /^(Open )?Moth$/ }).click()
  await bob.getByRole('button', { name: 'Like Moth, 1 so far' }).click()
  await other.getByRole('button', { name: 'Like Moth, 0 so far' }).waitFor()
  // Who has not signed in is asked to, and comes back.
  await other.getByRole('button', { name: /^Like Moth, / }).click()
  await other.waitForURL(/\/sign-in\?next=/)
  await Promise.all([bob.context().close(), other.context().close()])
})

withBrowser(
  `filters, menus and search are addresses; back goes through them; no hit says how to go on${named}`,
  async () => {
    const { page, faults } = await visitor()
    await page.goto(at('/'))
    await page.getByRole('link', { name: 'Static 3' }).click()
    await page.waitForURL(at('/?sdk=static'))
    await page.getByRole('button', { name: 'Tag', exact: true }).click()
    await page.getByRole('menuitem', { name: /^moth\s*1$/ }).click()
    await page.waitForURL(at('/?sdk=static&tag=moth'))
    await page.getByRole('heading', { name: '1 Space, 1 running now' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('nothing like it')
    await page.getByText('No Space matches “nothing like it”, Static, tagged moth.').waitFor()
    await page.getByRole('link', { name: 'Without “nothing like it”' }).click()
    await card(page, 'Moth').waitFor()
    await page.goBack()
    await page.getByText('No Space matches').waitFor()
    await page.goBack()
    await page.goBack()
    await page.waitForURL(at('/'))
    await page.getByRole('button', { name: 'Model', exact: true }).click()
    await page.getByRole('menuitem', { name: /^alice\/model-one\s*3$/ }).click()
    await page.getByRole('heading', { name: '3 Spaces, 3 running now' }).waitFor()
    expect(faults).toEqual([])
    await page.context().close()
  },
)

withBrowser(
  `by keyboard: to a card, peek, on to the next, press in the app, back to the same card, open${named}`,
  async () => {
    const { page, faults } = await visitor()
    await page.goto(at('/?sdk=static&sort=new'))
    await card(page, 'Tide').waitFor()
    await page.keyboard.press('j')
    const focused = async () => await page.evaluate(() => document.activeElement?.textContent)
    expect(await focused()).toBe('Knot')
    await page.keyboard.press('j')
    expect(await focused()).toBe('Moth')
    await page.keyboard.press('k')
    await page.keyboard.press('ArrowRight')
    expect(await focused()).toBe('Moth')
    await page.keyboard.press('Space')
    const peek = page.getByRole('dialog', { name: 'Moth' })
    await peek.frameLocator('iframe').getByRole('heading', { name: 'Moth answers' }).waitFor()
    expect(new URL(page.url()).searchParams.get('peek')).toBe('alice/moth')
    await page.keyboard.press('ArrowRight')
    await page.getByRole('dialog', { name: 'Tide' }).frameLocator('iframe').getByText('Tide answers').waitFor()
    await page.keyboard.press('ArrowLeft')
    await peek.frameLocator('iframe').getByRole('button', { name: 'Press' }).click()
    await peek.frameLocator('iframe').getByRole('button', { name: 'Pressed' }).waitFor()
    await peek.getByRole('heading', { name: 'Moth' }).click()
    await page.keyboard.press('Escape')
    await peek.waitFor({ state: 'detached' })
    expect(page.url()).toBe(at('/?sdk=static&sort=new'))
    await expect.poll(focused, patient).toBe('Moth')
    await page.keyboard.press('Space')
    await peek.waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(at('/spaces/alice/moth'))
    await page.goBack()
    await peek.waitFor()
    expect(faults).toEqual([])
    await page.context().close()
  },
)

withBrowser(`peeking at a sleeping Space wakes it, and says so until it answers${named}`, async () => {
  await plaza.json('POST', '/api/spaces/alice/owl/sleeptime', 'alice', { seconds: 1 })
  await plaza.waitFor('alice/owl', 'SLEEPING')
  const { page } = await visitor(phone)
  // The gallery has shown the small picture; the large one does not come.
  const taken = { small: '/taken-small.png', large: '/taken-large.png' }
  await changeAnswers(page, '**/api/plaza/spaces**', (text) =>
    text.replace('"id":"alice/owl",', `$&"picture":${JSON.stringify(taken)},`),
  )
  const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  await page.route('**/taken-small.png', async (route) => {
    await route.fulfill({ contentType: 'image/png', body: Buffer.from(pixel, 'base64') })
  })
  await page.route('**/taken-large.png', () => {})
  await page.goto(at('/?status=sleeping'))
  await page.getByRole('button', { name: 'Peek at Owl' }).click()
  const peek = page.getByRole('dialog', { name: 'Owl' })
  await peek
    .getByRole('status')
    .getByText(/Waking|Starting/)
    .waitFor()
  const isSeen = async () =>
    await peek.locator('img.small').evaluate((image: HTMLImageElement) => {
      const { opacity } = getComputedStyle(image)
      return image.complete && image.naturalWidth > 0 && Number(opacity) === 1
    })
  await expect.poll(isSeen, patient).toBe(true)
  await peek.frameLocator('iframe').getByRole('heading', { name: 'Owl is awake' }).waitFor()
  await peek.getByRole('button', { name: 'Close' }).click()
  await page.waitForURL(at('/?status=sleeping'))
  await page.context().close()
})

withBrowser(`the command palette finds Spaces, acts and pages; ? lists the keys${named}`, async () => {
  const page = await person('alice')
  await page.goto(at('/spaces/alice/owl'))
  await page.getByRole('heading', { name: /Owl/ }).first().waitFor()
  await page.keyboard.press('Control+k')
  const palette = page.getByRole('dialog', { name: 'Command palette' })
  await palette.getByRole('option', { name: 'Restart' }).waitFor()
  await page.keyboard.type('mot')
  await palette.getByRole('option', { name: /^Moth/ }).waitFor()
  await expect.poll(async () => await palette.getByRole('option').count(), patient).toBe(1)
  await page.keyboard.press('Enter')
  await page.waitForURL(at('/spaces/alice/moth'))
  await page.keyboard.press('Control+k')
  await palette.getByRole('option', { name: 'Access tokens' }).click()
  await page.waitForURL(at('/settings/tokens'))
  await page.getByRole('heading', { name: 'Access tokens' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).getByText('Search Spaces').waitFor()
  await page.context().close()
})

withBrowser(`a newcomer waits while somebody points at the grid${named}`, async () => {
  const { page } = await visitor()
  await page.goto(at('/?sort=new'))
  await card(page, 'Knot').hover()
  const first = async () => await page.locator('.grid > li h3').first().textContent()
  const before = await first()
  await plaza.createSpace('alice', 'newcomer')
  await page.getByRole('button', { name: '1 new' }).waitFor()
  expect(await first()).toBe(before)
  await page.mouse.move(5, 5)
  await expect.poll(first, patient).toBe('newcomer')
  await plaza.api('DELETE', '/api/repos/delete', 'alice', { type: 'space', name: 'newcomer' })
  await page.context().close()
})

withBrowser(`on a phone the sheet filters, and nothing is wider than the screen${named}`, async () => {
  const { page } = await visitor(phone)
  await page.goto(at('/'))
  await page.getByRole('button', { name: /^Filter/ }).click()
  const sheet = page.getByRole('dialog', { name: 'Filter' })
  await sheet.getByRole('link', { name: 'moth 1' }).click()
  await sheet.getByRole('button', { name: 'Show 1 Space' }).click()
  await page.waitForURL(at('/?tag=moth'))
  await card(page, 'Moth').waitFor()
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(wide).toBeLessThanOrEqual(0)
  await page.context().close()
})

withBrowser(`a long list goes on by itself; back and reload return to the same card${named}`, async () => {
  const { id } = await store.read
    .selectFrom('accounts')
    .select('id')
    .where('name', '=', 'bob')
    .executeTakeFirstOrThrow()
  for (let n = 0; n < many; n++) {
    await createSpace(store, {
      owner: { id, name: 'bob' },
      name: `row-${String(n).padStart(4, '0')}`,
      visibility: 'public',
      sdk: 'gradio',
      hardware: 'cpu-basic',
      sleepAfter: undefined,
      hasAddress: false,
      variables: [],
      secrets: [],
    })
  }
  const { page, faults } = await visitor()
  await page.goto(at('/?author=bob&sort=new'))
  await page.getByRole('heading', { name: `${many} Spaces by bob` }).waitFor()
  const wanted = page.getByRole('link', { name: 'row-0050' })
  await page.evaluate(async () => {
    while (!document.querySelector('.grid > [data-id="bob/row-0050"]')) {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      scrollBy(0, 700)
    }
  })
  // Clear of the page's head, or the click itself would scroll.
  await wanted.evaluate((link) => link.scrollIntoView({ block: 'center' }))
  const top = async () => Math.round((await wanted.boundingBox())?.y ?? Number.NaN)
  const isKept = async () =>
    await page.evaluate(() => /"card":"bob\/row-00/.test(sessionStorage.getItem('plaza-gallery') ?? ''))
  await expect.poll(isKept, patient).toBe(true)
  // Where the place was noted last; the wheel's own motion may still have gone on a little.
  await page.evaluate(() => dispatchEvent(new Event('pagehide')))
  const was = await top()
  await wanted.click()
  await page.waitForURL(at('/spaces/bob/row-0050'))
  await page.goBack()
  await expect.poll(async () => Math.abs((await top()) - was), patient).toBeLessThan(120)
  await page.reload()
  await expect.poll(async () => Math.abs((await top()) - was), patient).toBeLessThan(120)
  const titles = await page.locator('.grid h3').allTextContents()
  expect(new Set(titles).size).toBe(titles.length)
  expect(faults).toEqual([])
  await page.context().close()
})

withBrowser(`without JavaScript the gallery and a Space’s page are read, linked and searched${named}`, async () => {
  const context = await browser.person({ ...desktop, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(at('/'))
  await page.getByLabel('Search Spaces').fill('moth')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByRole('link', { name: 'Moth' }).click()
  expect(page.url()).toBe(at('/spaces/alice/moth'))
  await page.getByRole('heading', { name: 'Moth' }).waitFor()
  await page.getByRole('link', { name: 'Open the app' }).click()
  await page.getByRole('heading', { name: 'Moth answers' }).waitFor()
  await context.close()
})
