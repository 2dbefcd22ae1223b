/** Live pictures: real Spaces, the real Chromium in the real sandbox, and what visitors of the gallery get of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { capabilities } from '../../runtime/local/capabilities.ts'
import type { SpaceSummary } from '../../control-plane/hub/gallery.ts'
import { TestPlaza, type RepositoryFiles } from '../plaza.ts'
import { Chromium, chromiumProblem, desktop } from './chromium.ts'

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

const themed = page(
  '<style>:root { color-scheme: light dark } @media (prefers-color-scheme: dark) { p { color: gold } }</style><p>Flour, water, salt, time and the warmth of your kitchen.<hr style="height: 60px; background: teal">',
)
const gradio: RepositoryFiles = {
  'README.md': card('gradio', 'sdk_version: 6.31.0\n'),
  'app.py':
    'import gradio as gr\ngr.Interface(lambda name: f"Hello {name}", "text", "text", title="Greeter").launch()\n',
}
const streamlit: RepositoryFiles = {
  'README.md': card('streamlit', 'sdk_version: 1.67.0\n'),
  'app.py': 'import streamlit as st\nst.title("Board")\nst.slider("Warmth", 0, 40)\nst.bar_chart([3, 1, 4, 1, 5, 9])\n',
}

/** A plain server whose answer to everything is this Python, after its head. */
const server = (answer: string): RepositoryFiles => ({
  'README.md': card('gradio'),
  'app.py': `
import http.server, os, time
began = 0
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.end_headers()${answer}
http.server.ThreadingHTTPServer(('0.0.0.0', int(os.environ['PORT'])), Handler).serve_forever()
`,
})

