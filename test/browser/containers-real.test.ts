/**
 * Repositories as people have them, built into containers out of what the package indexes have today, and used in a browser:
 * at their own address and in the frame of the Space's page. They lie in `real/`, a folder each.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { BrowserContext, Frame, FrameLocator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Version } from '../../control-plane/hub/versions.ts'
import { builtImages } from '../drivers/built-images.ts'
import { testEngine } from '../drivers/test-engine.ts'
import { type RepositoryFiles, TestPlaza } from '../plaza.ts'
import { Chromium, chromiumProblem, desktop, watchFaults } from './chromium.ts'

const found = await testEngine()
const problem = chromiumProblem ?? ('missing' in found ? found.missing : undefined)
const named = problem === undefined ? '' : ` (left out: ${problem})`
const withBoth = test.skipIf(problem !== undefined)

const names = ['figlet-banner', 'tide-tables', 'signal-box', 'echo-room', 'star-map', 'bare-counter'] as const
type Name = (typeof names)[number]
/** Milliseconds from the push to the running app, while all the others are built beside it. */
const buildLimit = 240_000

/** Never in a page or a log: only its fingerprint. */
const leverKey = `lever-${randomBytes(16).toString('hex')}`
const fingerprint = createHash('sha256').update(leverKey).digest('hex')
const ids = new Map<Name, string>()

let plaza: TestPlaza
let browser: Chromium
beforeAll(async () => {
  if (problem !== undefined || 'missing' in found) return
  const docker = { host: found.host, images: found.images }
  ;[plaza, browser] = await Promise.all([TestPlaza.start({ docker }), Chromium.start()])
  for (const name of names) ids.set(name, await plaza.createSpace('alice', name))
  const box = '/api/spaces/alice/signal-box'
  await plaza.api('POST', `${box}/variables`, 'alice', { key: 'STATION', value: 'Rannoch' })
  await plaza.api('POST', `${box}/secrets`, 'alice', { key: 'LEVER_KEY', value: leverKey })
  // In this order they are built.
  for (const name of names) await plaza.push('alice', name, await repository(name))
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  if (plaza === undefined || 'missing' in found) return
  const removeImages = await builtImages(found.engine, plaza.data)
  await plaza[Symbol.asyncDispose]()
  await removeImages()
})

async function repository(name: Name): Promise<Record<string, Buffer>> {
  const folder = path.join(import.meta.dirname, 'real', name)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [path.relative(folder, file), await readFile(file)] as const)),
  )
}

/** Waits for it. @throws Error with its build log where it comes to rest elsewhere. */
async function running(name: Name): Promise<void> {
  const isAtRest = ({ stage }: { stage: string }) => stage === 'RUNNING' || stage.endsWith('_ERROR')
  const { stage, errorMessage } = await plaza.waitFor(`alice/${name}`, isAtRest, buildLimit)
  if (stage === 'RUNNING') return
  throw new Error(`${name}: ${errorMessage}\n${await plaza.log(`alice/${name}`, 'build', undefined, 5_000)}`)
}

const looks = 12
type Sockets = readonly { url: string; heard: number }[]

/**
 * One page, from its opening to its end. Engines make and remove network interfaces, and Chromium on the same machine then
 * drops whatever it is fetching (ERR_NETWORK_CHANGED), be it for this Plaza or another one: such a look counts for nothing
 * and is taken again.
 */
async function look(
  context: BrowserContext,
  place: string,
  use: (page: Page, sockets: Sockets) => Promise<void>,
): Promise<void> {
  for (let left = looks; ; left--) {
    const page = await context.newPage()
    const faults = watchFaults(page, plaza.url.origin)
    const sockets = socketsOf(page)
    const drops: string[] = []
    const note = (words = '') => words.includes('ERR_NETWORK_CHANGED') && drops.push(words)
    page.on('requestfailed', (request) => note(request.failure()?.errorText))
    page.on('console', (message) => note(message.text()))
    try {
      await page.goto(place)
      await use(page, sockets)
      expect(faults, place).toEqual([])
      return
    } catch (error) {
      note(String(error))
      if (left > 1 && drops.length > 0) continue
      const shown = await Promise.all(page.frames().map(async (frame) => `${frame.url()}\n${await textOf(frame)}`))
      throw new Error([String(error), ...drops, ...shown].join('\n\n'), { cause: error })
    } finally {
      await page.close()
    }
  }
}

