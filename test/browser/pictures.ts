/**
 * Pictures of every page of a running Plaza, desktop and phone, light and dark, and what axe-core finds in them.
 *   node test/browser/pictures.ts URL SIGN_IN_LINK FOLDER [PATH…]
 * The link is the whole address (`…/sign-in/link#SECRET`); `-` looks as nobody. Without paths: the pages that every
 * install has, and those of the first few Spaces in its gallery.
 */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { barriers } from './axe.ts'

const views = [
  { name: 'desktop-light', width: 1440, height: 900, colorScheme: 'light' },
  { name: 'desktop-dark', width: 1440, height: 900, colorScheme: 'dark' },
  { name: 'phone-light', width: 390, height: 844, colorScheme: 'light' },
  { name: 'phone-dark', width: 390, height: 844, colorScheme: 'dark' },
] as const

type View = (typeof views)[number]

const patience = 15_000

async function signedIn(
  browser: Browser,
  link: string,
): Promise<Awaited<ReturnType<BrowserContext['storageState']>> | undefined> {
  if (link === '-') return undefined
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(link)
  await page.getByRole('button', { name: /^Your account/ }).waitFor({ timeout: patience })
  const state = await context.storageState()
  await context.close()
  return state
}

async function spacePaths(context: BrowserContext, url: string): Promise<string[]> {
  const answer = await context.request.get(`${url}/api/plaza/spaces`)
  const { spaces }: { spaces: { id: string }[] } = await answer.json()
  return spaces
    .slice(0, 6)
    .flatMap(({ id }) => ['', '/logs', '/versions', '/settings'].map((tab) => `/spaces/${id}${tab}`))
}

/** The page has its content: nothing is loading, and the fonts are here. */
async function settled(page: Page): Promise<void> {
  await page.locator('main').first().waitFor({ timeout: patience })
  await page.waitForFunction(() => !document.querySelector('.skeleton, main [aria-busy=true]:not(button)'), undefined, {
    timeout: patience,
  })
  await page.evaluate(() => document.fonts.ready.then(() => true))
  await page.waitForTimeout(400)
}

async function picture(context: BrowserContext, view: View, address: string, file: string): Promise<string[]> {
  const page = await context.newPage()
  const said: string[] = []
  page.on('pageerror', (error) => said.push(`error: ${error.message}`))
  page.on('console', (message) => {
    const ours = !message.location().url.includes('.spaces.')
    if (message.type() === 'error' && ours) said.push(`console: ${message.text()}`)
  })
  await page.goto(address)
  await settled(page)
  await page.screenshot({ path: file })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (wide > 0) said.push(`scrolls ${wide} px sideways`)
  if (view.name.startsWith('desktop')) said.push(...(await barriers(page)))
  await page.close()
  return said
}

async function main(): Promise<void> {
  const [url, link = '-', folder = 'pictures', ...asked] = process.argv.slice(2)
  if (!url) throw new Error('Give the address of a running Plaza.')
  await mkdir(folder, { recursive: true })
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  })
  try {
    const storageState = await signedIn(browser, link)
    let found = 0
    for (const view of views) {
      const { width, height, colorScheme } = view
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme,
        reducedMotion: 'reduce',
        ...(storageState ? { storageState } : {}),
      })
      const usual = [
        '/',
        '/?search=nothing-has-this-name',
        '/new',
        '/settings/tokens',
        '/admin',
        '/sign-in',
        '/sign-up',
      ]
      const paths = asked.length > 0 ? asked : [...usual, ...(await spacePaths(context, url))]
      for (const place of paths) {
        const name = place.replaceAll(/[^a-z0-9]+/gi, '-').replaceAll(/^-|-$/g, '') || 'gallery'
        const said = await picture(context, view, url + place, path.join(folder, `${name}-${view.name}.png`))
        for (const line of said) console.log(`${place} ${view.name}: ${line}`)
        found += said.length
      }
      await context.close()
    }
    console.log(`${found} faults`)
  } finally {
    await browser.close()
  }
}

await main()