/** What is told of Spaces from now on, as `owner/name type`. */
function readEvents(body: ReadableStream<Uint8Array> | null): string[] {
  const told: string[] = []
  const read = async () => {
    let text = ''
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk).toString('utf8')
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('data: {"space"')) continue
        const { space, types } = JSON.parse(line.slice(6)) as { space: string; types: string[] }
        told.push(...types.map((type) => `${space} ${type}`))
      }
    }
  }
  // Ends with the platform.
  void read().catch(() => {})
  return told
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
      const ready = performance.now()
      expect(stage).toBe('RUNNING')
      const image = gallery.locator(`[data-id="alice/${name}"] img.live.shown`)
      await image.waitFor({ timeout: 60_000 })
      const seconds = ((performance.now() - ready) / 1000).toFixed(1)
      process.stdout.write(`${name}: its picture is in the gallery ${seconds} s after it turned ready\n`)
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

  test.each([
    ['static', themed],
    ['gradio', gradio],
    ['streamlit', streamlit],
  ])(
    'a %s app that follows the theme has a picture for each, and the gallery shows the one of its own',
    async (kind, files) => {
      await plaza.publish('bob', `${kind}-themed`, files)
      await plaza.waitFor(`bob/${kind}-themed`, 'RUNNING', 120_000)
      const picture = await pictured(`bob/${kind}-themed`)
      expect(picture.dark).toBeDefined()
      const bytes = await Promise.all(
        [picture.large, picture.dark?.large ?? ''].map(async (link) => {
          const answer = await plaza.api('GET', link, '')
          expect(answer.status).toBe(200)
          return Buffer.from(await answer.arrayBuffer())
        }),
      )
      if (process.env['PLAZA_PICTURES']) {
        await writeFile(`${process.env['PLAZA_PICTURES']}/${kind}-light.webp`, bytes[0] ?? '')
        await writeFile(`${process.env['PLAZA_PICTURES']}/${kind}-dark.webp`, bytes[1] ?? '')
      }
      const context = await chromium.person({ ...desktop, colorScheme: 'dark' })
      const gallery = await context.newPage()
      await gallery.goto(`${plaza.url.href}?author=bob`)
      const image = gallery.locator(`[data-id="bob/${kind}-themed"] img.live.shown`)
      await image.waitFor()
      expect(await image.getAttribute('src')).toBe(picture.dark?.small)
      await gallery.emulateMedia({ colorScheme: 'light' })
      await gallery.locator(`[data-id="bob/${kind}-themed"] img.live.shown[src="${picture.small}"]`).waitFor()
      await context.close()
    },
    240_000,
  )

  test('an app that knows no dark has one picture', async () => {
    await plaza.publish('bob', 'plain', page(bread.replace('Bread', 'Plain')))
    expect(await pictured('bob/plain')).not.toHaveProperty('dark')
  }, 60_000)

  describe('beside links elsewhere', () => {
    async function head(id: string, as: string | null = null): Promise<{ image: string | undefined; html: string }> {
      const headers = { Accept: 'text/html', ...(as ? { Authorization: `Bearer ${plaza.person(as).token}` } : {}) }
      const html = await (await fetch(new URL(`/spaces/${id}`, plaza.url), { headers })).text()
      return { html, image: /property="og:image" content="([^"]+)"/.exec(html)?.[1] }
    }

    /** Width and height of a JPEG. */
    function measure(jpeg: Buffer): [number, number] {
      let at = 2
      while (at < jpeg.length) {
        const marker = jpeg.readUInt16BE(at)
        if (marker >= 0xff_c0 && marker <= 0xff_c2) return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)]
        at += 2 + jpeg.readUInt16BE(at + 2)
      }
      return [0, 0]
    }

    test('a Space’s page names a picture of 1200×630 that crawlers get, another one when it looks different', async () => {
      await plaza.createSpace('alice', 'linked')
      const before = await head('alice/linked')
      expect(before.html).toContain('name="twitter:card" content="summary_large_image"')
      const drawn = await fetch(before.image ?? '')
      expect(drawn.status).toBe(200)
      expect(drawn.headers.get('content-type')).toBe('image/jpeg')
      expect(drawn.headers.get('cache-control')).toContain('immutable')
      expect(measure(Buffer.from(await drawn.arrayBuffer()))).toEqual([1200, 630])

      await plaza.push('alice', 'linked', page(bread.replace('Bread', 'Linked')))
      await pictured('alice/linked')
      const after = await head('alice/linked')
      expect(after.image).not.toBe(before.image)
      const live = Buffer.from(await (await fetch(after.image ?? '')).arrayBuffer())
      expect(measure(live)).toEqual([1200, 630])
      // Where the old link stands, there is the new picture; and asked twice it is the same.
      expect(Buffer.from(await (await fetch(before.image ?? '')).arrayBuffer())).toEqual(live)
      if (process.env['PLAZA_PICTURES']) await writeFile(`${process.env['PLAZA_PICTURES']}/preview.jpg`, live)
    }, 90_000)

    test('a private Space’s is a 404 to strangers', async () => {
      await plaza.createSpace('alice', 'linked-secret', { private: true })
      expect((await head('alice/linked-secret')).image).toBeUndefined()
      const { image = '' } = await head('alice/linked-secret', 'alice')
      const route = new URL(image).pathname
      expect((await plaza.api('GET', route, 'alice')).status).toBe(200)
      expect((await plaza.api('GET', route, 'bob')).status).toBe(404)
      expect((await plaza.api('GET', route, '')).status).toBe(404)
      expect((await plaza.api('GET', route.replace(/[0-9a-f]{32}/, '0'.repeat(32)), 'bob')).status).toBe(404)
    }, 60_000)

    test('the author’s own picture stands in it, and what is no picture does no harm', async () => {
      await plaza.publish('alice', 'linked-broken', {
        ...page(bread, 'thumbnail: shots/one.png\n'),
        'shots/one.png': 'no picture',
      })
      const { image = '' } = await head('alice/linked-broken')
      expect((await fetch(image)).status).toBe(200)
    }, 60_000)
  })

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
    // Answers at once with something to see, and never ends.
    const endless = server(`
        self.wfile.write(b'<h1 style="background: teal; color: white; padding: 200px">Soon</h1>')
        while True:
            self.wfile.write(b'<p>.')
            self.wfile.flush()
            time.sleep(0.5)`)
    const bad = {
      endless,
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

  test('a second attempt follows a failed one; a Space that has fallen asleep meanwhile is left alone; no publish waits', async () => {
    const waiting = `b'<p>Loading'`
    const done = `b'<h1 style="background: teal; color: white; padding: 200px">Here it is</h1>'`
    const later = `
        global began
        if self.path == '/': began = began or time.time()
        self.wfile.write(${waiting} if time.time() - began < 35 else ${done})`
    const heard = plaza.api('GET', '/api/plaza/events', 'alice')
    const events = readEvents((await heard).body)
    await plaza.publish('alice', 'sleeper', server(later))
    await plaza.waitFor('alice/sleeper', 'RUNNING')
    await plaza.publish('alice', 'later', server(later))
    await plaza.waitFor('alice/later', 'RUNNING')
    // The camera is at the first or the second now, for its full eight seconds each.
    await plaza.publish('alice', 'meanwhile', page(bread.replace('Bread', 'Meanwhile')))
    await plaza.waitFor('alice/meanwhile', 'RUNNING')
    const untilRunning = [...events]
    expect(untilRunning).not.toContain('alice/later picture')
    await plaza.json('POST', '/api/spaces/alice/sleeper/sleeptime', 'alice', { seconds: 1 })
    await plaza.waitFor('alice/sleeper', 'SLEEPING')
    expect((await summary('alice/later')).picture).toBeUndefined()
    await pictured('alice/later', undefined, 120_000)
    // The sleeper's second attempt was due before.
    expect((await plaza.runtime('alice/sleeper')).stage).toBe('SLEEPING')
    expect((await summary('alice/sleeper')).picture).toBeUndefined()
    expect(events.filter((one) => one === 'alice/sleeper picture').length).toBeLessThanOrEqual(1)
    // Woken, it is looked at again.
    await plaza.visit('alice/sleeper')
    await plaza.waitFor('alice/sleeper', 'RUNNING')
    await plaza.json('POST', '/api/spaces/alice/sleeper/sleeptime', 'alice', { seconds: 3600 })
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
