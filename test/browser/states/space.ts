import type { Page } from 'playwright-core'
import { longName } from './spaces.ts'
import type { State } from './state-pictures.ts'

async function space(page: Page, place: string): Promise<void> {
  await page.goto(`/spaces/alice/${place}`)
  await page.locator('.space-head h1').waitFor()
}

/** @param ready what stands there then. */
function shown(name: string, shows: string, place: string, ready: string, as?: string): State {
  return {
    name,
    shows,
    ...(as === undefined ? {} : { as }),
    open: async (page) => {
      await space(page, place)
      await page.locator(ready).first().waitFor()
    },
  }
}

/** @param words what the page says once it is there. */
function says(name: string, shows: string, place: string, words: string | RegExp, as?: string): State {
  return {
    name,
    shows,
    ...(as === undefined ? {} : { as }),
    open: async (page) => {
      await space(page, place)
      await page.getByText(words).first().waitFor()
    },
  }
}

const inFrame = async (page: Page, words: string) =>
  await page.frameLocator('section[aria-label="The running app"] iframe').getByText(words).first().waitFor()

/** @param words what its app says. */
function framed(name: string, shows: string, place: string, words: string, as?: string): State {
  return {
    name,
    shows,
    ...(as === undefined ? {} : { as }),
    open: async (page) => {
      await space(page, place)
      await inFrame(page, words)
    },
  }
}

function dialog(name: string, shows: string, item: string, as?: string): State {
  return {
    name,
    shows,
    ...(as === undefined ? {} : { as }),
    open: async (page) => {
      await space(page, 'tides')
      await page.getByRole('button', { name: 'More actions' }).click()
      await page.getByRole('menuitem', { name: item, exact: true }).click()
      await page.getByRole('dialog').waitFor()
    },
  }
}

export const stages: State[] = [
  {
    name: 'space',
    shows: 'A Space that runs',
    as: 'alice',
    everywhere: true,
    open: async (page, view) => {
      await space(page, 'tides')
      await inFrame(page, 'The next high water')
      // A phone has no room for it.
      if (view.startsWith('desktop')) await page.locator('.app .strip').getByText(/\d+ %/).first().waitFor()
    },
  },
  {
    name: 'space-still-serving',
    shows: 'A Space that runs while its next version is built',
    as: 'alice',
    open: async (page) => {
      await space(page, 'still-serving')
      await inFrame(page, 'The next high water')
    },
  },
  shown('space-building', 'A Space that is built', 'building', '.rail li'),
  shown('space-in-line', 'A Space in line for a builder', 'in-line', '.rail li', 'alice'),
  says('space-starting', 'A Space that starts', 'starting', /Starting the app|Waiting for the app/, 'alice'),
  {
    name: 'space-asleep',
    shows: 'A Space asleep',
    open: async (page) => {
      // A visit would wake it.
      await page.route('**/*', async (route) => {
        if (route.request().method() === 'GET') await route.continue()
      })
      await space(page, 'asleep')
      await page.getByText(/^Asleep, (because nobody was here|kept in memory)\.$/).waitFor()
    },
  },
  says('space-paused', 'A paused Space, its owner looks', 'paused', 'Paused by its author.', 'alice'),
  says('space-paused-visitor', 'A paused Space, a visitor looks', 'paused', 'Paused by its author.'),
  { ...says('space-crashed', 'A crash, its owner looks', 'crashed', 'FileNotFoundError', 'alice'), everywhere: true },
  says('space-crashed-visitor', 'A crash, a visitor looks', 'crashed', 'can mend it.'),
  shown('space-not-built', 'A build that failed', 'not-built', '.log', 'alice'),
  shown('space-wrong-card', 'A card with an error', 'wrong-card', '.trouble h2', 'alice'),
  says('space-nothing', 'Nothing pushed yet, its owner looks', 'nothing-yet', 'Push a folder', 'alice'),
  says('space-nothing-visitor', 'Nothing pushed yet, a visitor looks', 'nothing-yet', 'There is nothing here yet.'),
  shown('space-recognised', 'A Space without a card, its owner looks', 'no-card', '.recognised', 'alice'),
  framed('space-private', 'A private Space', 'private-notes', 'Mine.', 'alice'),
  framed('space-long', 'A Space with a very long name and title', longName, 'Everything that', 'alice'),
  framed('space-chinese', 'A Space with a Chinese title', 'chinese', '水什么时候来'),
  framed('space-arabic', 'A Space with an Arabic title', 'arabic', 'متى يأتي'),
  framed('space-emoji', 'A Space whose title is emoji', 'emoji', '🐚'),
  {
    name: 'space-missing',
    shows: 'A Space that is not there',
    open: async (page) => {
      await page.goto('/spaces/alice/no-such-space')
      await page.getByText('There is no Space').waitFor()
    },
  },
  {
    name: 'space-loading',
    shows: 'A Space, loading',
    open: async (page) => {
      await page.route('**/api/plaza/spaces/alice/tides', () => {})
      await page.goto('/spaces/alice/tides')
      await page.locator('main [aria-busy=true]').waitFor()
    },
  },
  {
    name: 'space-error',
    shows: 'A Space, the platform answers 503',
    open: async (page) => {
      await page.route(
        '**/api/plaza/spaces/alice/tides',
        async (route) => await route.fulfill({ status: 503, json: { error: 'The database is away.' } }),
      )
      await page.goto('/spaces/alice/tides')
      await page.getByRole('alert').first().waitFor()
    },
  },
  {
    name: 'space-menu',
    shows: 'The menu of a Space',
    as: 'alice',
    isMenu: true,
    open: async (page) => {
      await space(page, 'tides')
      await page.getByRole('button', { name: 'More actions' }).click()
      await page.getByRole('menuitem', { name: 'Restart' }).waitFor()
    },
  },
  {
    name: 'dialog-api',
    shows: 'Use via API',
    open: async (page, view) => {
      await space(page, 'tides')
      if (view.startsWith('phone')) {
        await page.getByRole('button', { name: 'More actions' }).click()
        await page.getByRole('menuitem', { name: 'Use via API' }).click()
      } else await page.getByRole('button', { name: 'Use via API' }).click()
      await page.getByRole('dialog').getByText('gradio_client').first().waitFor()
    },
  },
  {
    name: 'dialog-runs-on',
    shows: 'What a Space runs on',
    as: 'alice',
    open: async (page) => {
      await space(page, 'tides')
      await page.getByRole('button', { name: /^Runs on/ }).click()
      await page.getByRole('dialog', { name: 'Runs on' }).getByText(/B$/).last().waitFor()
    },
  },
  dialog('dialog-embed', 'Embed', 'Embed'),
  dialog('dialog-duplicate', 'Duplicate', 'Duplicate', 'bob'),
  dialog('dialog-run-locally', 'Run locally', 'Run locally'),
  dialog('dialog-delete', 'Delete a Space', 'Delete', 'alice'),
  dialog('dialog-sleep-time', 'Sleep time', 'Sleep time', 'alice'),
]

