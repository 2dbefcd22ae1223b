/**
 * What a newcomer does in one go, from the first visit to the last deletion, with a real Gradio app; two people who see
 * each other; and the main ways with a keyboard alone.
 */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { barriers } from './axe.ts'
import { Chromium, chromiumProblem, desktop, ordinaryWindow, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)
/** Gradio is installed once; a start of it takes some seconds, more on a busy machine. */
const patience = 90_000

let plaza: TestPlaza
let browser: Chromium
let duck: string
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start(), Chromium.start()])
  const template = path.join(import.meta.dirname, '..', '..', 'examples', 'templates', 'gradio-chat', 'app.py')
  duck = await readFile(template, 'utf8')
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
})

const at = (place: string) => new URL(place, plaza.url).href
const appOf = (page: Page) => page.frameLocator('section[aria-label="The running app"] iframe')

async function expectFits(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(wide, page.url()).toBeLessThanOrEqual(0)
  expect(await barriers(page), page.url()).toEqual([])
}

async function choose(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(at('/sign-in'))
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(`${name}-password`)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(at('/'))
}

/** Replaces app.py in the page's own editor. */
async function edit(page: Page, id: string, text: string): Promise<void> {
  await page.getByRole('link', { name: /^Files/ }).click()
  await page.getByRole('link', { name: 'app.py', exact: true }).click()
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.waitForURL(at(`/spaces/${id}/edit/app.py`))
  await page.getByRole('textbox', { name: 'Content of the file' }).click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(text)
  await page.getByRole('button', { name: 'Commit to main' }).click()
  await page.getByText('Committed').waitFor()
}

async function remove(page: Page, id: string): Promise<void> {
  await choose(page, 'Delete')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(`Type ${id}`).fill(id)
  await dialog.getByRole('button', { name: 'Delete Space' }).click()
  await page.waitForURL(at('/'))
  expect((await plaza.api('GET', `/api/spaces/${id}`)).status).toBe(404)
}

let people = 0
withBrowser.for([
  { view: 'desktop, light', options: { ...desktop, colorScheme: 'light' } },
  { view: 'phone, dark', options: { ...phone, colorScheme: 'dark' } },
  { view: 'desktop, dark', options: { ...desktop, colorScheme: 'dark' } },
  { view: 'phone, light', options: { ...phone, colorScheme: 'light' } },
] as const)(
  `first visit, sign up, template, build, use, edit, break, go back, sleep, wake, duplicate, delete: $view${named}`,
  { timeout: 300_000 },
  async ({ view, options }) => {
    // Somebody new each time, also where the story is tried again.
    const name = `ines-${view.replace(', ', '-')}-${++people}`
    const id = `${name}/duck`
    await using ordinary = await ordinaryWindow(options)
    const page = await ordinary.context.newPage()
    const faults = watchFaults(page, plaza.url.origin)

    await page.goto(at('/'))
    await page.getByRole('link', { name: 'Sign in' }).first().click()
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('E-mail').fill(`${name}@example.org`)
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
    await expectFits(page)
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('button', { name: `Your account, ${name}` }).waitFor()

    await page.goto(at('/new'))
    await page.getByRole('radio', { name: /Gradio chat/ }).check()
    await page.getByLabel('Name').fill('duck')
    await page.getByText(`${id} is free.`).waitFor()
    await page.getByRole('button', { name: 'Create Space' }).click()
    await page.waitForURL(at(`/spaces/${id}`))
    await page.getByRole('list', { name: 'Phases of this build' }).waitFor()
    await expectFits(page)

    // The answer comes back piece by piece, through the proxy.
    const ask = async (text: string) => {
      await appOf(page).getByPlaceholder('My loop never ends').fill(text)
      await appOf(page).getByPlaceholder('My loop never ends').press('Enter')
      await appOf(page)
        .getByText('Have you measured where the time goes')
        .or(appOf(page).getByText('a tenth of the data'))
        .first()
        .waitFor()
    }
    await appOf(page).getByRole('heading', { name: 'Rubber Duck' }).waitFor({ timeout: patience })
    await ask('The query takes forever')
    await expectFits(page)

    await edit(page, id, duck.replace('# Rubber Duck', '# Wooden Duck'))
    await page.getByText('It is live.').waitFor({ timeout: patience })
    await expectFits(page)
    await page.getByRole('link', { name: 'Open the app' }).click()
    await appOf(page).getByRole('heading', { name: 'Wooden Duck' }).waitFor({ timeout: patience })

    // Broken: the old version goes on, and its author reads why.
    await edit(page, id, `raise RuntimeError("the duck flew away")\n${duck}`)
    await page.getByRole('link', { name: 'App', exact: true }).click()
    await page.getByRole('link', { name: 'The new version failed' }).click({ timeout: patience })
    await page.getByRole('heading', { name: /the duck flew away/ }).waitFor()
    await expectFits(page)
    await page.getByRole('link', { name: 'Versions', exact: true }).click()
    const first = page.getByRole('listitem').filter({ hasText: 'Start from the template' })
    await first.getByRole('button', { name: 'Go back to this version' }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Go back to/ })
      .click()
    await first.getByText('Serving visitors').waitFor({ timeout: patience })
    await expectFits(page)

    // It sleeps once nobody is there, as the gallery tells by itself, and wakes for whoever comes.
    await choose(page, 'Sleep time')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Falls asleep').selectOption('other')
    await dialog.getByLabel('Seconds').fill('2')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.goto(at(`/?author=${name}`))
    const card = page.locator(`.grid > [data-id="${id}"]`)
    await card
      .getByText(/^Asleep/)
      .first()
      .waitFor({ timeout: patience })
    await expectFits(page)
    await card.getByRole('link', { name: /Duck/ }).first().click()
    await appOf(page).getByRole('heading', { name: 'Rubber Duck' }).waitFor({ timeout: patience })
    await ask('It hangs')

    // A copy is of the files as they are: first they are put right.
    await edit(page, id, duck)
    await page.getByText('It is live.').waitFor({ timeout: patience })
    await choose(page, 'Duplicate')
    await dialog.getByLabel('Name').fill('duckling')
    await expectFits(page)
    await dialog.getByRole('button', { name: 'Duplicate' }).click()
    await page.waitForURL(at(`/spaces/${name}/duckling`))
    await appOf(page).getByRole('heading', { name: 'Duck' }).waitFor({ timeout: patience })

    await remove(page, `${name}/duckling`)
    await page.goto(at(`/spaces/${id}`))
    await remove(page, id)
    expect(faults).toEqual([])
  },
)

