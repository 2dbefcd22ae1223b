import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { Chromium, chromiumProblem } from '../browser/chromium.ts'
import { capabilities } from '../../runtime/local/capabilities.ts'
import { TestPlaza } from '../plaza.ts'

const card = (sdk: string, more = '') => `---\ntitle: ${sdk} app\nemoji: 🧪\nsdk: ${sdk}\n${more}---\n`

const fastapi = {
  'README.md': card('gradio'),
  'requirements.txt': 'fastapi==0.165.0\nuvicorn==0.54.0\nwebsockets==17.4\n',
  'app.py': `
import uvicorn
from fastapi import FastAPI, Request, WebSocket
app = FastAPI()

@app.get("/")
def home():
    return "draw"

@app.get("/headers")
def headers(request: Request):
    return {"headers": request.headers.raw, "url": str(request.url)}

@app.websocket("/ws")
async def echo(socket: WebSocket):
    await socket.accept()
    await socket.send_json([[name.decode("latin-1"), value.decode("latin-1")] for name, value in socket.headers.raw])
    while True:
        await socket.send_text("echo " + await socket.receive_text())

uvicorn.run(app, host="0.0.0.0", port=int(__import__("os").environ["PORT"]))
`,
}

const streamlit = {
  'README.md': card('streamlit', 'sdk_version: 1.67.0\n'),
  'app.py': `
import streamlit as st
st.title("Board")
name = st.text_input("Name")
if name:
    st.write(f"Hello {name}")
file = st.file_uploader("File")
if file:
    st.write(f"{file.name} holds {len(file.getvalue())} bytes")
`,
}

const fixedPort = (answer: string) => ({
  'README.md': card('gradio'),
  'app.py': `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"${answer}")
http.server.HTTPServer(("127.0.0.1", 7860), Handler).serve_forever()
`,
})

const answering = (expression: string) => `
import http.server, sys
def answer(): return ${expression}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = answer().encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("0.0.0.0", int(__import__("os").environ["PORT"])), Handler).serve_forever()
`

let plaza: TestPlaza
beforeAll(async () => {
  plaza = await TestPlaza.start()
  await Promise.all([
    plaza.publish('alice', 'board', streamlit),
    plaza.publish('alice', 'draw', fastapi),
    plaza.publish('bob', 'one', fixedPort('one')),
    plaza.publish('bob', 'two', fixedPort('two')),
  ])
})
afterAll(async () => await plaza?.[Symbol.asyncDispose]())

/** Opens a websocket. @returns it with all that comes, or the status it was refused with. */
async function connect(
  address: string,
  headers: Record<string, string> = {},
  protocols: string[] = [],
): Promise<{ status: number } | { status: 101; socket: WebSocket; next: () => Promise<string> }> {
  const socket = new WebSocket(address.replace(/^http/, 'ws'), protocols, { headers, handshakeTimeout: 30_000 })
  const waiting: ((text: string) => void)[] = []
  const came: string[] = []
  socket.on('message', (message: Buffer) => {
    const take = waiting.shift()
    if (take) take(message.toString())
    else came.push(message.toString())
  })
  const refused = once(socket, 'unexpected-response').then(([, response]) => (response as IncomingMessage).statusCode)
  const status = await Promise.race([once(socket, 'open').then(() => 101), refused])
  if (status !== 101) return { status: status ?? 0 }
  const next = async () =>
    came.shift() ??
    (await new Promise<string>((resolve, reject) => {
      waiting.push(resolve)
      socket.once('close', () => reject(new Error('the websocket closed')))
    }))
  return { status, socket, next }
}

async function opened(...args: Parameters<typeof connect>) {
  const connection = await connect(...args)
  if (!('socket' in connection)) throw new Error(`The websocket was refused with ${connection.status}.`)
  return connection
}

const byName = (slug: string) => ({ Host: `${slug}.spaces.localhost:${plaza.url.port}` })
const front = () => `http://127.0.0.1:${plaza.url.port}`

const can = await capabilities(undefined)
const apart =
  can.sandbox === undefined ? ' (left out: without bubblewrap and passt no Space has a network of its own)' : ''

test.skipIf(apart !== '')(
  `two apps that both hard-code port 7860 on loopback run at the same time${apart}`,
  async () => {
    await Promise.all([plaza.waitFor('bob/one', 'RUNNING'), plaza.waitFor('bob/two', 'RUNNING')])
    expect(await (await plaza.visit('bob/one')).text()).toBe('one')
    expect(await (await plaza.visit('bob/two')).text()).toBe('two')
  },
)

