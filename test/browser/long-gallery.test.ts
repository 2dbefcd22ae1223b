/** The gallery with 10,000 Spaces: only what is near the window is in the page, wherever one is, and one comes back to it. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../../control-plane/store/database.ts'
import { fill } from '../bench/many-spaces.ts'
import { TestPlaza } from '../plaza.ts'
import { createDatabase } from '../store/database.ts'
import { Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
const withBrowser = test.skipIf(chromiumProblem !== undefined)
const many = 10_000
/** Every fiftieth is private. */
const seen = many - many / 50
const patient = { timeout: 15_000 }
/** A page with this many elements is laid out in a frame; a card has about 40. */
const mostElements = 4000

let plaza: TestPlaza
let browser: Chromium
let database: Awaited<ReturnType<typeof createDatabase>>

beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  database = await createDatabase()
  await using store = await openStore(database.url)
  await fill(store, many)
  ;[plaza, browser] = await Promise.all([
    TestPlaza.start({ env: { PLAZA_DATABASE_URL: database.url } }),
    Chromium.start(),
  ])
}, 180_000)
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

const at = (place: string) => new URL(place, plaza.url).href

async function gallery(place: string, options: typeof desktop | typeof phone) {
  const page = await (await browser.person(options)).newPage()
  const faults = watchFaults(page, plaza.url.origin)
  await page.goto(at(place))
  await page.locator('.grid > [data-id]').first().waitFor()
  return { page, faults }
}

type Scrolled = { frames: number[]; elements: number; pixels: number; empty: number }

/** Scrolls on by `step` pixels a frame until the list has ended, and counts what that took. */
async function scrollToEnd(page: Page, step: number): Promise<Scrolled> {
  return await page.evaluate(async (step) => {
    const frames: number[] = []
    let [elements, empty] = [0, 0]
    let before = performance.now()
    const inView = () => {
      for (const y of [innerHeight / 2, innerHeight - 90]) {
        const there = document.elementFromPoint(innerWidth / 4, y)
        if (there?.closest('.room')) empty += 1
      }
    }
    for (;;) {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      const now = performance.now()
      frames.push(now - before)
      before = now
      inView()
      if (frames.length % 30 === 0) elements = Math.max(elements, document.querySelectorAll('*').length)
      const end = document.querySelector('.more p')?.getBoundingClientRect()
      if (end && end.bottom <= innerHeight) return { frames, elements, pixels: scrollY, empty }
      if (frames.length > 30_000) throw new Error(`The list does not end: ${scrollY} pixels in ${frames.length} frames`)
      scrollBy(0, step)
    }
  }, step)
}

function said(name: string, { frames, elements, pixels }: Scrolled, heap: number): string {
  const sorted = frames.toSorted((one, other) => one - other)
  const part = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
  const slow = sorted.filter((time) => time > 50).length
  return `${name}: ${pixels} pixels in ${sorted.length} frames, p50 ${part(0.5)} ms, p95 ${part(0.95)} ms, p99 ${part(0.99)} ms, ${slow} above 50 ms; at most ${elements} elements, ${(heap / 1e6).toFixed(0)} MB of script memory`
}

async function heapOf(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  return usedSize
}

const views = [
  { name: 'wide screen', options: desktop, step: 900 },
  { name: 'phone', options: phone, step: 2700 },
]
for (const { name, options, step } of views) {
  withBrowser(
    `10,000 Spaces are scrolled to the end on a ${name}, and few of them are in the page at once${named}`,
    async () => {
      const { page, faults } = await gallery('/?sort=new', options)
      const scrolled = await scrollToEnd(page, step)
      console.log(said(name, scrolled, await heapOf(page)))
      await page.getByText('That is all of them.').waitFor()
      // The very last one of the list is there, and knows that it is.
      const last = page.locator('.grid > [data-id]').last()
      expect(await last.getAttribute('aria-posinset')).toBe(String(seen))
      expect(await last.getAttribute('aria-setsize')).toBe(String(seen))
      expect(scrolled.elements).toBeLessThan(mostElements)
      expect(scrolled.empty).toBe(0)
      await page.keyboard.press('Home')
      await expect.poll(async () => await page.evaluate(() => scrollY), patient).toBe(0)
      await page.locator('.grid > [aria-posinset="1"]').waitFor()
      expect(await page.locator('.grid > [data-id]').count()).toBeLessThan(80)
      expect(faults).toEqual([])
      await page.context().close()
    },
    180_000,
  )
}

