/**
 * What a container driver adds to the pages: an image's steps, what a Space runs on, replicas, a Space from a Dockerfile,
 * and how a repository without a card was recognised. Rows are written where no build makes them, and answers changed on
 * their way to the page where this machine's driver gives others.
 */
import path from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BuildStep } from '../../builder/builder.ts'
import type { SpaceDetail } from '../../control-plane/hub/gallery.ts'
import type { RunsOn } from '../../control-plane/hub/runs-on.ts'
import type { Version } from '../../control-plane/hub/versions.ts'
import { publish } from '../../control-plane/store/changes.ts'
import { openStore, type Store } from '../../control-plane/store/database.ts'
import { TestPlaza } from '../plaza.ts'
import { createDatabase } from '../store/database.ts'
import { barriers } from './axe.ts'
import { changeAnswers, Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)

const steps: BuildStep[] = [
  { name: 'FROM plaza-test/python:3.11', n: 1, of: 7, state: 'cached' },
  { name: 'RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg', n: 2, of: 7, state: 'cached' },
  { name: 'COPY requirements.txt /tmp/requirements.txt', n: 3, of: 7, state: 'done', seconds: 0.2 },
  {
    name: 'RUN uv pip install --python /opt/venv/bin/python --requirement /tmp/requirements.txt',
    n: 4,
    of: 7,
    state: 'running',
    startedAt: new Date().toISOString(),
  },
  { name: 'RUN useradd --create-home --uid 1000 user', n: 5, of: 7, state: 'waiting' },
  { name: 'COPY --chown=user . /home/user/app', n: 6, of: 7, state: 'waiting' },
  { name: 'exporting to image', n: 7, of: 7, state: 'waiting' },
]
const failed: BuildStep[] = steps.map((step) =>
  step.state === 'running' ? { ...step, state: 'failed', seconds: 12.4 } : step,
)

const onDocker: RunsOn = {
  driver: 'docker',
  isolated: true,
  limits: { cpu: 2, memory: 16 * 1024 ** 3, disk: 50 * 1024 ** 3 },
  gpus: 1,
  gpuModel: 'NVIDIA L4',
  holds: ['cpu', 'memory', 'processes'],
  replicas: { ready: 2, wanted: 3, most: 8 },
}

let plaza: TestPlaza
let browser: Chromium
let store: Store
let database: Awaited<ReturnType<typeof createDatabase>>
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  database = await createDatabase()
  ;[plaza, browser] = await Promise.all([
    TestPlaza.start({ env: { PLAZA_DATABASE_URL: database.url } }),
    Chromium.start(),
  ])
  store = await openStore(database.url)
  await plaza.publish('alice', 'clock', {
    'README.md': '---\ntitle: Bread clock\nsdk: static\n---\n',
    'index.html': '<h1>bread</h1>',
  })
  // Two files that tell what it is, and no card.
  await plaza.publish('alice', 'found', { 'index.html': '<h1>found by itself</h1>', 'README.md': '# What was found\n' })
  await plaza.waitFor('alice/clock', 'RUNNING')
  await plaza.waitFor('alice/found', 'RUNNING')
  await setSteps(steps)
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

/** As the builder tells them, and as the platform tells the page. */
async function setSteps(now: readonly BuildStep[]): Promise<void> {
  await store.transaction(async (tx) => {
    const { id } = await tx.db.selectFrom('spaces').select('id').where('name', '=', 'clock').executeTakeFirstOrThrow()
    await tx.db
      .updateTable('builds')
      .set({ steps: JSON.stringify(now) })
      .where('space_id', '=', id)
      .execute()
    await publish(tx, { type: 'build', spaceId: id })
  })
}

async function signedIn(
  place: string,
  options: BrowserContextOptions = desktop,
): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.person({ ...options, baseURL: plaza.url.href })
  const page = await context.newPage()
  const faults = watchFaults(page, plaza.url.origin)
  await page.goto(`/sign-in?next=${encodeURIComponent(place)}`)
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill('alice-password')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => url.pathname + url.search === place)
  return { page, faults }
}

/** The Space as another driver would have it. */
async function onAnotherDriver(page: Page, change: Partial<SpaceDetail>): Promise<void> {
  await changeAnswers(page, '**/api/plaza/spaces/alice/clock', (text) =>
    JSON.stringify({ ...(JSON.parse(text) as SpaceDetail), ...change }),
  )
}

async function withEngine(page: Page): Promise<void> {
  await changeAnswers(page, '**/api/plaza/me', (text) => {
    const said = JSON.parse(text) as { install: object }
    return JSON.stringify({ ...said, install: { ...said.install, containers: true } })
  })
}