function socketsOf(page: Page): Sockets {
  const sockets: { url: string; heard: number }[] = []
  page.on('websocket', (socket) => {
    const one = { url: socket.url(), heard: 0 }
    sockets.push(one)
    socket.on('framereceived', () => (one.heard += 1))
  })
  return sockets
}

async function textOf(frame: Frame): Promise<string> {
  return await frame.locator('body').innerText({ timeout: 1_000 }).catch(String)
}

async function alice(): Promise<BrowserContext> {
  const context = await browser.person({ ...desktop, baseURL: plaza.url.href })
  await look(context, '/sign-in', async (page) => {
    await page.getByLabel('Name').fill('alice')
    await page.getByLabel('Password').fill('alice-password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Your account, alice' }).waitFor()
  })
  return context
}

/** Uses it as a visitor without account: at its own address, then in the Space's page. */
async function usedInBoth(
  name: Name,
  use: (app: Page | FrameLocator, sockets: Sockets) => Promise<void>,
): Promise<void> {
  await running(name)
  const own = `http://alice-${name}.spaces.localhost:${plaza.url.port}/`
  const context = await browser.person({ ...desktop, baseURL: plaza.url.href })
  for (const place of [own, `/spaces/alice/${name}`]) {
    await look(context, place, async (page, sockets) => {
      await use(place === own ? page : page.frameLocator('section[aria-label="The running app"] iframe'), sockets)
      // Each app speaks with itself alone.
      expect(sockets.filter(({ url }) => !url.startsWith(own.replace('http', 'ws')))).toEqual([])
    })
  }
  await context.close()
}

const stepsOf = (page: Page) => page.getByRole('region', { name: 'Steps of the image' })
/** As a step says how long it took: `0.2 s`, `12 s`, `1:06`. */
const length = /(\d s|\d:\d\d)$/
/** Packages that no build has installed before: one for each try. */
const unused = ['sl', 'toilet', 'rolldice']

withBoth(
  `while an image is built its steps go by in seconds; after a change of the app alone they are cached${named}`,
  { timeout: 2 * buildLimit },
  async () => {
    const context = await alice()
    const logs = '/spaces/alice/figlet-banner/logs'
    const before = await repository('figlet-banner')
    const files: RepositoryFiles = {
      ...before,
      'packages.txt': `${before['packages.txt']?.toString()}\n${unused.shift()}\n`,
    }
    await builtFrom(files, async () => {
      await look(context, logs, async (page) => {
        await stepsOf(page)
          .locator('li[data-s=running]')
          .getByText(/\d:\d\d$/)
          .first()
          // It waits behind the others.
          .waitFor({ timeout: buildLimit })
      })
    })
    await look(context, logs, async (page) => {
      const steps = await listed(page)
      expect(steps.find((step) => step.includes('apt-get install figlet'))).toMatch(length)
      expect(steps.find((step) => step.includes('uv pip install'))).toMatch(length)
    })

    await builtFrom({ ...files, 'app.py': `${before['app.py']?.toString()}\n# Again.\n` })
    await look(context, logs, async (page) => {
      await expect
        .poll(async () => (await listed(page)).find((step) => step.includes('apt-get install figlet')), {
          timeout: 15_000,
        })
        .toMatch(/cached$/)
      const steps = await listed(page)
      expect(steps.find((step) => step.includes('uv pip install'))).toMatch(/cached$/)
      expect(steps.find((step) => step.includes('COPY . '))).toMatch(length)
    })
    await context.close()
  },
)

/** Pushes them as figlet-banner, and returns once they run. */
async function builtFrom(files: RepositoryFiles, meanwhile = async () => {}): Promise<void> {
  const commit = await plaza.push('alice', 'figlet-banner', files)
  await meanwhile()
  await plaza.waitFor('alice/figlet-banner', ({ stage, sha }) => stage === 'RUNNING' && sha === commit, buildLimit)
}