describe('FastAPI', () => {
  beforeAll(async () => void (await plaza.waitFor('alice/draw', 'RUNNING')))

  test('answers, knows the address that its visitor sees, and talks over a websocket, at both addresses', async () => {
    const host = await plaza.host('alice/draw')
    expect(await (await plaza.visit('alice/draw')).json()).toBe('draw')
    expect(await (await plaza.visit('alice/draw', '/headers')).json()).toMatchObject({ url: `${host}/headers` })
    const named = JSON.parse((await plaza.visitByName('alice-draw', '/headers')).text) as { url: string }
    expect(named.url).toBe(`http://alice-draw.spaces.localhost:${plaza.url.port}/headers`)

    for (const [address, headers] of [
      [host, {}],
      [front(), byName('alice-draw')],
    ] as const) {
      const { socket, next } = await opened(`${address}/ws`, headers)
      await next()
      socket.send('hello')
      expect(await next()).toBe('echo hello')
      socket.send('x'.repeat(300_000))
      expect(await next()).toHaveLength(300_005)
      socket.terminate()
    }
  })

  test('never sees a cookie or a token of the platform, and its own cookies pass', async () => {
    const { token } = plaza.person('alice')
    const signedIn = await fetch(new URL('/api/auth/sign-in/username', plaza.url), {
      method: 'POST',
      headers: { Origin: plaza.url.origin, 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'alice', password: 'alice-password' }),
    })
    const session = signedIn.headers.getSetCookie().map((one) => one.split(';')[0] ?? '')
    expect(session).not.toEqual([])
    // The session as this install names it, as one on https does, and as neighbours of it might.
    const cookies = [...session, 'own=kept', ...session.map((one) => `__Host-${one}`), 'plaza_access=2']
    const secrets = {
      Cookie: cookies.join('; '),
      Authorization: `Bearer ${token}`,
      'X-HF-Authorization': `Bearer ${token}`,
    }
    const seen = await (await plaza.visit('alice/draw', '/headers', { headers: secrets })).text()
    const { socket, next } = await opened(`${await plaza.host('alice/draw')}/ws`, secrets)
    const seenBySocket = await next()
    socket.terminate()
    for (const text of [seen, seenBySocket]) {
      expect(text).toContain('own=kept')
      expect(text).not.toContain('plaza_access')
      for (const cookie of session) expect(text).not.toContain(cookie.split('=')[0])
      expect(text).not.toContain(token)
    }
  })

  test('a second Space with the same requirements installs nothing', async () => {
    await plaza.publish('alice', 'draw-again', fastapi, { private: true })
    const log = await plaza.log('alice/draw-again', 'build')
    expect(log).toContain('nothing to install')
    await plaza.waitFor('alice/draw-again', 'RUNNING')
  })

  describe('a private Space', () => {
    let host: string
    let sign: string
    beforeAll(async () => {
      if ((await plaza.api('GET', '/api/spaces/alice/draw-again')).status === 404) {
        await plaza.publish('alice', 'draw-again', fastapi, { private: true })
      }
      await plaza.waitFor('alice/draw-again', 'RUNNING')
      host = await plaza.host('alice/draw-again')
      sign = (await plaza.json<{ token: string }>('GET', '/api/spaces/alice/draw-again/jwt', 'alice')).token
    })

    test('opens for its owner: by Bearer, X-HF-Authorization, a signed address and the cookie it gives', async () => {
      const { token, readToken } = plaza.person('alice')
      const signed = await fetch(`${host}/?__sign=${sign}`, { redirect: 'manual' })
      const cookie = signed.headers.getSetCookie().map((one) => one.split(';')[0] ?? '')[0] ?? ''
      expect(cookie).not.toBe('')
      const ways: [string, Record<string, string>][] = [
        ['/headers', { Authorization: `Bearer ${token}` }],
        ['/headers', { Authorization: `Bearer ${readToken}` }],
        ['/headers', { 'X-HF-Authorization': `Bearer ${token}` }],
        [`/headers?__sign=${sign}`, {}],
        ['/headers', { Cookie: cookie }],
      ]
      for (const [route, headers] of ways) {
        const answer = await fetch(`${host}${route}`, { headers })
        const text = await answer.text()
        expect([answer.status, text], `${route} ${Object.keys(headers).join()}`).toEqual([
          200,
          expect.stringContaining('headers'),
        ])
        for (const secret of [token, readToken, sign, cookie.split('=')[1] ?? '']) expect(text).not.toContain(secret)

        const { socket, next } = await opened(`${host}${route.replace('/headers', '/ws')}`, headers)
        const seen = await next()
        for (const secret of [token, readToken, cookie.split('=')[1] ?? '']) expect(seen).not.toContain(secret)
        socket.send('me')
        expect(await next()).toBe('echo me')
        socket.terminate()
      }
    })

    test('is not there for anybody else, on HTTP and by websocket, and the answer is that of a Space that is not', async () => {
      const bob = plaza.person('bob').token
      const bobSign = await plaza.api('GET', '/api/spaces/alice/draw-again/jwt', 'bob')
      expect(bobSign.status).toBe(404)
      const strangers: [string, Record<string, string>][] = [
        ['', {}],
        ['', { Authorization: `Bearer ${bob}` }],
        ['', { 'X-HF-Authorization': `Bearer ${bob}` }],
        ['', { Authorization: 'Bearer hf_nonsense' }],
        [`?__sign=${sign.slice(0, -3)}abc`, {}],
        ['?__sign=', {}],
        ['', { Cookie: 'plaza_access=nonsense' }],
      ]
      for (const [query, headers] of strangers) {
        const answer = await fetch(`${host}/headers${query}`, { headers, redirect: 'manual' })
        expect(answer.status, `${query} ${JSON.stringify(headers)}`).toBe(404)
        expect(await answer.text()).not.toContain('user-agent')
        expect(await connect(`${host}/ws${query}`, headers)).toEqual({ status: 404 })
      }
      const hidden = await plaza.visitByName('alice-draw-again', '/')
      const missing = await plaza.visitByName('alice-never-made', '/')
      expect(hidden.status).toBe(missing.status)
      const { requestId: _one, ...told } = JSON.parse(hidden.text) as Record<string, unknown>
      const { requestId: _other, ...toldOfMissing } = JSON.parse(missing.text) as Record<string, unknown>
      expect(told).toEqual(toldOfMissing)
    })

    test("one Space's signed address opens no other", async () => {
      await plaza.publish(
        'bob',
        'private-page',
        { 'README.md': card('static'), 'index.html': 'hello' },
        { private: true },
      )
      await plaza.waitFor('bob/private-page', 'RUNNING')
      expect((await plaza.visit('bob/private-page', `/?__sign=${sign}`)).status).toBe(404)
      const own = await plaza.json<{ token: string }>('GET', '/api/spaces/bob/private-page/jwt', 'bob')
      expect(await (await plaza.visit('bob/private-page', `/?__sign=${own.token}`)).text()).toBe('hello')
    })
  })
})