const stepsOf = (page: Page) => page.getByRole('region', { name: 'Steps of the image' })

withBrowser(`an image's steps are listed, opened, and followed as they change${named}`, async () => {
  await setSteps(steps)
  const { page, faults } = await signedIn('/spaces/alice/clock/logs')
  const panel = stepsOf(page)
  await panel.getByText('3 of 7').waitFor()
  // The build is over, so they are closed; what is under way is told all the same.
  expect(await panel.getByRole('listitem').count()).toBe(1)
  await panel.getByRole('button', { name: /Steps of the image/ }).click()
  expect(await panel.getByRole('listitem').count()).toBe(7)
  const rows = await panel.getByRole('listitem').allInnerTexts()
  expect(rows[1]).toMatch(/2\/7[\s\S]*apt-get[\s\S]*cached/)
  expect(rows[2]).toMatch(/3\/7[\s\S]*0\.2 s/)
  expect(rows[3]).toMatch(/4\/7[\s\S]*\d:\d\d/)
  const long = panel.getByRole('button', { name: /uv pip install/ })
  const lineHeight = (await long.boundingBox())?.height ?? 0
  await long.click()
  expect(await long.getAttribute('aria-expanded')).toBe('true')
  expect((await long.boundingBox())?.height).toBeGreaterThan(lineHeight)

  await setSteps(failed)
  await panel.getByText('failed, 12 s').waitFor()
  expect(await panel.getByRole('listitem').count()).toBe(7)
  const red = await panel
    .locator('[data-s=failed] code')
    .evaluate((name) => getComputedStyle(name).color !== getComputedStyle(document.body).color)
  expect(red).toBe(true)
  expect(faults).toEqual([])
  await page.context().close()
})

withBrowser(`steps of a build are told to its owner alone, and their number to everybody${named}`, async () => {
  const { versions } = await plaza.json<{ versions: Version[] }>('GET', '/api/plaza/spaces/alice/clock/versions', null)
  const build = versions[0]?.build
  expect(build?.steps).toBe(7)
  const route = `/api/plaza/spaces/alice/clock/builds/${build?.number}/steps`
  expect((await plaza.api('GET', route, 'bob')).status).toBe(403)
  expect((await plaza.json<{ steps: BuildStep[] }>('GET', route)).steps).toHaveLength(7)
  expect((await plaza.api('GET', '/api/plaza/spaces/alice/clock/builds/99/steps')).status).toBe(404)
})

withBrowser(`a build without an image shows no steps, and asks for none${named}`, async () => {
  const { page, faults } = await signedIn('/spaces/alice/found')
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.goto('/spaces/alice/found/logs')
  await page.getByRole('heading', { name: /is live/ }).waitFor()
  expect(await stepsOf(page).count()).toBe(0)
  expect(asked.filter((one) => one.endsWith('/steps'))).toEqual([])
  expect(faults).toEqual([])
  await page.context().close()
})

