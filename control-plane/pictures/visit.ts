/** One page in the browser: opened, watched until it is quiet, looked at, photographed. All of it may be hostile. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { DevTools } from './devtools.ts'
import { Late } from './devtools.ts'
import { judge, type Look, type Verdict } from './judge.ts'
import { brightness, shareOfOneColour } from './pixels.ts'

/** 640×400 and 1280×800, WebP. */
export type Sizes = { small: Buffer; large: Buffer }

/** `dark` only where the page looks different to whoever wants it dark. */
export type Shot = { verdict: Verdict; pictures?: Sizes & { dark?: Sizes } }

export const viewport = { width: 1280, height: 800 }

/** Milliseconds from the first request on; then what is there counts. */
const patience = 8_000
/** Milliseconds without a request under way and without a message: the page is quiet. */
const quietFor = 400
/** Milliseconds after which a page that never stands still is taken as it moves. */
const movesFor = 3_000
/** Milliseconds between two looks. */
const lookEvery = 250
/** Milliseconds of one command to the page. One that keeps the browser longer is not waited for. */
const commandLimit = 3_000
/** Milliseconds of one command before the page is opened: only a busy machine can be slow then. */
const setUpLimit = 15_000
/** Milliseconds for a page to turn dark and come to rest. */
const darkPatience = 2_500
/** Of 1: less is an animation or a blinking cursor, not another theme. */
const darkerBy = 0.04
/** Bytes of one picture; a photograph over the whole page has 0.4 MB. */
const largestPicture = 2 * 1024 * 1024

const anything = z.unknown()
const picture = z.object({ data: z.string() })
const frameEvent = z.object({
  frame: z.object({ parentId: z.string().optional(), url: z.string(), unreachableUrl: z.string().optional() }),
})
const requestEvent = z.object({ requestId: z.string(), type: z.string().optional(), frameId: z.string().optional() })
const responseEvent = requestEvent.extend({ response: z.object({ status: z.number(), mimeType: z.string() }) })

/**
 * Runs in a world of its own inside the page, whose scripts cannot change what it finds there. `getAnimations` knows those
 * below shadow roots too.
 */
const seenInPage = `(() => {
  const seen = (element) => {
    const box = element?.getBoundingClientRect?.()
    return box !== undefined && box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
  }
  const text = (document.body?.innerText ?? '').slice(0, 5000).replace(/\\s+/g, ' ').trim()
  const turns = document.getAnimations().slice(0, 200).some((animation) =>
    animation.playState === 'running' && animation.effect?.getTiming().iterations === Infinity && seen(animation.effect.target))
  const says = [...document.querySelectorAll('progress, [role=progressbar], [aria-busy=true], .loading, .loader, .spinner')]
  return {
    text: text.slice(0, 400),
    waits: turns || says.slice(0, 50).some(seen),
    fault: document.querySelector('[data-testid=stException]') !== null,
  }
})()`

const found = z.object({
  result: z.object({ value: z.object({ text: z.string(), waits: z.boolean(), fault: z.boolean() }) }),
})

/** What the browser says by itself while the page lives. */
class Watch {
  readonly #origin: string
  readonly #open = new Set<string>()
  mainFrame = ''
  status: number | undefined
  unreachable = false
  left = false
  dialog = false
  /** All of the page's own HTML has come. */
  whole = false
  loaded = false
  lastActivity = Date.now()

  constructor(origin: string) {
    this.#origin = origin
  }

  /** Nothing that comes later can make a usable picture of it. */
  get isOver(): boolean {
    return this.left || this.dialog || this.unreachable
  }

  get isQuiet(): boolean {
    return this.loaded && this.#open.size === 0 && Date.now() - this.lastActivity >= quietFor
  }

