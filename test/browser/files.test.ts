import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { barriers } from './axe.ts'
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

const at = (place: string) => new URL(place, plaza.url).href
const card = (sdk: string) => `---\ntitle: Tides\nsdk: ${sdk}\n---\n`

const app = (word: string) => `import http.server

PAGE = b"<!doctype html><h1>${word}</h1>"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE)


http.server.ThreadingHTTPServer(("0.0.0.0", int(__import__("os").environ["PORT"])), Handler).serve_forever()
`

const twenty = Array.from({ length: 20 }, (_, line) => `line ${line + 1}\n`).join('')

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(at('/sign-in'))
  await page.getByLabel('Name', { exact: false }).first().fill(name)
  await page.getByLabel('Password').fill(`${name}-password`)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(at('/'))
}

async function openAs(name: string, options: typeof desktop | typeof phone = desktop) {
  const page = await (await browser.person(options)).newPage()
  const faults = watchFaults(page, plaza.url.origin)
  await signIn(page, name)
  return { page, faults }
}

/** A static Space whose files are these; it builds within a moment. */
async function publish(name: string, files: Record<string, string | Buffer>): Promise<string> {
  await plaza.publish('alice', name, { 'README.md': card('static'), 'index.html': '<h1>Tides</h1>', ...files })
  return `alice/${name}`
}

async function inView(page: Page, selector: string): Promise<void> {
  await page.waitForFunction((selector) => {
    const place = document.querySelector(selector)?.getBoundingClientRect()
    return place !== undefined && place.top > 60 && place.bottom < innerHeight
  }, selector)
}

/** What main holds now. */
async function held(id: string, path: string): Promise<string | undefined> {
  const answer = await plaza.api('GET', `/spaces/${id}/resolve/main/${path}`)
  return answer.ok ? await answer.text() : undefined
}

const editor = (page: Page) => page.getByRole('textbox', { name: 'Content of the file' })

async function typeAll(page: Page, text: string): Promise<void> {
  await editor(page).click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(text)
}

async function commit(page: Page, button = 'Commit to main'): Promise<void> {
  await page.getByRole('button', { name: button }).click()
}

withBrowser(`app.py is edited in the browser, and the change goes live${named}`, { timeout: 120_000 }, async () => {
  await plaza.publish('alice', 'live', { 'README.md': card('gradio'), 'app.py': app('high tide') }, { sdk: 'gradio' })
  await plaza.waitFor('alice/live', 'RUNNING', 90_000)
  const { page, faults } = await openAs('alice')
  await page.goto(at('/spaces/alice/live/tree/main'))
  await page.getByRole('link', { name: 'app.py', exact: true }).click()
  await page.getByRole('region', { name: 'app.py' }).getByText('PAGE', { exact: false }).first().waitFor()
  await page.keyboard.press('e')
  await page.waitForURL(at('/spaces/alice/live/edit/app.py'))
  await typeAll(page, app('low tide'))
  await page.getByRole('button', { name: 'Changes' }).click()
  await page.getByRole('region', { name: 'Changes of app.py' }).getByText('low tide').waitFor()
  await page.getByRole('button', { name: 'Write' }).click()
  await editor(page).click()
  await page.keyboard.press('Control+s')

  await page.waitForURL(at('/spaces/alice/live/blob/main/app.py'))
  await page.getByText('Committed').waitFor()
  expect(await held('alice/live', 'app.py')).toBe(app('low tide'))
  // By itself, once the new version answers.
  await page.getByText('It is live.').waitFor({ timeout: 60_000 })
  await page.getByRole('link', { name: 'Open the app' }).click()
  await page
    .frameLocator('section[aria-label="The running app"] iframe')
    .getByRole('heading', { name: 'low tide' })
    .waitFor()
  expect(faults).toEqual([])
})

