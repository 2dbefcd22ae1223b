/**
 * A picture of each state of each page, and what is asserted of every one: nothing is wider than the screen, axe-core
 * finds nothing, no script failed. With PLAZA_PICTURES the pictures are kept, below `states/` of that folder.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TestPlaza } from '../../plaza.ts'
import { barriers } from '../axe.ts'
import { type Chromium, desktop, phone, watchFaults } from '../chromium.ts'

export const views = {
  'desktop-light': { ...desktop, colorScheme: 'light' },
  'desktop-dark': { ...desktop, colorScheme: 'dark' },
  'phone-light': { ...phone, colorScheme: 'light' },
  'phone-dark': { ...phone, colorScheme: 'dark' },
} as const
export type View = keyof typeof views
export const viewNames = Object.keys(views) as View[]

export type State = {
  /** Of its files, and unique. */
  name: string
  /** For the index: what one sees. */
  shows: string
  /** Who looks; nobody in particular when left out. */
  as?: string
  /** Goes there, and waits until it is there. */
  open: (page: Page, view: View) => Promise<void>
  /** In all four views, and not only light on a desktop and dark on a phone. */
  everywhere?: boolean
  /** A menu floats at the end of the page, in no landmark. */
  isMenu?: boolean
}

const patience = 8_000
const usual: readonly View[] = ['desktop-light', 'phone-dark']

/** Frames of apps are left out: they are the apps' own. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready
    const inView = [...document.images].filter((image) => {
      const { top, bottom } = image.getBoundingClientRect()
      return bottom > 0 && top < innerHeight
    })
    await Promise.all(inView.map(async (image) => await image.decode().catch(() => {})))
    // What fades in has come.
    await Promise.all(
      document
        .getAnimations()
        .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
        .map(async (one) => await one.finished.catch(() => {})),
    )
    for (let frame = 0; frame < 2; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve))
  })
}

export class StatePictures {
  readonly #plaza: TestPlaza
  readonly #browser: Chromium
  readonly #folder: string | undefined
  readonly #people = new Map<string, Awaited<ReturnType<BrowserContext['storageState']>>>()
  readonly #places = new Map<string, number>()

  private constructor(plaza: TestPlaza, browser: Chromium, folder: string | undefined) {
    this.#plaza = plaza
    this.#browser = browser
    this.#folder = folder
  }

  /** @param keep a folder for the pictures; undefined: they are not made, and each state is looked at in one view. */
  static async start(plaza: TestPlaza, browser: Chromium, keep: string | undefined): Promise<StatePictures> {
    if (keep === undefined) return new StatePictures(plaza, browser, undefined)
    const folder = path.join(keep, 'states')
    await mkdir(folder, { recursive: true })
    return new StatePictures(plaza, browser, folder)
  }

  /** All of a group's states in one view. @param plaza where they are, if elsewhere than usual. */
  async take(states: readonly State[], view: View, plaza = this.#plaza): Promise<void> {
    const found: string[] = []
    for (const state of states) {
      const seen = state.everywhere ? viewNames : usual
      // The same in every try.
      const place = this.#places.get(`${state.name} ${view}`) ?? this.#places.size + 1
      this.#places.set(`${state.name} ${view}`, place)
      const isItsTurn = this.#folder !== undefined || seen[Math.floor(place / 2) % seen.length] === view
      if (!seen.includes(view) || !isItsTurn) continue
      found.push(...(await this.#look(state, view, plaza)).map((fault) => `${state.name}, ${view}: ${fault}`))
    }
    expect(found.join('\n')).toBe('')
  }

  async #look(state: State, view: View, plaza: TestPlaza): Promise<string[]> {
    const context = await this.#browser.person({
      ...views[view],
      ...(state.as === undefined ? {} : { storageState: await this.#signedIn(state.as, plaza) }),
      baseURL: plaza.url.href,
    })
    try {
      context.setDefaultTimeout(patience)
      const page = await context.newPage()
      const faults = watchFaults(page, plaza.url.origin)
      await state.open(page, view)
      await settled(page)
      if (this.#folder !== undefined) await this.#keep(page, path.join(this.#folder, `${state.name}-${view}.webp`))
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      const bars = (await barriers(page)).filter((line) => !(state.isMenu && line.startsWith('moderate region')))
      return [...faults, ...bars, ...(wide > 0 ? [`${wide} pixels too wide`] : [])]
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)]
    } finally {
      await context.close()
    }
  }

  async #keep(page: Page, file: string): Promise<void> {
    const devtools = await page.context().newCDPSession(page)
    const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 80 })
    await writeFile(file, Buffer.from(data, 'base64'))
  }

  async #signedIn(name: string, plaza: TestPlaza) {
    const key = `${plaza.url.host} ${name}`
    const known = this.#people.get(key)
    if (known) return known
    const context = await this.#browser.person({ ...desktop, baseURL: plaza.url.href })
    const page = await context.newPage()
    await page.goto('/sign-in')
    await page.getByLabel('Name or e-mail').fill(name)
    await page.getByLabel('Password', { exact: true }).fill(`${name}-password`)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
    const state = await context.storageState()
    await context.close()
    this.#people.set(key, state)
    return state
  }

  /** README.md beside the folder: which picture shows what, those of earlier runs included. */
  async writeIndex(states: readonly State[]): Promise<void> {
    if (this.#folder === undefined) return
    const files = new Set(await readdir(this.#folder))
    const rows = states.flatMap((state) => {
      const links = viewNames
        .filter((view) => files.has(`${state.name}-${view}.webp`))
        .map((view) => `[${view.replace('-', ', ')}](states/${state.name}-${view}.webp)`)
      return links.length === 0 ? [] : [`| ${state.shows} | ${links.join(' · ')} |`]
    })
    const text = [
      '# Pictures',
      '',
      'Those beside this file are the README’s; `test/browser/examples.test.ts` makes them. Below, every page in every',
      'state, as `PLAZA_PICTURES=docs/pictures npx vitest run test/browser/states.test.ts` made them.',
      '',
      '| State | Picture |',
      '| --- | --- |',
      ...rows,
      '',
    ]
    await writeFile(path.join(this.#folder, '..', 'README.md'), text.join('\n'))
  }
}