  hear(method: string, params: unknown): void {
    switch (method) {
      case 'Page.javascriptDialogOpening':
        this.dialog = true
        return
      case 'Page.domContentEventFired':
        this.whole = true
        break
      case 'Page.loadEventFired':
        this.loaded = true
        break
      case 'Page.frameNavigated':
        this.#navigated(params)
        break
      case 'Network.requestWillBeSent': {
        const request = requestEvent.safeParse(params).data
        // A stream of events has no end: it is heard by what it does.
        if (request && request.type !== 'EventSource') this.#open.add(request.requestId)
        break
      }
      case 'Network.responseReceived':
        this.#answered(params)
        break
      case 'Network.loadingFinished':
      case 'Network.loadingFailed':
        this.#open.delete(z.object({ requestId: z.string() }).safeParse(params).data?.requestId ?? '')
        break
      case 'Network.webSocketFrameReceived':
      case 'Network.eventSourceMessageReceived':
        break
      default:
        return
    }
    this.lastActivity = Date.now()
  }

  #navigated(params: unknown): void {
    const frame = frameEvent.safeParse(params).data?.frame
    if (!frame || frame.parentId !== undefined || frame.url === 'about:blank') return
    if (frame.unreachableUrl !== undefined || frame.url.startsWith('chrome-error:')) {
      // Where it wanted to go says whether it is the app's fault.
      if (originOf(frame.unreachableUrl ?? '') === this.#origin) this.unreachable = true
      else this.left = true
    } else if (originOf(frame.url) !== this.#origin) this.left = true
  }

  #answered(params: unknown): void {
    const answer = responseEvent.safeParse(params).data
    if (!answer) return
    if (answer.response.mimeType === 'text/event-stream') this.#open.delete(answer.requestId)
    if (answer.type === 'Document' && answer.frameId === this.mainFrame) this.status = answer.response.status
  }
}

/** @param url of the Space's page, on loopback. @throws Error when the browser itself fails. */
export async function visit(devtools: DevTools, url: string): Promise<Shot> {
  const browser = async <T>(method: string, params: Readonly<Record<string, unknown>>, answer: z.ZodType<T>) =>
    await devtools.command(method, params, { answer, limit: setUpLimit })
  await browser('Browser.setDownloadBehavior', { behavior: 'deny' }, anything)
  const target = z.object({ targetId: z.string() })
  const { targetId } = await browser('Target.createTarget', { url: 'about:blank' }, target)
  const { sessionId } = await browser(
    'Target.attachToTarget',
    { targetId, flatten: true },
    z.object({ sessionId: z.string() }),
  )
  const page = async <T>(method: string, params: Readonly<Record<string, unknown>>, answer: z.ZodType<T>) =>
    await devtools.command(method, params, {
      answer,
      sessionId,
      limit: opened === undefined ? setUpLimit : commandLimit,
    })
  let opened: number | undefined
  const watch = new Watch(originOf(url))
  devtools.on((method, params) => {
    watch.hear(method, params)
    // Unanswered it would stop everything, the photograph too.
    if (method === 'Page.javascriptDialogOpening') {
      void page('Page.handleJavaScriptDialog', { accept: false }, anything).catch(() => {})
    }
  })
  await page('Page.enable', {}, anything)
  await page('Network.enable', {}, anything)
  const size = { ...viewport, deviceScaleFactor: 1, mobile: false }
  await page('Emulation.setDeviceMetricsOverride', size, anything)
  await page('Emulation.setScrollbarsHidden', { hidden: true }, anything)
  await prefer(page, 'light')
  const tree = z.object({ frameTree: z.object({ frame: z.object({ id: z.string() }) }) })
  watch.mainFrame = (await page('Page.getFrameTree', {}, tree)).frameTree.frame.id

  opened = Date.now()
  // It answers once the page has begun; a server that never does is noticed below.
  const navigation = devtools.command(
    'Page.navigate',
    { url },
    { answer: z.object({ errorText: z.string().optional() }), sessionId, limit: patience },
  )
  const refusal = async () => {
    if ((await navigation).errorText !== undefined) watch.unreachable = true
  }
  void refusal().catch(() => {})
  return await photograph(page, watch, opened)
}

type Command = <T>(method: string, params: Readonly<Record<string, unknown>>, answer: z.ZodType<T>) => Promise<T>