/** The steps of a build that is over, a line each. */
async function listed(page: Page): Promise<string[]> {
  const opener = stepsOf(page).getByRole('button', { name: /Steps of the image/ })
  if ((await opener.getAttribute('aria-expanded')) !== 'true') await opener.click()
  const rows = await stepsOf(page).getByRole('listitem').allInnerTexts()
  return rows.map((row) => row.replaceAll(/\s+/g, ' ').trim())
}

withBoth(`a Gradio app runs a Debian package of its packages.txt${named}`, { timeout: buildLimit }, async () => {
  await usedInBoth('figlet-banner', async (app) => {
    const words = app.getByLabel('Words')
    await words.fill('ok')
    await app.getByRole('button', { name: 'Print it' }).click()
    const print = app.getByLabel('Print', { exact: true })
    await expect.poll(async () => await print.inputValue(), { timeout: 20_000 }).toMatch(/#{4}[\s\S]+#\s+#/)
  })
})

withBoth(
  `a Streamlit dashboard redraws its own figures as a slider moves${named}`,
  { timeout: buildLimit },
  async () => {
    await usedInBoth('tide-tables', async (app, sockets) => {
      const high = app.getByTestId('stMetricValue').first()
      await high.getByText('4.05 m').waitFor()
      await app.locator('[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg').first().waitFor()
      const before = sockets.map(({ heard }) => heard)
      await app.getByRole('slider').press('ArrowRight')
      await high.getByText('3.99 m').waitFor()
      expect(
        sockets.filter(({ url, heard }, at) => url.includes('/_stcore/stream') && heard > (before[at] ?? 0)),
      ).not.toEqual([])
    })
  },
)

withBoth(
  `an app of its own Dockerfile got a variable as ARG, and its levers move by WebSocket${named}`,
  { timeout: buildLimit },
  async () => {
    await usedInBoth('signal-box', async (app, sockets) => {
      await app.getByRole('heading', { name: 'Signal box of Rannoch' }).waitFor()
      await app.getByText(fingerprint, { exact: true }).waitFor()
      const lever = app.getByRole('button', { name: 'distant' })
      // It stands as the page before left it.
      await expect.poll(async () => await lever.getAttribute('aria-pressed')).toMatch(/true|false/)
      const before = await lever.getAttribute('aria-pressed')
      await lever.click()
      await expect.poll(async () => await lever.getAttribute('aria-pressed')).toBe(before === 'true' ? 'false' : 'true')
      expect(sockets.map(({ url }) => new URL(url).pathname)).toEqual(['/levers'])
    })
  },
)

withBoth(
  `a build's secret is in no layer, no history, no log and no answer${named}`,
  { timeout: buildLimit },
  async () => {
    if ('missing' in found) return
    await running('signal-box')
    const { engine } = found
    const image = engine.getImage(await imageOf('signal-box'))
    const { Config } = await image.inspect()
    const said = [
      JSON.stringify([Config, await image.history()]),
      await plaza.log('alice/signal-box', 'build', (text) => text.includes('fingerprint'), 10_000),
    ]
    const { versions } = await plaza.json<{ versions: Version[] }>('GET', '/api/plaza/spaces/alice/signal-box/versions')
    for (const route of [
      '/api/spaces/alice/signal-box',
      '/api/spaces/alice/signal-box/runtime',
      '/api/spaces/alice/signal-box/secrets',
      '/api/spaces/alice/signal-box/variables',
      '/api/plaza/spaces/alice/signal-box',
      '/api/plaza/spaces/alice/signal-box/versions',
      `/api/plaza/spaces/alice/signal-box/builds/${versions[0]?.build?.number}/steps`,
    ]) {
      said.push(JSON.stringify(await plaza.json('GET', route)))
    }
    // What is looked through is what was meant.
    expect(said[0]).toContain('STATION=Rannoch')
    expect(said[1]).toContain('sha256sum /run/secrets/LEVER_KEY')
    expect(said.at(-1)).toContain('sha256sum /run/secrets/LEVER_KEY')
    for (const [at, one] of said.entries()) expect(one, String(at)).not.toContain(leverKey)
    expect(plaza.output).not.toContain(leverKey)
    expect(await countIn(await image.get(), [fingerprint, leverKey])).toEqual([1, 0])
  },
)

withBoth(
  `a Node app with packages of its lock file echoes text and bytes${named}`,
  { timeout: buildLimit },
  async () => {
    await usedInBoth('echo-room', async (app) => {
      await app.getByLabel('Shout').fill('hello 🗻')
      await app.getByRole('button', { name: 'Shout' }).click()
      const echoes = app.getByRole('list', { name: 'Echoes' })
      await echoes.getByText('hello 🗻, hello 🗻', { exact: true }).waitFor()
      await echoes.getByText('300000 bytes', { exact: true }).waitFor()
    })
  },
)

withBoth(`a site is what its build command makes, and runs nothing${named}`, { timeout: buildLimit }, async () => {
  if ('missing' in found) return
  await usedInBoth('star-map', async (app) => {
    await app.getByRole('button', { name: 'Look up' }).click()
    await app.getByRole('listitem').getByText('Sirius, -1.46').waitFor()
    const paper = await app.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)
    expect(paper).toBe('rgb(10, 12, 40)')
  })
  const own = await plaza.visit('alice/star-map', '/sources.txt')
  expect(await own.text()).toMatch(/^Stars by magnitude/)
  // Neither what it was made of nor a process.
  for (const source of ['/src/main.jsx', '/package.json']) {
    expect((await plaza.visit('alice/star-map', source)).status, source).toBe(404)
  }
  const containers = await containersOf('star-map')
  expect(containers).toEqual([])
})

