/**
 * What the page lets run, and what a Space in its frame can do to it: real Chromium, and a hostile Space that tries. Each
 * of its attempts has a counterpart that succeeds at its own origin, so that a failure is the wall's and not the attempt's.
 */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { matchPath } from 'react-router'
import type { Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'
import { Chromium, chromiumProblem } from './chromium.ts'

const named = (name: string) => (chromiumProblem ? `${name} (left out: ${chromiumProblem})` : name)
const readme = '---\ntitle: Attack\nemoji: 🏴\nsdk: static\n---\n# Read me\n\n[a link](https://example.org)\n'

let plaza: TestPlaza
let browser: Chromium
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start(), Chromium.start()])
}, 60_000)
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
}, 60_000)

const at = (place: string) => new URL(place, plaza.url).href

/** A page of somebody who is signed in, with what its policy has stopped: `directive what`. */
async function signedIn(name: string): Promise<{ page: Page; stopped: () => Promise<string[]> }> {
  const context = await browser.person()
  await context.addInitScript(() => {
    const stopped: string[] = []
    Object.assign(window, { stopped })
    addEventListener('securitypolicyviolation', (event) =>
      stopped.push(`${event.effectiveDirective} ${event.blockedURI}`),
    )
  })
  const page = await context.newPage()
  await page.goto(at('/sign-in'))
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(`${name}-password`)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
  return { page, stopped: async () => await page.evaluate(() => Reflect.get(window, 'stopped')) }
}

async function isSignedIn(page: Page, name: string): Promise<boolean> {
  const answer = await page.request.get(at('/api/plaza/me'))
  return (await answer.text()).includes(name)
}

describe.skipIf(chromiumProblem)(named('the policy of the platform’s pages'), () => {
  test('no page of it needs what the policy forbids', async () => {
    const sha = await plaza.publish('alice', 'own', {
      'README.md': readme,
      'index.html': '<h1>Fine</h1>',
      'a b.py': '1',
    })
    await plaza.waitFor('alice/own', 'RUNNING')
    const { page, stopped } = await signedIn('alice')
    const administrator = await signedIn('root-admin')
    const space = '/spaces/alice/own'
    const tabs = ['', '/logs', '/versions', '/settings', '/tree', `/tree/${sha}`, '/blob/main/README.md']
    const files = ['/edit/README.md', '/new-file', '/upload', '/commits', `/commit/${sha}`, '/blame/main/a%20b.py']
    const alone = await routes()
    const places = [
      '/',
      '/?search=nothing',
      '/no-such-page',
      '/spaces/alice/missing',
      ...[...tabs, ...files].map((tab) => space + tab),
      ...alone
        .filter((one) => !one.includes(':') && !one.includes('*') && !one.startsWith('spaces/'))
        .map((one) => `/${one}`),
      ...alone.filter((one) => one.startsWith(':')).map(() => '/alice'),
    ]
    for (const place of new Set(places)) {
      const one = place.includes('admin') ? administrator : { page, stopped }
      const answer = await one.page.goto(at(place))
      const policy = answer?.headers()['content-security-policy'] ?? ''
      expect(policy, place).toContain("script-src 'self';")
      for (const rule of ["object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"]) {
        expect(policy, place).toContain(rule)
      }
      expect(policy, place).toMatch(/frame-src http:\/\/\*\.spaces\.localhost:\d+;/)
      expect(policy, place).not.toContain('unsafe-eval')
      await one.page.locator('main').first().waitFor()
      await one.page.waitForLoadState('networkidle', { timeout: 1_000 }).catch(() => {})
      expect(await one.stopped(), place).toEqual([])
    }
    // Pages that come with others are looked at too.
    const unseen = alone.filter(
      (route) => !places.some((place) => matchPath(`/${route}`, new URL(place, plaza.url).pathname)),
    )
    expect(unseen).toEqual([])
  }, 180_000)

  test('a script that got into it does not run, and nothing else that the policy forbids works', async () => {
    const { page } = await signedIn('alice')
    await page.goto(at('/'))
    await page.locator('main').first().waitFor()
    const wanted = [
      'script-src-elem inline',
      'script-src-attr inline',
      'script-src eval',
      'script-src-elem https://example.org/evil.js',
      'base-uri https://example.org',
      'object-src https://example.org',
      'frame-src https://example.org',
      'form-action https://example.org',
      'connect-src https://example.org',
      'img-src https://example.org/pixel.png',
    ]
    // Later, and by the page itself: what the test's own connection runs may use eval.
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = `
        const add = (html) => document.body.insertAdjacentHTML('beforeend', html)
        Object.assign(window, { ran: true })`
      document.body.append(script)
      const button = document.createElement('button')
      button.setAttribute('onclick', 'window.ran = true')
      document.body.append(button)
      button.click()
      setTimeout(() => {
        try {
          // oxlint-disable-next-line no-eval -- that it is refused is the point
          ;(0, eval)('window.ran = true')
        } catch {
          Reflect.set(window, 'refused', true)
        }
      })
      const add = (tag: string, attributes: Record<string, string>) => {
        const element = document.createElement(tag)
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
        document.body.append(element)
        return element
      }
      add('script', { src: 'https://example.org/evil.js' })
      add('base', { href: 'https://example.org/' })
      add('object', { data: 'https://example.org/' })
      add('iframe', { src: 'https://example.org/' })
      add('img', { src: 'https://example.org/pixel.png' })
      const form = add('form', { action: 'https://example.org/', method: 'post' })
      if (form instanceof HTMLFormElement) form.requestSubmit()
      void fetch('https://example.org/').catch(() => {})
    })
    const matches = (said: string[]) => wanted.filter((one) => !said.some((line) => line.startsWith(one)))
    await expect
      .poll(async () => matches(await page.evaluate(() => Reflect.get(window, 'stopped'))), { timeout: 10_000 })
      .toEqual([])
    expect(await page.evaluate(() => [Reflect.get(window, 'ran'), Reflect.get(window, 'refused')])).toEqual([
      undefined,
      true,
    ])
    expect(page.url()).toBe(at('/'))
  }, 60_000)

  test('the pages that the proxy shows in a Space’s place keep to theirs', async () => {
    await plaza.createSpace('alice', 'empty')
    const context = await browser.person()
    const page = await context.newPage()
    await page.addInitScript(() => {
      const stopped: string[] = []
      Object.assign(window, { stopped })
      addEventListener('securitypolicyviolation', (event) => stopped.push(event.effectiveDirective))
    })
    for (const slug of ['alice-empty', 'nobody-nothing']) {
      const answer = await page.goto(`http://${slug}.spaces.localhost:${plaza.url.port}/`)
      expect(answer?.headers()['content-security-policy']).toContain("default-src 'none'")
      await page.locator('h1').waitFor()
      expect(await page.evaluate(() => Reflect.get(window, 'stopped')), slug).toEqual([])
    }
    await context.close()
  }, 60_000)
})