async function photograph(page: Command, watch: Watch, opened: number): Promise<Shot> {
  let before: { png: string; verdict: Verdict } | undefined
  let firstGood: number | undefined
  for (;;) {
    if (watch.isOver) return { verdict: judge({ ...nothingSeen, ...seenOf(watch) }) }
    const isLast = Date.now() - opened >= patience
    if (watch.status === undefined || (!watch.isQuiet && !isLast)) {
      if (isLast) return { verdict: 'loading' }
      await sleep(50)
      continue
    }
    let now: { png: string; verdict: Verdict }
    try {
      now = await look(page, watch)
    } catch (error) {
      // Busy with itself, or another page has just begun: the next look tells.
      if (isLast) return { verdict: 'loading' }
      if (error instanceof Late) continue
      await sleep(lookEvery)
      continue
    }
    if (watch.isOver) continue
    if (now.verdict === 'good') firstGood ??= Date.now()
    const stands = before?.png === now.png && before.verdict === now.verdict
    const moves = firstGood !== undefined && Date.now() - firstGood >= movesFor
    // An error stays one; what is blank or loading may still become something.
    const isSettled = now.verdict === 'good' ? stands || moves : now.verdict === 'error' && stands
    if (isLast || isSettled) {
      // Its server never ends it: what is there may be half a sentence.
      if (!watch.whole) return { verdict: 'loading' }
      if (now.verdict !== 'good') return { verdict: now.verdict }
      const light = await takeBoth(page)
      if (watch.isOver) continue
      const dark = await takeDark(page, watch, now.png).catch(() => undefined)
      // It has led elsewhere since: what it shows to visitors is not what was photographed.
      if (watch.isOver) continue
      return { verdict: 'good', pictures: dark ? { ...light, dark } : light }
    }
    before = now
    await sleep(lookEvery)
  }
}

/** The same page, still open, for whoever prefers the dark: frameworks and stylesheets follow it at once. */
async function takeDark(page: Command, watch: Watch, light: string): Promise<Sizes | undefined> {
  await prefer(page, 'dark')
  const until = Date.now() + darkPatience
  let before: string | undefined
  for (;;) {
    await sleep(lookEvery)
    const { png, verdict } = await look(page, watch)
    if (verdict !== 'good') return undefined
    // One that never stands still is taken as it moves.
    if (png === before || Date.now() >= until) return isDarker(png, light) ? await takeBoth(page) : undefined
    before = png
  }
}

function isDarker(png: string, than: string): boolean {
  return brightness(Buffer.from(than, 'base64')) - brightness(Buffer.from(png, 'base64')) >= darkerBy
}

async function prefer(page: Command, scheme: 'light' | 'dark'): Promise<void> {
  const features = [
    { name: 'prefers-reduced-motion', value: 'reduce' },
    { name: 'prefers-color-scheme', value: scheme },
  ]
  await page('Emulation.setEmulatedMedia', { features }, anything)
}

const nothingSeen = { oneColour: 1, text: '', waits: false, fault: false }

function seenOf(watch: Watch): Pick<Look, 'status' | 'unreachable' | 'left' | 'dialog'> {
  const { status, unreachable, left, dialog } = watch
  return { status, unreachable, left, dialog }
}

async function look(page: Command, watch: Watch): Promise<{ png: string; verdict: Verdict }> {
  const world = await page(
    'Page.createIsolatedWorld',
    { frameId: watch.mainFrame },
    z.object({ executionContextId: z.number() }),
  )
  const { result } = await page(
    'Runtime.evaluate',
    { expression: seenInPage, contextId: world.executionContextId, returnByValue: true, timeout: commandLimit },
    found,
  )
  const { data } = await page('Page.captureScreenshot', { format: 'png', clip: clip(0.25) }, picture)
  const seen = { ...result.value, ...seenOf(watch), oneColour: shareOfOneColour(Buffer.from(data, 'base64')) }
  return { png: data, verdict: judge(seen) }
}

async function takeBoth(page: Command): Promise<Sizes> {
  return { small: await take(page, 0.5), large: await take(page, 1) }
}

async function take(page: Command, scale: number): Promise<Buffer> {
  const { data } = await page('Page.captureScreenshot', { format: 'webp', quality: 82, clip: clip(scale) }, picture)
  const bytes = Buffer.from(data, 'base64')
  const isWebp = bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP'
  if (!isWebp || bytes.length > largestPicture) throw new Error('The browser gave something else than a picture.')
  return bytes
}

const clip = (scale: number) => ({ x: 0, y: 0, ...viewport, scale })

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : ''
}
