/** A Space's page: its app with parameters both ways, what it uses, how one takes it elsewhere, and its settings. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)

let plaza: TestPlaza
let browser: Chromium
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start(), Chromium.start()])
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
})

const card = (title: string, sdk = 'gradio') => `---\ntitle: ${title} # seen first\nemoji: 🌊\nsdk: ${sdk}\n---\n`
/** Shows what it was opened with, tells its page where it goes, and holds a request open at `/wait`. */
const app = `
import http.server, os, time
PAGE = b"""<!doctype html><h1>Tides</h1><p id=opened></p><button onclick="parent.postMessage({ queryString: 'seed=7', hash: 'end' }, '*')">Go on</button>
<script>opened.textContent = 'opened with ' + location.search + location.hash; fetch('/wait?1'); fetch('/wait?2')</script>"""
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/wait"): time.sleep(20)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(os.environ.get("PASSWORD", "").encode() if self.path == "/secret" else PAGE)
http.server.ThreadingHTTPServer(("0.0.0.0", int(__import__("os").environ["PORT"])), Handler).serve_forever()
`
const crashing = 'print("loading weights", flush=True)\nraise ValueError("no weights")\n'

const at = (place: string) => new URL(place, plaza.url).href
const frameOf = (page: Page) => page.frameLocator('section[aria-label="The running app"] iframe')

async function openPage(options: typeof desktop | typeof phone = desktop): Promise<{ page: Page; faults: string[] }> {
  const page = await (await browser.person(options)).newPage()
  return { page, faults: watchFaults(page, plaza.url.origin) }
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(at('/sign-in'))
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(`${name}-password`)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
}

async function choose(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}

