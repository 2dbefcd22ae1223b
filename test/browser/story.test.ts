import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const run = promisify(execFile)
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

const card = (title: string, sdk = 'gradio') => `---\ntitle: ${title}\nemoji: 🌊\nsdk: ${sdk}\n---\n`

/** Takes its time to start, so that one can see it do so. */
const counter = (word: string, seconds = 1.5) => `
import http.server, itertools, time, uuid
print("${word} begins", flush=True)
time.sleep(${seconds})
clicks = itertools.count(1)
run = uuid.uuid4().hex
PAGE = b"""<!doctype html><h1>${word}</h1><button onclick="fetch('/click').then(r => r.text()).then(t => { out.textContent = t })">Click</button><p id=out></p>"""
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"${word} {next(clicks)} of {run}".encode() if self.path == "/click" else PAGE
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("0.0.0.0", int(__import__("os").environ["PORT"])), Handler).serve_forever()
`

const at = (place: string) => new URL(place, plaza.url).href
const appOf = (page: Page) => page.frameLocator('section[aria-label="The running app"] iframe')

async function openPage(options: typeof desktop | typeof phone): Promise<{ page: Page; faults: string[] }> {
  const page = await (await browser.person(options)).newPage()
  return { page, faults: watchFaults(page, plaza.url.origin) }
}

/** Nothing is wider than the screen, on a phone above all. */
async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(wide, page.url()).toBeLessThanOrEqual(0)
}

async function choose(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}