describe('what a card and its requirements ask for', () => {
  test('python_version chooses the Python, and the app runs in it', async ({ skip }) => {
    const { pythons } = await plaza.json<{ pythons: string[] }>('GET', '/api/plaza/admin', 'root-admin')
    const version = pythons.map((one) => one.split('.').slice(0, 2).join('.')).at(-1)
    if (version === undefined) return skip('this machine has no Python that Spaces can use')
    await plaza.publish('alice', 'versioned', {
      'README.md': card('gradio', `python_version: "${version}"\n`),
      'app.py': answering('sys.version'),
    })
    await plaza.waitFor('alice/versioned', 'RUNNING')
    expect(await (await plaza.visit('alice/versioned')).text()).toMatch(new RegExp(`^${RegExp.escape(version)}\\.`))
  })

  test('pre-requirements.txt is installed first, and both are there', async () => {
    await plaza.publish('alice', 'prepared', {
      'README.md': card('gradio'),
      'pre-requirements.txt': 'iniconfig==2.1.0\n',
      'requirements.txt': 'pluggy==1.6.0\n',
      'app.py': `from importlib.metadata import version\n${answering("version('iniconfig') + ' ' + version('pluggy')")}`,
    })
    await plaza.waitFor('alice/prepared', 'RUNNING')
    expect(await (await plaza.visit('alice/prepared')).text()).toBe('2.1.0 1.6.0')
  })
})

describe('Streamlit', () => {
  beforeAll(async () => void (await plaza.waitFor('alice/board', 'RUNNING', 90_000)))

  test('is healthy, and its websocket opens at both addresses, from a page of either origin', async () => {
    const host = await plaza.host('alice/board')
    const health = await plaza.visit('alice/board', '/_stcore/health')
    expect([health.status, await health.text()]).toEqual([200, 'ok'])
    const stream = '/_stcore/stream'
    const atLoopback = await opened(`${host}${stream}`, { Origin: host }, ['streamlit'])
    atLoopback.socket.terminate()
    const headers = { ...byName('alice-board'), Origin: `http://alice-board.spaces.localhost:${plaza.url.port}` }
    const atName = await opened(`${front()}${stream}`, headers, ['streamlit'])
    atName.socket.terminate()
  })

  const named = chromiumProblem === undefined ? '' : ` (left out: ${chromiumProblem})`
  test.skipIf(chromiumProblem !== undefined)(
    `works in the frame of the platform's page: a word typed, a file uploaded${named}`,
    async () => {
      await using browser = await Chromium.start()
      const page = await (await browser.person()).newPage()
      await page.goto(new URL('/spaces/alice/board', plaza.url).href)
      const app = page.frameLocator('iframe[title="streamlit app"]')
      await app.getByRole('heading', { name: 'Board' }).waitFor()
      await app.getByLabel('Name').fill('Alice')
      await app.getByLabel('Name').press('Enter')
      await app.getByText('Hello Alice').waitFor()
      await app
        .locator('input[type=file]')
        .setInputFiles({ name: 'wind.csv', mimeType: 'text/csv', buffer: Buffer.alloc(70_000, 'a') })
      await app.getByText('wind.csv holds 70000 bytes').waitFor()
      expect(await page.evaluate(() => location.pathname)).toBe('/spaces/alice/board')
    },
  )
})