export const logs: State[] = [
  { ...says('log', 'Log of a build that is done', 'tides/logs', /is live/, 'alice'), everywhere: true },
  {
    name: 'log-run',
    shows: 'Log of an app, 2,400 lines',
    as: 'alice',
    everywhere: true,
    open: async (page) => {
      await space(page, 'tides/logs?log=run')
      await page.getByRole('link', { name: 'Run', exact: true }).click()
      await page.getByText('listening on').waitFor()
    },
  },
  shown('log-building', 'Log of a build under way', 'building/logs', '.reason h2', 'alice'),
  shown('log-in-line', 'Log of a build in line', 'in-line/logs', '.reason h2', 'alice'),
  shown('log-not-built', 'Log of a build that failed', 'not-built/logs', '.reason h2', 'alice'),
  says('log-crashed', 'Log of an app that crashed', 'crashed/logs', 'FileNotFoundError', 'alice'),
  says('log-nothing', 'Log before the first push', 'nothing-yet/logs', 'There is no build yet.', 'alice'),
  {
    name: 'log-search',
    shows: 'A log, searched without a hit',
    as: 'alice',
    open: async (page) => {
      await space(page, 'tides/logs')
      await page.getByRole('link', { name: 'Run', exact: true }).click()
      await page.getByText('listening on').waitFor()
      await page
        .getByLabel(/^Search/)
        .last()
        .fill('no such word')
      await page.getByText('No line has').waitFor()
    },
  },
  says('versions', 'Versions', 'files/versions', 'Serving visitors', 'alice'),
  says('versions-nothing', 'Versions before the first push', 'nothing-yet/versions', 'Each push to main', 'alice'),
  says('versions-failed', 'Versions, the only one failed', 'not-built/versions', /Failed in/, 'alice'),
  { ...says('settings', 'Settings of a Space', 'tides/settings', 'Files and history', 'alice'), everywhere: true },
  {
    name: 'settings-environment',
    shows: 'Variables and secrets of a Space',
    as: 'alice',
    open: async (page) => {
      await space(page, 'tides/settings')
      const heading = page.getByRole('heading', { name: 'Secrets' })
      await heading.waitFor()
      await page.getByText('HF_TOKEN').first().waitFor()
      await heading.scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'settings-end',
    shows: 'Settings of a Space, the end of the page',
    as: 'alice',
    open: async (page) => {
      await space(page, 'tides/settings')
      await page.getByText('Files and history').waitFor()
      await page.getByText('HF_TOKEN').first().waitFor()
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
    },
  },
]
