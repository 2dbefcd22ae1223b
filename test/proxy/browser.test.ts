import type { BrowserContext } from 'playwright-core'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { Chromium, chromiumProblem } from '../browser/chromium.ts'
import { testDatabase } from '../store/database.ts'
import { friend, openApp, openGate, until } from './gate.ts'

const isMissing = chromiumProblem !== undefined

async function openBrowser(): Promise<AsyncDisposable & { context: BrowserContext }> {
  const browser = await Chromium.start()
  return {
    context: await browser.person({}),
    [Symbol.asyncDispose]: async () => await browser[Symbol.asyncDispose](),
  }
}

test.skipIf(isMissing)(
  'a private Space opens in a frame of the platform by its link, websocket included, then by its cookie (needs /usr/bin/chromium)',
  async () => {
    await using db = await testDatabase()
    await using gate = await openGate(db.store)
    await using app = await openApp((request, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end(`<p id="seen">${request.url} ${request.headers.cookie ?? 'no cookie'}</p>
        <script>const s = new WebSocket('ws://' + location.host + '/ws'); s.onmessage = (m) => { document.title = m.data }; s.onopen = () => s.send('hi')</script>`)
    })
    new WebSocketServer({ server: app.server }).on('connection', (socket) => socket.send('connected'))
    const id = await gate.space('secret', { target: app.target, visibility: 'private' })
    const url = `http://${gate.host('secret')}/`
    await using browser = await openBrowser()
    const page = await browser.context.newPage()
    await page.goto(`http://localhost:${gate.port}/`)

    const embed = async (source: string) => {
      await page.evaluate((src) => {
        document.body.innerHTML = ''
        const frame = document.createElement('iframe')
        frame.src = src
        document.body.append(frame)
      }, source)
      const handle = await page.waitForSelector('iframe')
      const frame = await handle.contentFrame()
      if (!frame) throw new Error('the frame has no page')
      await frame.waitForLoadState('load')
      return frame
    }
    const shut = await embed(url)
    await shut.waitForSelector('text=No Space here')
    const signed = await embed(`${url}deep?a=1&__sign=${gate.proxy.sign(id, friend.accountId)}#part`)
    await expect.poll(async () => await signed.textContent('#seen')).toBe('/deep?a=1 no cookie')
    expect(signed.url()).toBe(`${url}deep?a=1#part`)
    await expect.poll(async () => await signed.title()).toBe('connected')
    const again = await embed(`${url}again`)
    await expect.poll(async () => await again.textContent('#seen')).toBe('/again no cookie')

    // Opened by itself it is another place for the cookie, and gets its own by the same kind of link.
    await page.goto(`${url}?__sign=${gate.proxy.sign(id, friend.accountId)}`)
    await expect.poll(async () => await page.textContent('#seen')).toBe('/ no cookie')
    await page.goto(`${url}top`)
    expect(await page.textContent('#seen')).toBe('/top no cookie')
    expect(await page.evaluate(() => document.cookie)).toBe('')
  },
)

test.skipIf(isMissing)(
  'the waiting page tells its phase with a clock and becomes the app, address and fragment kept (needs /usr/bin/chromium)',
  async () => {
    await using db = await testDatabase()
    await using gate = await openGate(db.store)
    await using app = await openApp((request, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end(`<h1>App at ${request.url}</h1>`)
    })
    const id = await gate.space('one', { stage: { emoji: '🌊', title: 'Tides' } })
    await using browser = await openBrowser()
    const page = await browser.context.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    const address = `http://${gate.host('one')}/deep/path?a=1#part`
    await page.goto(address)
    expect(await page.textContent('#heading')).toBe('Waking up')
    expect(await page.textContent('#status')).toBe('🌊 Tides')
    const installing = { name: 'installing', startedAt: new Date(Date.now() - 65_000) }
    gate.stages.set(id, { ...gate.stages.get(id)!, stage: 'BUILDING', phase: installing })
    await expect.poll(async () => await page.textContent('#heading')).toBe('Installing')
    expect(await page.textContent('#clock')).toMatch(/^1:\d\d$/)
    await page.emulateMedia({ colorScheme: 'dark' })
    gate.stages.set(id, { ...gate.stages.get(id)!, stage: 'RUNTIME_ERROR', willStart: false, errorMessage: 'Killed' })
    await expect.poll(async () => await page.textContent('pre'), { timeout: 10_000 }).toBe('Killed')
    await gate.route(id, app.target)
    await expect.poll(async () => await page.textContent('h1'), { timeout: 10_000 }).toBe('App at /deep/path?a=1')
    expect(page.url()).toBe(address)
    expect(faults).toEqual([])
    await until(() => gate.woken.length === 1)
  },
)