/** What the page says to do in a terminal, done as it says, in a folder with the files. */
async function inTerminal(lines: readonly string[], files: Record<string, string>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-terminal-'))
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content)
    const person = { GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@example.org' }
    const committer = { GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.org' }
    await run('sh', ['-ec', lines.join('\n')], {
      cwd: folder,
      timeout: 60_000,
      env: { PATH: process.env['PATH'], HOME: folder, GIT_TERMINAL_PROMPT: '0', ...person, ...committer },
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test.for([
  { view: 'desktop', options: desktop },
  { view: 'phone', options: phone },
])(
  `on a $view: sign up, create, push as the page says, watch, use, break, go back, pause, start, delete${named}`,
  { timeout: 120_000 },
  async ({ view, options }, { skip }) => {
    if (chromiumProblem !== undefined) return skip(chromiumProblem)
    const name = `nina-${view}`
    const id = `${name}/tides`
    const { page, faults } = await openPage(options)

    // Sign up, from the page that somebody unknown is sent to.
    await page.goto(at('/new/empty'))
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('E-mail').fill(`${name}@example.org`)
    await page.getByLabel('Password').fill('correct horse battery')
    await expectNoSidewaysScroll(page)
    await page.getByRole('button', { name: 'Create account' }).click()

    await page.getByRole('heading', { name: 'New Space' }).waitFor()
    await page.getByLabel('Name').fill('bad name')
    await page.getByText('Use letters, digits').waitFor()
    await page.getByLabel('Name').fill('tides')
    await expectNoSidewaysScroll(page)
    await page.getByRole('button', { name: 'Create Space' }).click()

    // The lines that the page shows, with a token that it makes.
    await page.waitForURL(at(`/spaces/${id}`))
    await page.getByRole('button', { name: 'Create a token for it' }).click()
    await page.getByText('The token is in the second line now').waitFor()
    await expectNoSidewaysScroll(page)
    const lines = await page.getByRole('list', { name: 'Lines for your terminal' }).locator('code').allTextContents()
    expect(lines).toHaveLength(3)
    await inTerminal(lines, { 'README.md': card('Tides'), 'app.py': counter('high tide') })

    // It changes by itself until the app is there.
    await page.getByRole('list', { name: 'Phases of this build' }).waitFor()
    await appOf(page).getByRole('heading', { name: 'high tide' }).waitFor()
    await page.getByText('Running').first().waitFor()
    await appOf(page).getByRole('button', { name: 'Click' }).click()
    await appOf(page).getByText('high tide 1 of').waitFor()
    await expectNoSidewaysScroll(page)

    // A new version: its log comes line by line, visitors keep the old one until it answers.
    const push = /http\S+/.exec(lines[1] ?? '')?.[0] ?? ''
    const again = (title: string) => [
      'git clone -q "$REMOTE" work'.replace('$REMOTE', push),
      'cp README.md app.py work/',
      'cd work',
      `git add --all && git commit -q -m "${title}"`,
      'git push -q',
    ]
    await page.getByRole('link', { name: 'Logs' }).click()
    await page.getByRole('region', { name: 'Build log' }).waitFor()
    await inTerminal(again('The tide goes out'), { 'README.md': card('Tides'), 'app.py': counter('low tide', 3) })
    await page.getByText(/Visitors still get version/).waitFor()
    await page.getByRole('region', { name: 'Build log' }).getByText('nothing to install').waitFor()
    await page.getByText('build 2 ·').waitFor()
    await page.getByRole('link', { name: 'Run', exact: true }).click()
    await page.getByRole('region', { name: 'Run log' }).getByText('low tide begins').waitFor()
    await page.getByRole('link', { name: 'App', exact: true }).click()
    // Nobody's work in the frame is thrown away: the new version comes when one asks for it.
    await appOf(page).getByRole('heading', { name: 'high tide' }).waitFor()
    await page.getByRole('button', { name: 'A new version is live. Load it' }).click()
    await appOf(page).getByRole('heading', { name: 'low tide' }).waitFor()

    // Broken: visitors notice nothing, its author reads why.
    await inTerminal(again('The sea is gone'), {
      'README.md': card('Tides'),
      'app.py': 'raise ValueError("there is no water")\n',
    })
    await page.getByRole('link', { name: 'The new version failed' }).click()
    await page.getByRole('heading', { name: /there is no water/ }).waitFor()
    await expectNoSidewaysScroll(page)

    // And back to the first version.
    await page.getByRole('link', { name: 'Versions', exact: true }).click()
    const first = page.getByRole('listitem').filter({ hasText: 'First version' })
    await first.getByRole('button', { name: 'Go back to this version' }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Go back to/ })
      .click()
    await first.getByText('Serving visitors').waitFor()
    await expectNoSidewaysScroll(page)
    await page.getByRole('link', { name: 'App', exact: true }).click()
    await appOf(page).getByRole('heading', { name: 'high tide' }).waitFor()

    await choose(page, 'Pause')
    await page.getByRole('heading', { name: 'Paused by its author' }).waitFor()
    await page.getByRole('button', { name: 'Start again' }).click()
    await appOf(page).getByRole('heading', { name: 'high tide' }).waitFor()
    const runOf = async () => {
      await appOf(page).getByRole('button', { name: 'Click' }).click()
      return (
        await appOf(page)
          .getByText(/^high tide \d+ of/)
          .textContent()
      )
        ?.split(' ')
        .at(-1)
    }
    const before = await runOf()
    await choose(page, 'Restart')
    await page.getByText('Restarting').first().waitFor()
    await expect.poll(runOf, { timeout: 20_000 }).not.toBe(before)

    await choose(page, 'Delete')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(`Type ${id}`).fill('tides')
    await dialog.getByLabel(`Type ${id}`).press('Enter')
    expect((await plaza.api('GET', `/api/spaces/${id}`)).status).toBe(200)
    await dialog.getByLabel(`Type ${id}`).fill(id)
    await expectNoSidewaysScroll(page)
    await dialog.getByRole('button', { name: 'Delete Space' }).click()
    await page.waitForURL(at('/'))
    await page.getByText('Deleted Tides').waitFor()
    expect((await plaza.api('GET', `/api/spaces/${id}`)).status).toBe(404)
    expect(faults).toEqual([])
    await page.context().close()
  },
)

withBrowser(`a link of the command line signs in, once; a token that the page makes pushes${named}`, async () => {
  const link = (await plaza.command('user', 'link', 'alice')).trim()
  const { page, faults } = await openPage(desktop)
  await page.goto(link)
  await page.getByRole('button', { name: 'Your account, alice' }).waitFor()
  expect(page.url()).toBe(at('/'))

  await page.getByRole('button', { name: 'Your account, alice' }).click()
  await page.getByRole('menuitem', { name: 'Access tokens' }).click()
  await page.getByLabel('Name').fill('laptop')
  await page.getByRole('button', { name: 'Create token' }).click()
  const token = await page.getByRole('list', { name: 'The new token' }).locator('code').textContent()
  expect(token).toMatch(/^hf_/)
  await plaza.createSpace('alice', 'by-token', { sdk: 'static' })
  const files = { 'README.md': card('By token', 'static'), 'index.html': 'hello' }
  await plaza.push('alice', 'by-token', files, token ?? '')
  await plaza.waitFor('alice/by-token', 'RUNNING')

  await page.getByRole('listitem').filter({ hasText: 'laptop' }).getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('Revoked laptop').waitFor()
  await expect(plaza.push('alice', 'by-token', files, token ?? '')).rejects.toThrow()

  await page.getByRole('button', { name: 'Your account, alice' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
  await page.goto('about:blank')
  await page.goto(link)
  await page.getByRole('heading', { name: 'This link does not sign you in.' }).waitFor()
  expect(faults).toEqual([])
  await page.context().close()
})

withBrowser(
  `a visitor without account sees the gallery and uses a public Space, and no private one${named}`,
  async () => {
    await Promise.all([
      plaza.publish('bob', 'garden', { 'README.md': card('Garden', 'static'), 'index.html': '<h1>Flowers</h1>' }),
      plaza.publish(
        'bob',
        'diary',
        { 'README.md': card('Diary', 'static'), 'index.html': 'secret' },
        { private: true },
      ),
    ])
    await Promise.all([plaza.waitFor('bob/garden', 'RUNNING'), plaza.waitFor('bob/diary', 'RUNNING')])
    const { page, faults } = await openPage(phone)
    await page.goto(at('/'))
    await page.getByRole('link', { name: /^(Open )?Garden$/ }).waitFor()
    expect(await page.getByText('Diary').count()).toBe(0)
    await page.getByRole('searchbox', { name: 'Search Spaces' }).fill('gard')
    await page.waitForURL(at('/?search=gard'))
    await page.getByRole('link', { name: /^(Open )?Garden$/ }).click()
    await appOf(page).getByRole('heading', { name: 'Flowers' }).waitFor()
    expect(await page.getByRole('link', { name: 'Settings' }).count()).toBe(0)
    await page.goto(at('/spaces/bob/diary'))
    await page.getByText('There is no Space bob/diary for you.').waitFor()
    expect(faults).toEqual([])

    // Its owner opens it in its frame, where the browser takes no cookie but by the signed address.
    const owner = await openPage(desktop)
    await owner.page.goto((await plaza.command('user', 'link', 'bob')).trim())
    await owner.page.getByRole('link', { name: /^(Open )?Diary$/ }).click()
    await appOf(owner.page).getByText('secret').waitFor()
    expect(owner.faults).toEqual([])
    await Promise.all([page.context().close(), owner.page.context().close()])
  },
)

withBrowser(
  `the page of a sleeping Space turns into the app, at its own address and in its frame${named}`,
  async () => {
    await plaza.publish('bob', 'dreamer', { 'README.md': card('Dreamer'), 'app.py': counter('awake') })
    await plaza.waitFor('bob/dreamer', 'RUNNING')
    await plaza.json('POST', '/api/spaces/bob/dreamer/sleeptime', 'bob', { seconds: 1 })
    const { page, faults } = await openPage(desktop)
    const origin = `http://bob-dreamer.spaces.localhost:${plaza.url.port}`

    await plaza.waitFor('bob/dreamer', 'SLEEPING')
    const answer = await page.goto(`${origin}/deep?a=1#part`)
    expect(answer?.status()).not.toBe(200)
    // One that was kept in memory may be awake before the page has been drawn.
    const awake = page.getByRole('heading', { name: 'awake' })
    await page.getByText('This page turns into the app by itself.').or(awake).first().waitFor()
    await awake.waitFor()
    expect(page.url()).toBe(`${origin}/deep?a=1#part`)
    await page.goto('about:blank')

    await plaza.waitFor('bob/dreamer', 'SLEEPING')
    await page.goto(at('/spaces/bob/dreamer'))
    await appOf(page).getByRole('button', { name: 'Click' }).click()
    await appOf(page).getByText('awake 1 of').waitFor()
    expect(faults).toEqual([])
    await page.context().close()
  },
)
