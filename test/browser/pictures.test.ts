/** Live pictures: real Spaces, the real Chromium in the real sandbox, and what visitors of the gallery get of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { capabilities } from '../../runtime/local/capabilities.ts'
import type { SpaceSummary } from '../../control-plane/hub/gallery.ts'
import { TestPlaza, type RepositoryFiles } from '../plaza.ts'
import { Chromium, chromiumProblem } from './chromium.ts'

const { sandbox } = await capabilities(undefined)
const problem = chromiumProblem ?? (sandbox ? undefined : 'no sandbox')
const named = (name: string) => (problem ? `${name} (left out: ${problem})` : name)

const card = (sdk: string, more = '') => `---\ntitle: ${sdk} app\nemoji: 🧪\nsdk: ${sdk}\n${more}---\n`
const page = (html: string, more = ''): RepositoryFiles => ({
  'README.md': card('static', more),
  'index.html': `<!doctype html><meta charset="utf-8"><body style="margin:0">${html}`,
})
const bread =
  '<h1 style="background:#246;color:white;padding:160px;margin:0">Bread clock</h1><p>Flour, water, salt, time and the warmth of your kitchen.'

const gradio: RepositoryFiles = {
  'README.md': card('gradio', 'sdk_version: 6.31.0\n'),
  'app.py':
    'import gradio as gr\ngr.Interface(lambda name: f"Hello {name}", "text", "text", title="Greeter").launch()\n',
}
const streamlit: RepositoryFiles = {
  'README.md': card('streamlit', 'sdk_version: 1.67.0\n'),
  'app.py': 'import streamlit as st\nst.title("Board")\nst.slider("Warmth", 0, 40)\nst.bar_chart([3, 1, 4, 1, 5, 9])\n',
}

describe.skipIf(problem)(named('live pictures'), () => {
  let plaza: TestPlaza
  let chromium: Chromium
  beforeAll(async () => {
    ;[plaza, chromium] = await Promise.all([TestPlaza.start({ pictures: true }), Chromium.start()])
  }, 60_000)
  afterAll(async () => {
    await chromium[Symbol.asyncDispose]()
    await plaza[Symbol.asyncDispose]()
  }, 60_000)

  const summary = async (id: string) => await plaza.json<SpaceSummary>('GET', `/api/plaza/spaces/${id}`, 'alice')

  /** Waits for a picture other than `before`. */
  async function pictured(id: string, before?: string, limit = 60_000): Promise<NonNullable<SpaceSummary['picture']>> {
    const deadline = Date.now() + limit
    while (Date.now() < deadline) {
      const { picture } = await summary(id)
      if (picture && picture.large !== before) return picture
      await sleep(100)
    }
    throw new Error(`${id} has no new picture after ${limit} ms.\n${plaza.output.slice(-2000)}`)
  }

  test.each([
    ['static', page(bread)],
    ['gradio', gradio],
    ['streamlit', streamlit],
  ])(
    'a %s Space is photographed once it is ready, and its card shows it without a reload',
    async (name, files) => {
      const context = await chromium.person()
      const gallery = await context.newPage()
      await gallery.goto(plaza.url.href)
      await plaza.publish('alice', name, files)
      const { stage } = await plaza.waitFor(`alice/${name}`, 'RUNNING', 120_000)
      expect(stage).toBe('RUNNING')
      const image = gallery.locator(`[data-id="alice/${name}"] img.live.shown`)
      await image.waitFor({ timeout: 60_000 })
      const ratio = await image.evaluate(
        (one) => one instanceof HTMLImageElement && one.naturalWidth / one.naturalHeight,
      )
      expect(ratio).toBeCloseTo(1.6, 1)
      const { small, large } = await pictured(`alice/${name}`)
      for (const link of [small, large]) {
        const answer = await plaza.api('GET', link, '')
        expect(answer.status).toBe(200)
        expect(answer.headers.get('content-type')).toBe('image/webp')
        expect(answer.headers.get('cache-control')).toContain('immutable')
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      }
      await context.close()
    },
    240_000,
  )

  test('a new version gets a picture of its own; the old one’s name is gone', async () => {
    await plaza.publish('alice', 'versions', page(bread))
    const first = await pictured('alice/versions')
    await plaza.push('alice', 'versions', page(bread.replace('#246', '#a31')))
    const second = await pictured('alice/versions', first.large)
    expect((await plaza.api('GET', first.large)).status).toBe(404)
    expect((await plaza.api('GET', second.large)).status).toBe(200)
  }, 120_000)

  test('a private Space’s picture is a 404 to strangers, also when its name is known', async () => {
    await plaza.publish('alice', 'secret', page(bread.replace('Bread', 'Private')), { private: true })
    const { large } = await pictured('alice/secret')
    expect((await plaza.api('GET', large, 'alice')).status).toBe(200)
    expect((await plaza.api('GET', large, 'bob')).status).toBe(404)
    expect((await plaza.api('GET', large, '')).status).toBe(404)
    // Nor by way of a Space that everybody may see.
    await plaza.publish('alice', 'open', page(bread))
    await pictured('alice/open')
    expect((await plaza.api('GET', large.replace('/secret/', '/open/'), 'bob')).status).toBe(404)
  }, 120_000)

  test('the card’s thumbnail wins', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    )
    await plaza.publish('alice', 'chosen', { ...page(bread, 'thumbnail: shots/one.png\n'), 'shots/one.png': png })
    const { small } = await pictured('alice/chosen')
    expect(small).toContain('/spaces/alice/chosen/resolve/')
    expect(Buffer.from(await (await plaza.api('GET', small)).arrayBuffer())).toEqual(png)
  }, 60_000)

  /** One is taken after them, so that theirs have been tried; all at once, since most take their full time. */
  test('pages that make no picture get the drawn card', async () => {
    const spin =
      '<style>@keyframes a{to{transform:rotate(1turn)}}i{display:block;margin:300px 600px;width:40px;height:40px;border:4px solid;border-color:red blue;animation:a 1s infinite}</style><i></i>'
    const bad = {
      blank: page('<p>hi'),
      dialogs: page(`${bread}<script>alert('Look at me')</script>`),
      away: page(`${bread}<script>location.href = 'http://example.org/'</script>`),
      waits: page(spin),
      busy: page(`${bread}<script>setTimeout(() => { for (;;) {} }, 100)</script>`),
      crashes: { 'README.md': card('gradio'), 'app.py': 'raise SystemExit(3)\n' },
    }
    await Promise.all(Object.entries(bad).map(async ([name, files]) => await plaza.publish('bob', name, files)))
    await Promise.all(
      Object.keys(bad).map(
        async (name) =>
          await plaza.waitFor(`bob/${name}`, ({ stage }) => stage === 'RUNNING' || stage === 'RUNTIME_ERROR'),
      ),
    )
    await plaza.publish('alice', 'last', page(bread.replace('Bread', 'Last')))
    await pictured('alice/last', undefined, 120_000)
    for (const name of Object.keys(bad)) expect((await summary(`bob/${name}`)).picture, name).toBeUndefined()
    const context = await chromium.person()
    const gallery = await context.newPage()
    await gallery.goto(`${plaza.url.href}?author=bob`)
    await gallery.locator('[data-id="bob/blank"] .drawn').waitFor()
    await context.close()
  }, 240_000)

  test('the browser reaches the one Space, and neither the platform nor another Space', async () => {
    await plaza.publish('bob', 'neighbour', page(bread))
    await plaza.waitFor('bob/neighbour', 'RUNNING')
    const host = await plaza.host('bob/neighbour')
    // Whatever answers is painted: were anything reached, the picture would not be blank. Its own page is the counter-test.
    const probe = (to: string) =>
      `fetch('${to}', { mode: 'no-cors' }).then(() => { document.body.innerHTML = '<div style="height: 800px; background: linear-gradient(red, blue)">' })`
    const others = [plaza.url.origin, host, 'http://127.0.0.1:22', 'http://169.254.169.254'].map(probe).join(';')
    await plaza.publish('alice', 'prober', page(`<script>${others}</script>`))
    await plaza.publish('alice', 'self', page(`<script>${probe('/')}</script>`))
    await pictured('alice/self')
    await plaza.publish('alice', 'after', page(bread.replace('Bread', 'After')))
    await pictured('alice/after')
    expect((await summary('alice/prober')).picture).toBeUndefined()
  }, 120_000)
})