withBrowser(`a conflict is told, and nothing typed is lost${named}`, async () => {
  const id = await publish('conflict', { 'notes.txt': twenty })
  const { page, faults } = await openAs('alice')
  const push = async (text: string) =>
    await plaza.push('alice', 'conflict', {
      'README.md': card('static'),
      'index.html': '<h1>Tides</h1>',
      'notes.txt': text,
    })

  // The same line by both.
  await page.goto(at(`/spaces/${id}/edit/notes.txt`))
  await editor(page).waitFor()
  await push(twenty.replace('line 3\n', 'their line 3\n'))
  await typeAll(page, twenty.replace('line 3\n', 'my line 3\n'))
  await commit(page)
  const conflict = page.getByRole('alert', { name: 'Conflict' })
  await conflict.getByText('their line 3').waitFor()
  expect(await held(id, 'notes.txt')).toContain('their line 3')
  expect(await conflict.getByRole('button', { name: 'Combine both' }).count()).toBe(0)

  // A reload in the middle of it.
  page.on('dialog', (dialog) => void dialog.accept())
  await page.reload()
  await page.getByText('This is what you typed').waitFor()
  await editor(page).getByText('my line 3').waitFor()
  await commit(page)
  await conflict.getByText('their line 3').waitFor()
  await conflict.getByRole('button', { name: 'Yours beside theirs' }).click()
  await conflict.getByText('my line 3').waitFor()
  await conflict.getByRole('button', { name: 'Commit mine on top' }).click()
  await page.waitForURL(at(`/spaces/${id}/blob/main/notes.txt`))
  expect(await held(id, 'notes.txt')).toBe(twenty.replace('line 3\n', 'my line 3\n'))

  // Different lines come together.
  await push(twenty)
  await page.goto(at(`/spaces/${id}/edit/notes.txt`))
  await editor(page).waitFor()
  await push(twenty.replace('line 18\n', 'their line 18\n'))
  await typeAll(page, twenty.replace('line 2\n', 'my line 2\n'))
  await commit(page)
  await conflict.getByRole('button', { name: 'Combine both' }).click()
  await commit(page)
  await page.waitForURL(at(`/spaces/${id}/blob/main/notes.txt`))
  expect(await held(id, 'notes.txt')).toBe(
    twenty.replace('line 2\n', 'my line 2\n').replace('line 18\n', 'their line 18\n'),
  )

  // Theirs, and back again: it is one step of the editor.
  await page.goto(at(`/spaces/${id}/edit/notes.txt`))
  await editor(page).waitFor()
  await push('theirs alone\n')
  await typeAll(page, 'mine alone\n')
  await commit(page)
  await conflict.getByRole('button', { name: 'Start from theirs' }).click()
  await editor(page).getByText('theirs alone').waitFor()
  await editor(page).click()
  await page.keyboard.press('Control+z')
  await editor(page).getByText('mine alone').waitFor()

  // What somebody does to another file is no conflict.
  await page.goto(at(`/spaces/${id}/new-file`))
  await page.getByLabel('Path of the new file').fill('deep/new.txt')
  await push('another push\n')
  await typeAll(page, 'fresh\n')
  await commit(page)
  await page.waitForURL(at(`/spaces/${id}/blob/main/deep/new.txt`))
  expect(await held(id, 'deep/new.txt')).toBe('fresh\n')
  expect(await held(id, 'notes.txt')).toBe('another push\n')
  expect(faults).toEqual([])
})

