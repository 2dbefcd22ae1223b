/** How smoothly a page draws that follows a log of 5,000 lines a second, beside the same page while nothing is printed. */
import http from 'node:http'
import type { Page } from 'playwright-core'
import { Chromium } from '../browser/chromium.ts'
import { TestPlaza } from '../plaza.ts'

const rate = 5000
/** Milliseconds between two writes: a program that prints much fills a pipe, which is read piece by piece. */
const beat = 10
/** A frame of 60 a second, and a millisecond for the clock. */
const frame = 1000 / 60 + 1

export type Frames = {
  count: number
  /** Milliseconds from one frame to the next. */
  p50: number
  p95: number
  most: number
  /** The share of the time's frames (60 a second) that were not drawn. */
  dropped: number
  /** The share of those drawn that came in time. */
  inTime: number
  longTasks: number
}

export type LogPageResult = {
  idle: Frames
  following: Frames
  searching: Frames
  /** Lines that were printed, and that the page said it had right then. */
  printed: number
  counted: number
  elements: number
  megabytes: number
}

const colours = ['', '\u001B[32m', '\u001B[1;33m', '\u001B[36m', '']

function line(number: number): string {
  const colour = colours[number % colours.length] ?? ''
  const kind = number % 97 === 0 ? 'WARNING: ' : number % 499 === 0 ? 'ValueError: ' : ''
  const text = `${kind}step ${number} loss ${(1 / (1 + number)).toFixed(6)}${' . token'.repeat(number % 12)}`
  return colour ? `${colour}${text}\u001B[0m` : text
}

/** A log as the platform sends it, an event a line, at an even rate from the first reader on. */
class Printer implements AsyncDisposable {
  readonly #server: http.Server
  printed = 0

  private constructor() {
    this.#server = http.createServer((_request, response) => this.#print(response))
  }

  static async start(): Promise<Printer> {
    const printer = new Printer()
    await new Promise<void>((resolve) => printer.#server.listen(0, '127.0.0.1', resolve))
    return printer
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return `http://127.0.0.1:${address.port}/`
  }

  #print(response: http.ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
    const started = performance.now()
    this.printed = 0
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - started) * rate) / 1000)
      const timestamp = new Date().toISOString()
      let events = ''
      for (; this.printed < due; this.printed++)
        events += `data: ${JSON.stringify({ timestamp, data: `${line(this.printed)}\n` })}\n\n`
      response.write(events)
    }, beat)
    response.on('close', () => clearInterval(timer))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function watchFrames(page: Page, seconds: number): Promise<Frames> {
  const { deltas, longTasks } = await page.evaluate(async (milliseconds) => {
    const times: number[] = []
    let long = 0
    const watch = new PerformanceObserver((list) => void (long += list.getEntries().length))
    watch.observe({ type: 'longtask' })
    await new Promise<void>((resolve) => {
      const tick = (now: number) => {
        times.push(now)
        if (now - (times[0] ?? now) >= milliseconds) resolve()
        else requestAnimationFrame(tick)
      }
      requestAnimationFrame(tick)
    })
    watch.disconnect()
    return { deltas: times.slice(1).map((now, place) => now - (times[place] ?? now)), longTasks: long }
  }, seconds * 1000)
  const sorted = deltas.toSorted((one, other) => one - other)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
  return {
    count: deltas.length,
    p50: at(0.5),
    p95: at(0.95),
    most: at(1),
    dropped: Math.max(0, 1 - deltas.length / (seconds * 60)),
    inTime: deltas.filter((delta) => delta <= frame).length / deltas.length,
    longTasks,
  }
}

async function signIn(page: Page, plaza: TestPlaza): Promise<void> {
  await page.goto(new URL('/sign-in', plaza.url).href)
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill('alice-password')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
}

/**
 * Opens the run log of a Space and gives it the log of a program that prints without end. The lines come from beside the
 * platform, so that what is measured is the page.
 */
export async function measureLogPage(plaza: TestPlaza, browser: Chromium, seconds = 20): Promise<LogPageResult> {
  await plaza.publish('alice', 'printer', {
    'README.md': '---\ntitle: Printer\nsdk: static\n---\n',
    'index.html': '<h1>Printer</h1>',
  })
  await plaza.waitFor('alice/printer', 'RUNNING')
  const address = new URL('/spaces/alice/printer/logs', plaza.url).href
  const context = await browser.person()
  try {
    await using printer = await Printer.start()
    const page = await context.newPage()
    await signIn(page, plaza)
    await page.goto(address)
    await page.locator('.pane').waitFor()
    const idle = await watchFrames(page, 3)
    await page.route('**/logs/run', async (route) => await route.continue({ url: printer.url }))
    await page.goto(`${address}?log=run`)
    await page.locator('.log li').nth(40).waitFor()
    const following = await watchFrames(page, seconds)
    const counted = Number(/([\d,.]+) lines/.exec(await page.locator('.pane .strip').innerText())?.[1])
    const { printed } = printer
    const [elements, megabytes] = await page.evaluate(() => {
      const { memory } = performance as unknown as { memory?: { usedJSHeapSize: number } }
      return [document.querySelectorAll('*').length, (memory?.usedJSHeapSize ?? NaN) / 1e6] as const
    })
    await page.locator('.pane input[type=search]').fill('ValueError')
    const searching = await watchFrames(page, 3)
    return { idle, following, searching, printed, counted, elements, megabytes }
  } finally {
    await context.close()
  }
}

function said(frames: Frames): string {
  const percent = (part: number) => `${(part * 100).toFixed(1)} %`
  return `frames p50 ${frames.p50.toFixed(1)} ms, p95 ${frames.p95.toFixed(1)} ms, most ${frames.most.toFixed(0)} ms, in time ${percent(frames.inTime)}, dropped ${percent(frames.dropped)}, long tasks ${frames.longTasks}`
}

/** The result in lines for a terminal. */
export function logPageLines(result: LogPageResult): string[] {
  return [
    `log page, nothing printed:  ${said(result.idle)}`,
    `log page, ${rate} lines/s:     ${said(result.following)}`,
    `the same, while searching: ${said(result.searching)}`,
    `${result.counted} of ${result.printed} printed lines had arrived; ${result.elements} elements, ${result.megabytes.toFixed(0)} MB of script memory`,
  ]
}
