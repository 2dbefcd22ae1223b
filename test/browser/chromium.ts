/** The machine's own Chromium, headless, with nothing kept from one use to the next. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Why it is not there, for the names of the tests that are left out. */
export const chromiumProblem = existsSync(executablePath) ? undefined : `no ${executablePath}`

export const desktop = { viewport: { width: 1440, height: 900 } } as const
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const

const patience = 15_000

const launch = {
  executablePath,
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

export class Chromium implements AsyncDisposable {
  readonly #browser: Browser

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  static async start(): Promise<Chromium> {
    const browser = await chromium.launch(launch)
    return new Chromium(browser)
  }

  /** A person's own browser: cookies of nobody else. */
  async person(options: BrowserContextOptions = desktop): Promise<BrowserContext> {
    const context = await this.#browser.newContext({ reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(patience)
    return context
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
  }
}

/**
 * An ordinary window, as most people have it. `person()` is a private one, where Chromium denies all storage to frames
 * of other sites; an app at localhost is one, and some do not bear it.
 */
export async function ordinaryWindow(
  options: BrowserContextOptions = desktop,
): Promise<{ context: BrowserContext; [Symbol.asyncDispose](): Promise<void> }> {
  const profile = await mkdtemp(path.join(tmpdir(), 'plaza-profile-'))
  await mkdir(path.join(profile, 'Default'))
  // As Chrome itself comes: storage of other sites' frames is theirs alone, not denied.
  const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } }
  await writeFile(path.join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  const context = await chromium.launchPersistentContext(profile, { ...launch, reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(patience)
  return {
    context,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

/** Errors of the page's own scripts; those of an app inside its frame are the app's. */
export function watchFaults(page: Page, origin: string): string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    const isOurs = message.location().url.startsWith(`${origin}/`)
    // The browser itself reports every answer above 399; what the page makes of them is looked at in the tests.
    if (message.type() === 'error' && isOurs && !message.text().startsWith('Failed to load resource')) {
      faults.push(message.text())
    }
  })
  return faults
}

/** Changes what the server answers to the page's own questions at `address` (a glob). */
export async function changeAnswers(page: Page, address: string, change: (text: string) => string): Promise<void> {
  await page.route(address, async (route) => {
    // A page that is left takes its questions along.
    const answer = await route.fetch().catch(() => undefined)
    const text = await answer?.text().catch(() => undefined)
    if (answer === undefined || text === undefined) return
    const contentType = answer.headers()['content-type'] ?? ''
    await route.fulfill({ status: answer.status(), contentType, body: change(text) }).catch(() => undefined)
  })
}