withBrowser(`what it runs on: the driver, the limits that hold, replicas, what sleep has left${named}`, async () => {
  const { page, faults } = await signedIn('/spaces/alice/clock')
  // A static Space runs on nothing.
  expect(await page.getByRole('button', { name: /^Runs on/ }).count()).toBe(0)
  await onAnotherDriver(page, { sdk: 'docker', hardware: 'l4x1', runsOn: onDocker })
  await page.reload()
  await page.getByRole('button', { name: 'Runs on l4x1' }).click()
  const dialog = page.getByRole('dialog', { name: 'Runs on' })
  for (const said of ['a Docker container', '2 cores', '16 GB', 'bounded', '1 × NVIDIA L4', '2 of 3 ready']) {
    await dialog.getByText(said, { exact: true }).waitFor()
  }
  await dialog.getByText('50 GB, not enforced here').waitFor()
  await dialog.getByText('Kept in /data').waitFor()
  expect(await barriers(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Close' }).click()

  const frozen = { ...onDocker, frozen: { memory: 410 * 1024 ** 2 } }
  await page.unrouteAll()
  await onAnotherDriver(page, { sdk: 'docker', stage: 'SLEEPING', runsOn: frozen })
  // A visit would wake it.
  await page.route('**/wake', () => {})
  await page.reload()
  await page.getByText('Asleep, kept in memory.').waitFor()
  await page.getByText('It wakes at once').waitFor()
  await page.getByRole('button', { name: /^Runs on/ }).click()
  await dialog.getByText('in memory (410 MB), wakes at once').waitFor()
  expect(faults).toEqual([])
  await page.context().close()
})

withBrowser(`replicas are set where there can be several, and nowhere else${named}`, async () => {
  const { page, faults } = await signedIn('/spaces/alice/clock/settings')
  await page.getByRole('heading', { name: 'Storage' }).waitFor()
  expect(await page.getByRole('heading', { name: 'Replicas' }).count()).toBe(0)
  await onAnotherDriver(page, { sdk: 'docker', runsOn: onDocker })
  const sent: unknown[] = []
  await page.route('**/api/plaza/spaces/alice/clock/replicas', async (route) => {
    sent.push([route.request().method(), route.request().postDataJSON()])
    await route.fulfill({ json: { replicas: 4 } })
  })
  await page.reload()
  const field = page.getByLabel('How many run')
  expect(await field.inputValue()).toBe('3')
  const save = page.getByRole('button', { name: 'Save replicas' })
  expect(await save.getAttribute('aria-disabled')).toBe('true')
  await field.fill('9')
  await page.getByText('A whole number from 1 to 8.').waitFor()
  await save.click({ force: true })
  await field.fill('4')
  await save.click()
  await page.getByText('4 of it run from the next start').waitFor()
  expect(sent).toEqual([['PUT', { replicas: 4 }]])
  expect(faults).toEqual([])
  await page.context().close()
})

withBrowser(`the platform keeps the bounds of replicas, and tells its owner alone${named}`, async () => {
  const at = '/api/plaza/spaces/alice/clock/replicas'
  const revision = async () =>
    (await store.read.selectFrom('spaces').select('revision').where('name', '=', 'clock').executeTakeFirst())?.revision
  const before = await revision()
  for (const replicas of [0, 1.5, -1, 1e9]) {
    expect((await plaza.api('PUT', at, 'alice', { replicas })).status, String(replicas)).toBe(400)
  }
  expect((await plaza.api('PUT', at, 'bob', { replicas: 1 })).status).toBe(403)
  // One runs already: nothing starts anew for that.
  expect(await plaza.json('PUT', at, 'alice', { replicas: 1 })).toEqual({ replicas: 1 })
  expect(await revision()).toBe(before)
})

withBrowser(`without an engine the page says so, and what to do${named}`, async () => {
  const { page, faults } = await signedIn('/new/dockerfile')
  await page.getByText('This Plaza has no container engine, so it builds no Dockerfile.').waitFor()
  await page.getByText('plaza doctor').waitFor()
  expect(await page.getByRole('button', { name: 'Create Space' }).count()).toBe(0)
  await page.getByRole('link', { name: 'begin from its folder' }).click()
  await page.waitForURL((url) => url.pathname === '/new/folder')
  expect(faults).toEqual([])
  await page.context().close()
})

withBrowser(`a Dockerfile is pasted or dropped, gets a card with its port, and becomes a Space${named}`, async () => {
  const { page, faults } = await signedIn('/new/empty')
  await withEngine(page)
  await page.goto('/new/dockerfile')
  const create = page.getByRole('button', { name: 'Create Space' })
  expect(await create.getAttribute('title')).toBe('Paste a Dockerfile first')
  await page.getByLabel('Dockerfile', { exact: true }).fill('RUN true')
  expect(await create.getAttribute('title')).toMatch(/FROM/)
  await page.getByLabel('Files', { exact: true }).setInputFiles([
    { name: 'Dockerfile', mimeType: 'text/plain', buffer: Buffer.from('FROM scratch\nCOPY app /app\nEXPOSE 8501\n') },
    { name: 'app', mimeType: 'text/plain', buffer: Buffer.from('#!/bin/sh\n') },
  ])
  await page.getByText('EXPOSE says 8501.').waitFor()
  expect(await page.getByLabel('Dockerfile', { exact: true }).inputValue()).toContain('COPY app /app')
  await page.getByRole('region', { name: 'Files of the new Space' }).getByText('app', { exact: true }).waitFor()
  await page.getByLabel('Port that the app listens on').fill('99999')
  await page.getByText('A whole number from 1 to 65535.').waitFor()
  await page.getByLabel('Port that the app listens on').fill('')
  await page.getByLabel('Name').fill('any-image')
  await page.getByText('alice/any-image is free.').waitFor()
  await create.click()
  await page.waitForURL((url) => url.pathname === '/spaces/alice/any-image')
  const raw = async (file: string) =>
    await (await plaza.api('GET', `/spaces/alice/any-image/resolve/main/${file}`)).text()
  expect(await raw('Dockerfile')).toBe('FROM scratch\nCOPY app /app\nEXPOSE 8501\n')
  expect(await raw('app')).toBe('#!/bin/sh\n')
  expect(await raw('README.md')).toMatch(/^---\n[\s\S]*sdk: docker\napp_port: 8501\n---\n/)
  // This machine has no engine after all, and the Space says so.
  await page.getByRole('heading', { name: /needs a container engine/ }).waitFor()
  expect(faults).toEqual([])
  await page.context().close()
})

withBrowser(
  `a repository without a card tells how it was recognised, and its owner writes the card${named}`,
  async () => {
    const { page, faults } = await signedIn('/spaces/alice/found')
    const note = page.getByRole('complementary', { name: 'How it was recognised' })
    await note.getByText('index.html').waitFor()
    await page.goto('/spaces/alice/found/logs')
    await note.getByText('index.html').waitFor()
    await note.getByRole('button', { name: 'Write a card' }).click()
    await page.waitForURL((url) => url.pathname === '/spaces/alice/found/edit/README.md')
    const editor = page.getByRole('textbox', { name: 'Content of the file' })
    await expect.poll(async () => await editor.innerText()).toMatch(/sdk: static[\s\S]*# What was found/)
    await page.getByRole('button', { name: 'Commit to main' }).click()
    await page.waitForURL((url) => url.pathname === '/spaces/alice/found/blob/main/README.md')
    await page.goto('/spaces/alice/found')
    await page.getByRole('heading', { name: /Found/ }).waitFor()
    await expect.poll(async () => await note.count()).toBe(0)
    expect(faults).toEqual([])
    await page.context().close()

    const visitor = await (await browser.person({ ...desktop, baseURL: plaza.url.href })).newPage()
    await visitor.goto('/spaces/alice/clock')
    await visitor.getByRole('heading', { name: 'Bread clock' }).waitFor()
    expect(await visitor.getByRole('button', { name: 'Write a card' }).count()).toBe(0)
    await visitor.context().close()
  },
)

const recognised = {
  file: 'environment.yml',
  sentence:
    'There is no card in README.md, so environment.yml was read: Python 3.11 with numpy, streamlit; it runs app.py. Begin README.md with a card to decide otherwise.',
}

withBrowser.for([
  { view: 'desktop-light', options: { ...desktop, colorScheme: 'light' } },
  { view: 'desktop-dark', options: { ...desktop, colorScheme: 'dark' } },
  { view: 'phone-light', options: { ...phone, colorScheme: 'light' } },
  { view: 'phone-dark', options: { ...phone, colorScheme: 'dark' } },
] as const)(`axe finds nothing, nothing is too wide: $view${named}`, async ({ view, options }) => {
  await setSteps(failed)
  const { page } = await signedIn('/new', options)
  const look = async (name: string) => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(wide, name).toBeLessThanOrEqual(0)
    expect(await barriers(page), name).toEqual([])
    const pictures = process.env['PLAZA_PICTURES']
    if (pictures !== undefined) {
      await page.screenshot({ path: path.join(pictures, `containers-${name}-${view}.png`), fullPage: true })
    }
  }
  await page.goto('/new/dockerfile')
  await page.getByText('This Plaza has no container engine').waitFor()
  await look('no-engine')
  await withEngine(page)
  await page.goto('/new/dockerfile')
  await page.getByLabel('Dockerfile', { exact: true }).fill('FROM python:3.13-slim\nCOPY . .\nEXPOSE 8000\n')
  await page.getByLabel('Files', { exact: true }).setInputFiles(
    ['app.py', 'a-file-name-that-goes-on-and-on-because-nobody-stopped-it-in-time.js'].map((name) => ({
      name,
      mimeType: 'text/plain',
      buffer: Buffer.from(name),
    })),
  )
  await page.getByText('EXPOSE says 8000.').waitFor()
  await look('dockerfile')

  const space = {
    sdk: 'docker',
    hardware: 'l4x1',
    runsOn: onDocker,
    card: { recognised },
  } satisfies Partial<SpaceDetail>
  await onAnotherDriver(page, space)
  await page.goto('/spaces/alice/clock/logs')
  const panel = stepsOf(page)
  await panel.getByText('3 of 7').waitFor()
  await look('steps-closed')
  await panel.getByRole('button', { name: /Steps of the image/ }).click()
  await panel.getByRole('button', { name: /uv pip install/ }).click()
  await look('steps')
  await page.goto('/spaces/alice/clock')
  await page.getByRole('button', { name: 'Write a card' }).waitFor()
  await look('recognised')
  await page.getByRole('button', { name: 'Runs on l4x1' }).click()
  await page.getByRole('dialog', { name: 'Runs on' }).waitFor()
  await look('runs-on')
  await page.goto('/spaces/alice/clock/settings')
  await page.getByLabel('How many run').waitFor()
  await page.getByText('Files and history').waitFor()
  await look('settings')
  await page.context().close()
})