/** Every path of web/routes.tsx with those above it, read by its indentation; without an optional end. */
async function routes(): Promise<string[]> {
  const text = await readFile(path.join(import.meta.dirname, '..', '..', 'web', 'routes.tsx'), 'utf8')
  const above: { indent: number; path: string }[] = []
  const found: string[] = []
  for (const line of text.split('\n')) {
    const match = /^( *)(\{ )?path: '([^']+)'/.exec(line)
    if (!match) continue
    const [, blanks = '', sameLine, own = ''] = match
    const indent = blanks.length - (sameLine === undefined ? 2 : 0)
    while ((above.at(-1)?.indent ?? -1) >= indent) above.pop()
    const whole = [above.at(-1)?.path ?? '', own].filter((one) => one !== '' && one !== '/').join('/')
    above.push({ indent, path: whole })
    if (whole !== '' && whole !== '*') found.push(whole.replace(/\/:\w+\?$/, ''))
  }
  return found
}

/**
 * Runs in the Space's own page. `own` is what the same attempt does where it is allowed; the rest aim at the platform.
 * Whatever is thrown is the wall.
 */
function attack(platform: string): void {
  const results: Record<string, string> = {}
  const out = document.createElement('pre')
  document.body.append(out)
  // A wall may be that nothing comes: then it goes on without.
  const soon = (event: Promise<unknown>) => Promise.race([event, new Promise((resolve) => setTimeout(resolve, 2_000))])
  const attempt = async (name: string, act: () => unknown) => {
    try {
      results[name] = `got: ${String(await soon(Promise.resolve(act())))}`
    } catch (error) {
      results[name] = `refused: ${error instanceof Error ? error.name : String(error)}`
    }
    out.textContent = JSON.stringify(results)
  }
  const framed = async (src: string) => {
    const frame = document.createElement('iframe')
    frame.src = src
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
    document.body.append(frame)
    await soon(loaded)
    return frame.contentDocument?.body.textContent ?? 'nothing readable'
  }
  const simple = { method: 'POST', mode: 'no-cors', credentials: 'include' } as const
  void (async () => {
    await attempt('own cookie', () => {
      document.cookie = 'mine=1'
      return document.cookie
    })
    await attempt('own storage', () => {
      localStorage.setItem('mine', '1')
      return localStorage.getItem('mine')
    })
    await attempt('own page fetched', async () => (await fetch('/other.html', { credentials: 'include' })).status)
    await attempt('own page framed', async () => await framed('/other.html'))

    // For the attempts after it.
    await attempt('domain loosened', () => {
      document.domain = new URL(platform).hostname
    })
    await attempt('page read', () => parent.document.title)
    await attempt('page scripted', () => Reflect.get(parent, 'eval')('1'))
    await attempt('page storage', () => parent.localStorage.length)
    await attempt('page cookie', () => top?.document.cookie)
    await attempt('top moved', () => top?.location.replace('/other.html'))
    await attempt('top set', () => {
      if (top) top.location.href = 'https://example.org/'
    })
    await attempt('cookie planted', () => {
      for (const name of ['plaza.session_token', '__Host-plaza.session_token']) {
        document.cookie = `${name}=planted; domain=${new URL(platform).hostname}; path=/`
        document.cookie = `${name}=planted; path=/`
      }
      return 'tried'
    })
    await attempt('api with the cookie', async () => {
      return await (await fetch(`${platform}/api/plaza/me`, { credentials: 'include' })).text()
    })
    await attempt('api without the cookie', async () => {
      return (await (await fetch(`${platform}/api/plaza/me`)).text()).includes('"name":"alice"')
    })
    await attempt('api changed', async () => {
      const body = JSON.stringify({ type: 'space', name: 'own', organization: 'alice' })
      await fetch(`${platform}/api/repos/delete`, { ...simple, body })
      await fetch(`${platform}/api/spaces/alice/own/pause`, { ...simple, body })
      return 'sent'
    })
    await attempt('platform framed', async () => await framed(`${platform}/`))
    const form = document.createElement('form')
    Object.assign(form, { method: 'post', action: `${platform}/api/repos/delete`, target: '_top' })
    document.body.append(form)
    await attempt('form into top', () => form.submit())
    const link = document.createElement('a')
    Object.assign(link, { href: 'https://example.org/', target: '_top' })
    document.body.append(link)
    await attempt('link into top', () => link.click())
    for (const said of [
      'https://example.org/',
      null,
      [],
      { type: 'navigate', url: 'https://example.org/' },
      { href: 'https://example.org/', location: 'https://example.org/' },
      { queryString: { toString: 'x' }, hash: 7 },
      { __proto__: { queryString: 'inherited=1' } },
      { method: 'eval', code: 'document.title = "taken"' },
    ]) {
      parent.postMessage(said, '*')
    }
    // By a frame of its own: not the one that the page listens to.
    const inner = document.createElement('iframe')
    inner.srcdoc = '<script>top.postMessage({ queryString: "from=within" }, "*")</script>'
    document.body.append(inner)
    await soon(new Promise((resolve) => inner.addEventListener('load', resolve)))
    out.id = 'results'
  })()
}