withBrowser(`files are uploaded, renamed, moved and deleted${named}`, async () => {
  const id = await publish('upload', { 'docs/old.txt': 'old\n', 'docs/other.txt': 'other\n' })
  const { page, faults } = await openAs('alice')
  const files = page.getByRole('region', { name: 'Files', exact: true })

  // Dropped on a folder, with what a machine leaves behind.
  await page.goto(at(`/spaces/${id}/tree/main/docs`))
  await files.getByRole('link', { name: 'old.txt', exact: true }).waitFor()
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File(['from the desk\n'], 'dropped ü.txt'))
    transfer.items.add(new File(['new\n'], 'old.txt'))
    transfer.items.add(new File(['x'], '.DS_Store'))
    return transfer
  })
  await page.locator('.files').dispatchEvent('drop', { dataTransfer: dropped })
  const list = page.getByRole('list', { name: 'Files to upload' })
  await list.getByText('docs/dropped ü.txt').waitFor()
  await list.getByText('replaces the one there').waitFor()
  await page.getByText('Left out: .DS_Store').waitFor()
  // And some more by hand, bytes that are no text among them.
  const bytes = Buffer.from([0, 255, 128, 10, 13])
  await page.getByLabel('Files', { exact: true }).setInputFiles([
    { name: 'model.bin', mimeType: 'application/octet-stream', buffer: bytes },
    { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
  ])
  await list.getByText('docs/model.bin').waitFor()
  await page.getByRole('button', { name: 'Leave out docs/old.txt' }).click()
  await commit(page)
  await page.waitForURL(at(`/spaces/${id}/tree/main/docs`))
  await files.getByRole('link', { name: 'dropped ü.txt', exact: true }).waitFor()
  await files.getByText('Upload 3 files').first().waitFor()
  expect(await held(id, 'docs/old.txt')).toBe('old\n')
  expect(await held(id, 'docs/empty.txt')).toBe('')
  const stored = await plaza.api('GET', `/spaces/${id}/resolve/main/docs/model.bin`)
  expect(Buffer.from(await stored.arrayBuffer())).toEqual(bytes)

  // Renamed into another folder.
  await files.getByRole('link', { name: 'model.bin', exact: true }).click()
  await page.getByRole('button', { name: 'More of this file' }).click()
  await page.getByRole('menuitem', { name: 'Rename or move' }).click()
  await page.getByRole('textbox', { name: 'Path' }).fill('../model.bin')
  await page.getByText('no . or ..').waitFor()
  await page.getByRole('textbox', { name: 'Path' }).fill('weights/small.bin')
  await page.getByRole('button', { name: 'Rename file' }).click()
  await page.waitForURL(at(`/spaces/${id}/blob/main/weights/small.bin`))
  await page.getByText('is no text').waitFor()
  expect(await held(id, 'docs/model.bin')).toBeUndefined()

  // One file, then a folder.
  await page.goto(at(`/spaces/${id}/blob/main/docs/old.txt`))
  await page.getByRole('button', { name: 'More of this file' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete file' }).click()
  await page.waitForURL(at(`/spaces/${id}/tree/main/docs`))
  await files.getByRole('link', { name: 'other.txt', exact: true }).waitFor()
  expect(await files.getByRole('link', { name: 'old.txt', exact: true }).count()).toBe(0)
  await page.getByRole('button', { name: 'Add file' }).click()
  await page.getByRole('menuitem', { name: 'Delete this folder' }).click()
  await page.getByRole('button', { name: 'Delete folder' }).click()
  await page.waitForURL(at(`/spaces/${id}/tree/main`))
  await files.getByRole('link', { name: 'weights', exact: true }).waitFor()
  expect(await held(id, 'docs/other.txt')).toBeUndefined()

  // The history tells all of it.
  await page.getByRole('link', { name: 'History' }).click()
  await page.getByRole('link', { name: 'Delete docs', exact: true }).click()
  await page.getByText('Deleted', { exact: true }).first().waitFor()
  await page.getByRole('region', { name: 'Changes of docs/other.txt' }).getByText('other').waitFor()
  expect(faults).toEqual([])
})

withBrowser(`somebody who may not push reads, and is offered no change${named}`, async () => {
  const id = await publish('read', { 'app.py': app('tide') })
  const { page } = await openAs('bob')
  await page.goto(at(`/spaces/${id}/tree/main`))
  await page
    .getByRole('region', { name: 'Files', exact: true })
    .getByRole('link', { name: 'app.py', exact: true })
    .waitFor()
  expect(await page.getByRole('button', { name: 'Add file' }).count()).toBe(0)
  await page.goto(at(`/spaces/${id}/blob/main/app.py`))
  await page.getByRole('button', { name: 'Copy the file' }).waitFor()
  await page.keyboard.press('e')
  expect(await page.getByRole('button', { name: 'Edit' }).count()).toBe(0)
  expect(page.url()).toBe(at(`/spaces/${id}/blob/main/app.py`))
  for (const place of ['edit/app.py', 'upload', 'new-file']) {
    await page.goto(at(`/spaces/${id}/${place}`))
    await page.getByText('Only people who may push').waitFor()
  }
})

withBrowser(`lines are addresses, t finds a file, and every line has its author${named}`, async () => {
  const long = Array.from({ length: 3000 }, (_, line) => `value_${line + 1} = ${line + 1}\n`).join('')
  const csv = `name,height\n${Array.from({ length: 5000 }, (_, row) => `tide ${row},${row}\n`).join('')}`
  const odd = 'a b/50%#?.txt'
  const id = await publish('lines', {
    'src/long.py': long,
    'table.csv': csv,
    [odd]: 'odd\n',
    'huge.txt': 'x'.repeat(2_100_000),
  })
  const { page, faults } = await openAs('alice')
  await page.goto(at(`/spaces/${id}/blob/main/src/long.py#L2000-L2002`))
  await page.locator('.row.chosen').first().waitFor()
  expect(await page.locator('.row.chosen').count()).toBe(3)
  await inView(page, '#L2000')
  // Another line, typed into the address.
  await page.goto(at(`/spaces/${id}/blob/main/src/long.py#L500`))
  await inView(page, '#L500')
  await page.goto(at(`/spaces/${id}/blob/main/src/long.py#L2000-L2002`))
  await inView(page, '#L2000')
  await page.getByRole('link', { name: 'Line 1998', exact: true }).click()
  await page.waitForURL(/#L1998$/)
  await page.getByRole('link', { name: 'Line 2001', exact: true }).click({ modifiers: ['Shift'] })
  await page.waitForURL(/#L1998-L2001$/)
  expect(await page.locator('.row.chosen').count()).toBe(4)
  await page.keyboard.press('y')
  await page.waitForURL(/\/blob\/[0-9a-f]{40}\/src\/long\.py#L1998-L2001$/)

  await page.keyboard.press('t')
  await page.keyboard.type('tabl')
  await page.getByRole('option', { name: 'table.csv' }).waitFor()
  await page.keyboard.press('Enter')
  const table = page.getByRole('region', { name: 'table.csv' }).last()
  await table.getByRole('cell', { name: 'tide 0', exact: true }).waitFor()
  expect(await table.getByRole('row').count()).toBeLessThan(100)
  await table.evaluate((box) => box.scrollTo({ top: box.scrollHeight }))
  await table.getByRole('cell', { name: 'tide 4999', exact: true }).waitFor()

  await page.goto(at(`/spaces/${id}/tree/main/a%20b`))
  await page.getByRole('link', { name: '50%#?.txt', exact: true }).click()
  await page.getByText('odd', { exact: true }).waitFor()
  await page.goto(at(`/spaces/${id}/blob/main/huge.txt`))
  await page.getByText('more than a page can show well').waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download it' }).click(),
  ])
  expect((await readFile(await download.path())).length).toBe(2_100_000)

  await page.goto(at(`/spaces/${id}/blame/main/src/long.py`))
  await page.getByText('value_3000', { exact: false }).first().waitFor()
  await page.goto(at(`/spaces/${id}/commits/main/src/long.py`))
  await page.getByRole('link', { name: 'The file at this commit' }).click()
  await page.waitForURL(/\/blob\/[0-9a-f]{40}\/src\/long\.py$/)
  expect(faults).toEqual([])
})

test.for([
  { view: 'desktop, light', options: { ...desktop, colorScheme: 'light' as const } },
  { view: 'phone, dark', options: { ...phone, colorScheme: 'dark' as const } },
])(`every page of files can be used by everyone: $view${named}`, async ({ view, options }, { skip }) => {
  if (chromiumProblem !== undefined) return skip(chromiumProblem)
  const name = `all-${view.length}`
  const readme = `${card('static')}# Tides\n\n\`\`\`python\nimport tide  # now\n\`\`\`\n`
  const id = await publish(name, { 'README.md': readme, 'app.py': app('one'), 'table.csv': 'a,b\n1,2\n' })
  const sha = await plaza.push('alice', name, {
    'README.md': readme,
    'index.html': '<h1>Tides</h1>',
    'app.py': app('two'),
  })
  const { page, faults } = await openAs('alice', options)
  const pages: [string, string][] = [
    ['tree/main', '.snippet span span'],
    ['blob/main/app.py#L3', '.code-view code span'],
    [`blob/${sha}/table.csv`, '.empty, .table-view'],
    ['blob/main/README.md', '.snippet span span'],
    ['edit/app.py', '.cm-line span'],
    ['new-file', '.cm-editor'],
    ['upload', '.drop-zone'],
    ['commits/main', '.commits li'],
    [`commit/${sha}`, '.diff code span'],
    ['blame/main/app.py', '.blame code span'],
  ]
  for (const [place, ready] of pages) {
    await page.goto(at(`/spaces/${id}/${place}`))
    await page.locator(ready).first().waitFor()
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(wide, place).toBeLessThanOrEqual(0)
    expect(await barriers(page), place).toEqual([])
  }
  expect(faults).toEqual([])
})