withBrowser(`far down, back and reload keep the place, and the keyboard goes on from there${named}`, async () => {
  const { page, faults } = await gallery('/?sort=new', desktop)
  const at = page.locator('.grid > [aria-posinset="3001"]')
  await page.evaluate(async () => {
    while (!document.querySelector('.grid > [aria-posinset="3001"]')) {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      scrollBy(0, 700)
    }
  })
  const id = await at.getAttribute('data-id')
  const chosen = page.locator(`.grid > [data-id="${id}"]`)
  // Clear of the page's head, or the click itself would scroll.
  await chosen.evaluate((card) => card.scrollIntoView({ block: 'center' }))
  const top = async () => (await chosen.boundingBox())?.y ?? Number.NaN
  await page.evaluate(() => dispatchEvent(new Event('pagehide')))
  const was = await top()
  await chosen.locator('h3 a').click()
  await page.waitForURL(/\/spaces\//)
  await page.goBack()
  await expect.poll(async () => Math.abs((await top()) - was), patient).toBeLessThan(2)
  const start = performance.now()
  await page.reload()
  await expect.poll(async () => Math.abs((await top()) - was), patient).toBeLessThan(2)
  console.log(`reload at the 3,001st: back after ${((performance.now() - start) / 1000).toFixed(1)} s`)
  await page.evaluate(() => dispatchEvent(new Event('pagehide')))

  const focused = async () =>
    await page.evaluate(() => document.activeElement?.closest('[data-id]')?.getAttribute('aria-posinset') ?? '')
  await chosen.locator('h3 a').focus()
  // One after the other: a press that comes before the next card is drawn goes nowhere.
  for (let place = 3002; place <= 3061; place += 1) {
    await page.keyboard.press('j')
    await expect.poll(focused, patient).toBe(String(place))
  }
  for (const place of [3057, 3053, 3049, 3045, 3041]) {
    await page.keyboard.press('ArrowUp')
    await expect.poll(focused, patient).toBe(String(place))
  }

  // Peek goes on and the gallery follows; afterwards the focus is on the card that was seen last.
  await page.keyboard.press('Space')
  await page.getByRole('dialog').waitFor()
  const peeked = async () => await page.getByRole('dialog').getByRole('heading').textContent()
  for (let press = 0; press < 20; press += 1) {
    const former = await peeked()
    await page.keyboard.press('ArrowRight')
    await expect.poll(peeked, patient).not.toBe(former)
  }
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await expect.poll(focused, patient).toBe('3061')
  const inView = async () =>
    await page.evaluate(() => {
      const { top = -1, bottom = 0 } = document.activeElement?.closest('.card')?.getBoundingClientRect() ?? {}
      return top >= 0 && bottom <= innerHeight
    })
  await expect.poll(inView, patient).toBe(true)
  expect(faults).toEqual([])
  await page.context().close()
})

withBrowser(`a window of another width keeps the card that was at its top${named}`, async () => {
  const { page } = await gallery('/?sort=new', desktop)
  await page.evaluate(async () => {
    while (!document.querySelector('.grid > [aria-posinset="401"]')) {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      scrollBy(0, 700)
    }
  })
  const card = page.locator('.grid > [aria-posinset="401"]')
  await card.scrollIntoViewIfNeeded()
  const near = async () => Math.abs((await card.boundingBox())?.y ?? Number.NaN)
  await expect.poll(near, patient).toBeLessThan(900)
  await page.setViewportSize({ width: 800, height: 900 })
  await expect.poll(near, patient).toBeLessThan(1200)
  await page.setViewportSize({ width: 1920, height: 900 })
  await expect.poll(near, patient).toBeLessThan(1200)
  await page.context().close()
})