withBrowser(`two people see what the other one does without reloading${named}`, { timeout: 120_000 }, async () => {
  const [alice, bob] = await Promise.all(
    ['alice', 'bob'].map(async (name) => {
      const page = await (await browser.person(desktop)).newPage()
      const faults = watchFaults(page, plaza.url.origin)
      await signIn(page, name)
      return { page, faults }
    }),
  )
  if (!alice || !bob) throw new Error('two pages were asked for')
  const page = (word: string) => ({
    'README.md': '---\ntitle: Harbour\nsdk: static\n---\n',
    'index.html': `<h1>${word}</h1>`,
  })

  // A new Space comes into the other's gallery, and runs there before their eyes.
  await plaza.publish('alice', 'harbour', page('one'))
  const card = bob.page.locator('.grid > [data-id="alice/harbour"]')
  await card.getByText('Running').waitFor()
  await alice.page.goto(at('/spaces/alice/harbour'))
  await appOf(alice.page).getByRole('heading', { name: 'one' }).waitFor()
  await card.getByRole('button', { name: /^Like/ }).click()
  await alice.page.getByRole('button', { name: /^Like.*1/ }).waitFor()

  await bob.page.goto(at('/spaces/alice/harbour'))
  await appOf(bob.page).getByRole('heading', { name: 'one' }).waitFor()
  await plaza.push('alice', 'harbour', page('two'))
  for (const one of [alice, bob]) {
    await one.page.getByRole('button', { name: 'A new version is live. Load it' }).click()
    await appOf(one.page).getByRole('heading', { name: 'two' }).waitFor()
  }
  await remove(alice.page, 'alice/harbour')
  await bob.page.getByText('There is no Space alice/harbour for you.').waitFor()
  expect([...alice.faults, ...bob.faults]).toEqual([])
  await Promise.all([alice.page.context().close(), bob.page.context().close()])
})

withBrowser(`with the keyboard alone: sign in, find, look, like, open, edit, go live${named}`, async () => {
  await plaza.publish('alice', 'lamp', {
    'README.md': '---\ntitle: Lamp\nsdk: static\n---\n',
    'index.html': '<h1>dark</h1>',
  })
  await plaza.waitFor('alice/lamp', 'RUNNING')
  const page = await (await browser.person(desktop)).newPage()
  const faults = watchFaults(page, plaza.url.origin)
  const { keyboard } = page
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')

  await page.goto(at('/sign-in'))
  // The first field has the focus already.
  await expect.poll(() => page.evaluate(() => (document.activeElement as HTMLInputElement).name)).toBe('username')
  await keyboard.type('alice')
  await keyboard.press('Tab')
  await keyboard.type('alice-password')
  await keyboard.press('Enter')
  await page.getByRole('button', { name: 'Your account, alice' }).waitFor()

  await keyboard.press('/')
  await keyboard.type('lamp')
  await page.waitForURL(at('/?search=lamp'))
  await page.getByRole('link', { name: 'Lamp' }).waitFor()
  await keyboard.press('Escape')
  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  await keyboard.press('j')
  await expect.poll(focused).toBe('Lamp')
  await keyboard.press('l')
  await page.getByRole('button', { name: /^Like.*1/ }).waitFor()
  await keyboard.press('Space')
  await page.getByRole('dialog', { name: 'Lamp' }).frameLocator('iframe').getByText('dark').waitFor()
  await keyboard.press('Enter')
  await page.waitForURL(at('/spaces/alice/lamp'))
  await appOf(page).getByText('dark').waitFor()

  await keyboard.press('Control+k')
  await page.getByRole('dialog').waitFor()
  await keyboard.type('files')
  await keyboard.press('Enter')
  await page.waitForURL(at('/spaces/alice/lamp/tree/main'))
  await page.getByRole('link', { name: 'index.html', exact: true }).focus()
  await keyboard.press('Enter')
  await page.waitForURL(at('/spaces/alice/lamp/blob/main/index.html'))
  await page.getByRole('region', { name: 'index.html' }).getByText('dark').waitFor()
  await keyboard.press('e')
  await page.getByRole('textbox', { name: 'Content of the file' }).focus()
  await keyboard.press('Control+a')
  await keyboard.insertText('<h1>bright</h1>')
  await keyboard.press('Control+s')
  await page.getByText('It is live.').waitFor()
  expect(await (await plaza.visit('alice/lamp')).text()).toContain('bright')
  expect(faults).toEqual([])
  await page.context().close()
})