withBoth(
  `a repository without a card is recognised, says as what, and runs${named}`,
  { timeout: buildLimit },
  async () => {
    await usedInBoth('bare-counter', async (app) => {
      const count = app.getByRole('button', { name: 'Count' })
      await count.click()
      await app.getByRole('status').getByText('1', { exact: true }).waitFor()
      await count.click()
      await app.getByRole('status').getByText('2', { exact: true }).waitFor()
    })
    const context = await alice()
    await look(context, '/spaces/alice/bare-counter', async (page) => {
      const note = page.getByRole('complementary', { name: 'How it was recognised' })
      await note.getByText(/requirements\.txt.*fastapi.*main\.py by uvicorn/).waitFor()
      await note.getByRole('button', { name: 'Write a card' }).waitFor()
    })
    await context.close()
  },
)

async function containersOf(name: Name) {
  if ('missing' in found) return []
  const label = [`plaza.install=${await plaza.install()}`]
  const all = await found.engine.listContainers({ all: true, filters: { label } })
  return all.filter(({ Labels }) => Labels['plaza.space'] === ids.get(name))
}

async function imageOf(name: Name): Promise<string> {
  const [container] = await containersOf(name)
  if (!container) throw new Error(`Nothing of ${name} runs.`)
  return container.ImageID
}

/** How often each word is in a stream, also where it lies across two pieces of it. */
async function countIn(stream: NodeJS.ReadableStream, wanted: readonly string[]): Promise<number[]> {
  const counts = wanted.map(() => 0)
  const longest = Math.max(...wanted.map((word) => word.length))
  let kept: Buffer = Buffer.alloc(0)
  for await (const piece of stream) {
    const all = Buffer.concat([kept, piece as Buffer])
    kept = all.subarray(Math.max(0, all.length - longest + 1))
    for (const [at, word] of wanted.entries()) {
      // What ends within the kept part was counted with the piece before.
      const from = all.length - (piece as Buffer).length - word.length + 1
      for (let place = all.indexOf(word, Math.max(0, from)); place !== -1; place = all.indexOf(word, place + 1)) {
        counts[at] = (counts[at] ?? 0) + 1
      }
    }
  }
  return counts
}