describe.skipIf(chromiumProblem)(named('a hostile Space'), () => {
  const file = (platform: string) => `(${attack.toString()})(${JSON.stringify(platform)})`

  async function published(): Promise<void> {
    if ((await plaza.api('GET', '/api/spaces/bob/attack/runtime')).ok) return
    await plaza.publish('alice', 'own', { 'README.md': readme, 'index.html': '<h1>Fine</h1>' }).catch(() => {})
    await plaza.publish('bob', 'attack', {
      'README.md': readme,
      'index.html': `<!doctype html><meta charset="utf-8"><title>Attack</title><body><button onclick="parent.postMessage({ queryString: 'said=1', hash: 'x' }, '*')">Say</button><button onclick="window.open('${at('/spaces/alice/own')}')">Open</button><script src="attack.js"></script>`,
      'attack.js': file(plaza.url.origin),
      'other.html': '<!doctype html>the Space’s own',
      'away.html': `<!doctype html><script>location.href = ${JSON.stringify(at('/'))}</script>`,
    })
    await plaza.waitFor('bob/attack', 'RUNNING')
    await plaza.waitFor('alice/own', 'RUNNING')
  }

  async function resultsOf(frame: Frame | Page): Promise<Record<string, string>> {
    await frame
      .locator('#results')
      .waitFor({ timeout: 30_000 })
      .catch(async () => {
        throw new Error(`It got no further than ${await frame.locator('pre').last().textContent({ timeout: 1_000 })}`)
      })
    return JSON.parse((await frame.locator('#results').textContent()) ?? '{}')
  }

  const walls = (results: Record<string, string>) => {
    expect(results['own page fetched']).toBe('got: 200')
    expect(results['own page framed']).toBe('got: the Space’s own')
    for (const value of [results['own cookie'], results['page cookie']]) expect(value).not.toContain('session')
    expect(results['api with the cookie']).toBe('refused: TypeError')
    expect(results['api without the cookie']).toBe('got: false')
    expect(results['platform framed']).toBe('got: nothing readable')
  }

  test('in its frame it cannot read, script, move or cover the page, nor act in the visitor’s name', async () => {
    await published()
    const { page, stopped } = await signedIn('alice')
    await page.goto(at('/spaces/bob/attack'))
    const title = await page.title()
    const frame = await frameAt(page, '.spaces.localhost')
    const results = await resultsOf(frame)
    walls(results)
    for (const name of ['page read', 'page scripted', 'page storage', 'page cookie', 'top set', 'top moved']) {
      expect(results[name], name).toBe('refused: SecurityError')
    }
    // The platform in a frame of a Space is Chromium's own page that says no.
    const within = page.frames().filter((one) => one !== page.mainFrame() && one.url().startsWith(plaza.url.origin))
    expect(within.map((one) => one.url())).toEqual([])
    // What it opens by a visitor's click is as confined as itself, which the platform's page does not bear.
    const [popup] = await Promise.all([
      page.context().waitForEvent('page'),
      frame.getByRole('button', { name: 'Open' }).click(),
    ])
    await expect(popup.locator('main').first().waitFor({ timeout: 3_000 })).rejects.toThrow('Timeout')
    expect(page.url()).toBe(at('/spaces/bob/attack'))
    expect(await page.title()).toBe(title)
    expect(await stopped()).toEqual([])
    expect(await isSignedIn(page, 'alice')).toBe(true)
    expect((await plaza.runtime('alice/own')).stage).toBe('RUNNING')
    // What it may say is heard all the same, after all of that.
    await frame.getByRole('button', { name: 'Say' }).click()
    await page.waitForURL(at('/spaces/bob/attack?said=1#x'))
  }, 90_000)

  test('as a page of its own, too', async () => {
    await published()
    const { page } = await signedIn('alice')
    // What it does to `top` it would do to itself here, and be gone before its results are read.
    const other = await page.context().newPage()
    await other.route('**/attack.js', async (route) => {
      const script = file(plaza.url.origin).replaceAll('top?.location', 'window.never?.location')
      const quiet = script
        .replaceAll('form.submit()', '0')
        .replaceAll('link.click()', '0')
        .replaceAll('if (top)', 'if (false)')
      await route.fulfill({ contentType: 'text/javascript', body: quiet })
    })
    await other.goto(`http://bob-attack.spaces.localhost:${plaza.url.port}/`)
    const results = await resultsOf(other)
    walls(results)
    expect(results['own cookie']).toContain('mine=1')
    expect(results['own storage']).toBe('got: 1')
    expect(await isSignedIn(page, 'alice')).toBe(true)
    expect((await plaza.runtime('alice/own')).stage).toBe('RUNNING')
    // The window that it opens is cut off from it.
    const [opened] = await Promise.all([
      other.waitForEvent('popup'),
      other.evaluate((url) => {
        const handle = open(url, 'second')
        Object.assign(window, { handle })
      }, at('/spaces/alice/own')),
    ])
    await opened.locator('main').first().waitFor()
    expect(await other.evaluate(() => Reflect.get(window, 'handle')?.closed)).toBe(true)
    expect(await opened.evaluate(() => window.opener)).toBe(null)
  }, 90_000)

  test('its frame cannot become the platform’s page', async () => {
    await published()
    const { page } = await signedIn('alice')
    await page.goto(at('/spaces/bob/attack'))
    const frame = await frameAt(page, '.spaces.localhost')
    await resultsOf(frame)
    await frame.goto(`http://bob-attack.spaces.localhost:${plaza.url.port}/away.html`).catch(() => {})
    const deadline = Date.now() + 10_000
    const inner = () => page.frames().find((one) => one !== page.mainFrame() && one.parentFrame() === page.mainFrame())
    while (Date.now() < deadline && !inner()?.url().startsWith('chrome-error:')) await sleep(50)
    expect(inner()?.url()).toMatch(/^chrome-error:/)
    expect(page.url()).toBe(at('/spaces/bob/attack'))
  }, 60_000)
})

async function frameAt(page: Page, host: string): Promise<Frame> {
  const deadline = Date.now() + 15_000
  while (Date.now() < deadline) {
    const frame = page.frames().find((one) => URL.canParse(one.url()) && new URL(one.url()).hostname.endsWith(host))
    if (frame) return frame
    await sleep(50)
  }
  throw new Error(`No frame of ${host} came.`)
}