withBrowser(
  `parameters and hash go into the app and come back from it, and the strip tells its use${named}`,
  async () => {
    await plaza.publish('alice', 'tides', { 'README.md': card('Tides'), 'app.py': app })
    await plaza.waitFor('alice/tides', 'RUNNING')
    const { page, faults } = await openPage()
    await page.goto(at('/spaces/alice/tides?seed=3#top'))
    await frameOf(page).getByText('opened with ?seed=3').waitFor()
    expect(await frameOf(page).locator('#opened').textContent()).toMatch(/#top$/)
    await frameOf(page).getByRole('button', { name: 'Go on' }).click()
    await page.waitForURL(at('/spaces/alice/tides?seed=7#end'))
    const full = page.getByRole('link', { name: 'Full page' })
    await full.focus()
    expect(await full.getAttribute('href')).toMatch(/^http:\/\/alice-tides\..*\/\?seed=7#end$/)

    const strip = page.locator('.app .strip')
    await strip.getByText(/CPU\s*\d+ %/).waitFor()
    await strip.getByText(/[\d.]+ MB of 16 GB/).waitFor()
    await strip.getByText('2 here now').waitFor()
    await strip.getByText('sleeps after 48 h idle').waitFor()
    expect(faults).toEqual([])
  },
)

withBrowser(`a Gradio Space is called by three clients, another one by curl alone${named}`, async () => {
  await plaza.publish('alice', 'called', { 'README.md': card('Called'), 'app.py': app })
  await plaza.publish('alice', 'still', { 'README.md': card('Still', 'static'), 'index.html': '<h1>Still</h1>' })
  await plaza.waitFor('alice/called', 'RUNNING')
  await plaza.waitFor('alice/still', 'RUNNING')
  const { page } = await openPage()
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto(at('/spaces/alice/called'))
  await page.getByRole('button', { name: 'Use via API' }).click()
  const dialog = page.getByRole('dialog')
  const host = await plaza.host('alice/called')
  for (const name of ['Python', 'JavaScript', 'curl']) {
    await dialog.getByRole('button', { name, exact: true }).click()
    await dialog.getByLabel(`the ${name} example`, { exact: true }).getByText(host).waitFor()
  }
  await dialog.getByRole('button', { name: 'Copy the curl example' }).click()
  await dialog.getByRole('button', { name: 'Copied' }).waitFor()
  expect(await page.evaluate(async () => await navigator.clipboard.readText())).toContain(`${host}/gradio_api/call`)
  await page.keyboard.press('Escape')

  await choose(page, 'Embed')
  await dialog.getByText('<iframe').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await choose(page, 'Run locally')
  await dialog.getByText(`git clone ${at('/spaces/alice/called')}`).waitFor()
  await page.keyboard.press('Escape')

  await page.goto(at('/spaces/alice/still'))
  await page.getByRole('button', { name: 'Use via API' }).click()
  await dialog.getByText(`curl ${await plaza.host('alice/still')}/`).waitFor()
  expect(await dialog.getByRole('button', { name: 'Python' }).count()).toBe(0)
})

test.for([
  { view: 'desktop', options: desktop },
  { view: 'phone', options: phone },
])(
  `on a $view: a stranger duplicates a Space with a secret of their own${named}`,
  async ({ view, options }, context) => {
    if (chromiumProblem !== undefined) return context.skip(chromiumProblem)
    const source = `source-${view}`
    await plaza.publish('alice', source, { 'README.md': card('Source'), 'app.py': app })
    await plaza.json('POST', `/api/spaces/alice/${source}/secrets`, 'alice', { key: 'PASSWORD', value: 'hers' })
    const { page, faults } = await openPage(options)
    // Somebody unknown is asked who they are, and comes back.
    await page.goto(at(`/spaces/alice/${source}`))
    await choose(page, 'Duplicate')
    await page.waitForURL(/\/sign-in\?next=/)
    await signIn(page, 'bob')
    await page.goto(at(`/spaces/alice/${source}`))
    await choose(page, 'Duplicate')
    await page.getByLabel('Name').fill(`copy-${view}`)
    await page.getByRole('button', { name: 'Duplicate without PASSWORD' }).waitFor()
    await page.getByLabel('PASSWORD').fill('his')
    await page.getByRole('radio', { name: 'Public' }).check()
    await page.getByRole('button', { name: 'Duplicate', exact: true }).click()
    await page.waitForURL(at(`/spaces/bob/copy-${view}`))
    await frameOf(page).getByText('opened with').waitFor({ timeout: 40_000 })
    expect(await (await plaza.visit(`bob/copy-${view}`, '/secret')).text()).toBe('his')
    expect(faults).toEqual([])
  },
)

withBrowser(`settings: the card is edited, others see it at once, and a conflict loses nothing${named}`, async () => {
  await plaza.publish('alice', 'carded', { 'README.md': card('Carded', 'static'), 'index.html': 'x' })
  const [mine, others] = [await openPage(), await openPage()]
  await signIn(mine.page, 'alice')
  await others.page.goto(at('/spaces/alice/carded'))
  await others.page.getByRole('heading', { name: 'Carded' }).waitFor()
  const { page } = mine
  await page.goto(at('/spaces/alice/carded/settings'))
  await page.getByLabel('Title').fill('Louder')
  await page.getByLabel('Tags').fill('sea, sound')
  await page.getByRole('button', { name: 'Save card' }).click()
  await page.getByText('Saved the card as a commit').waitFor()
  await others.page.getByRole('heading', { name: 'Louder' }).waitFor()
  const readme = async () => await (await plaza.api('GET', '/spaces/alice/carded/resolve/main/README.md')).text()
  expect(await readme()).toBe('---\ntitle: Louder # seen first\nemoji: 🌊\nsdk: static\ntags: [sea, sound]\n---\n')

  await page.getByLabel('Short description').fill('Typed, not saved')
  await plaza.push('alice', 'carded', { 'README.md': card('Pushed', 'static'), 'index.html': 'x' })
  await page.getByRole('heading', { name: 'Pushed' }).waitFor()
  expect(await page.getByLabel('Short description').inputValue()).toBe('Typed, not saved')
  await page.getByRole('button', { name: 'Save card' }).click()
  await page.getByText('Somebody has changed README.md meanwhile').waitFor()
  await page.getByRole('button', { name: 'Load it again' }).click()
  await expect.poll(async () => await page.getByLabel('Title').inputValue()).toBe('Pushed')
  expect(mine.faults).toEqual([])
})

withBrowser(`a Space is renamed: its page has the new address, and an old link leads there${named}`, async () => {
  await plaza.publish('alice', 'old-name', { 'README.md': card('Named', 'static'), 'index.html': '<h1>Here</h1>' })
  await plaza.waitFor('alice/old-name', 'RUNNING')
  const { page, faults } = await openPage(phone)
  await signIn(page, 'alice')
  await page.goto(at('/spaces/alice/old-name/settings'))
  await page.getByLabel('Name', { exact: true }).fill('bad name')
  await page.getByRole('button', { name: 'Rename Space' }).click()
  await page.getByText('This name cannot be used').waitFor()
  await page.getByLabel('Name', { exact: true }).fill('new-name')
  await page.getByRole('button', { name: 'Rename Space' }).click()
  await page.waitForURL(at('/spaces/alice/new-name/settings'))
  await page.goto(at('/spaces/alice/old-name'))
  await page.waitForURL(at('/spaces/alice/new-name'))
  await frameOf(page).getByRole('heading', { name: 'Here' }).waitFor()
  expect(faults).toEqual([])
})

withBrowser(`an open page becomes what a reload would show when its Space is hidden or deleted${named}`, async () => {
  const files = { 'README.md': card('Open', 'static'), 'index.html': '<h1>Here</h1>' }
  for (const name of ['hidden', 'deleted']) await plaza.publish('alice', name, files)
  for (const name of ['hidden', 'deleted']) await plaza.waitFor(`alice/${name}`, 'RUNNING')
  const watched = async (name: string, who?: string) => {
    const { page } = await openPage()
    if (who) await signIn(page, who)
    const heard = page.waitForResponse((answer) => answer.url().includes('/api/plaza/events'))
    await page.goto(at(`/spaces/alice/${name}`))
    await frameOf(page).getByRole('heading', { name: 'Here' }).waitFor()
    await heard
    return page
  }
  const stranger = await watched('hidden')
  const signedIn = await watched('hidden', 'bob')
  const hers = await watched('hidden', 'alice')
  await stranger.evaluate(() => Object.assign(window, { isSame: true }))
  await plaza.json('PUT', '/api/spaces/alice/hidden/settings', 'alice', { private: true })
  for (const page of [stranger, signedIn]) {
    await page.getByText('There is no Space alice/hidden').waitFor()
    expect(await page.locator('iframe').count()).toBe(0)
  }
  const shown = async () => await stranger.locator('main').innerText()
  const before = await shown()
  expect(await stranger.evaluate(() => 'isSame' in window)).toBe(true)
  await stranger.reload()
  await stranger.getByText('There is no Space alice/hidden').waitFor()
  expect(await shown()).toBe(before)
  await frameOf(hers).getByRole('heading', { name: 'Here' }).waitFor()
  // Its files and versions are no longer to be seen either.
  const versions = await watched('deleted')
  await versions.getByRole('link', { name: 'Versions' }).click()
  await versions.getByText('Serving visitors').waitFor()
  await plaza.api('DELETE', '/api/repos/delete', 'root-admin', {
    type: 'space',
    name: 'deleted',
    organization: 'alice',
  })
  await versions.getByText('There is no Space alice/deleted').waitFor()
  for (const page of [stranger, signedIn, hers, versions]) await page.context().close()
})

withBrowser(`a crash is summed up where the app would be and over its log, line by line${named}`, async () => {
  await plaza.publish('alice', 'broken', { 'README.md': card('Broken'), 'app.py': crashing })
  await plaza.waitFor('alice/broken', 'RUNTIME_ERROR')
  const { page } = await openPage()
  await signIn(page, 'alice')
  await page.goto(at('/spaces/alice/broken'))
  const facts = page.locator('dl.crash')
  await facts.getByText('exit code 1').waitFor()
  await facts.getByText(/of 16 GB|may use 16 GB/).waitFor()
  await page.getByText('loading weights', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'Open the log' }).click()
  await facts.getByText('exit code 1').waitFor()
  await page.getByText('ValueError: no weights', { exact: true }).waitFor()
})

withBrowser(
  `logs tell the whole time until a version was live, and metrics stand beside the run log${named}`,
  async () => {
    await plaza.publish('alice', 'timed', { 'README.md': card('Timed'), 'app.py': app })
    await plaza.waitFor('alice/timed', 'RUNNING')
    const { page, faults } = await openPage()
    await signIn(page, 'alice')
    await page.goto(at('/spaces/alice/timed/logs'))
    await page.getByText(/Version [0-9a-f]{7} is live after [\d.:]+/).waitFor()
    await page.getByRole('link', { name: 'Run', exact: true }).click()
    const metrics = page.getByRole('region', { name: 'What it uses now' })
    await metrics.getByText(/% of 2 cores/).waitFor()
    await metrics.getByText(/MB of 16 GB/).waitFor()
    await metrics.getByText('0 requests, 0 websockets').waitFor()
    await page.goto(at('/spaces/alice/timed/settings'))
    await page.getByText('Files and history').waitFor()
    expect(faults).toEqual([])
  },
)
