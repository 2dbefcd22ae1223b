import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'

let plaza: TestPlaza
beforeAll(async () => {
  plaza = await TestPlaza.start()
})
afterAll(async () => await plaza[Symbol.asyncDispose]())

const card = (sdk: string, more = '') => `---\ntitle: Hello\nemoji: 👋\nsdk: ${sdk}\n${more}---\n`
const server = (answer: string) => `
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"${answer}")
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
`

test('a static page is live after a push, at its own address and its own host name', async () => {
  const sha = await plaza.publish('alice', 'page', { 'README.md': card('static'), 'index.html': '<h1>Hello</h1>' })
  const runtime = await plaza.waitFor('alice/page', 'RUNNING')
  expect(runtime).toMatchObject({ sha, sdk: 'static', hardware: { current: null } })
  expect(await (await plaza.visit('alice/page')).text()).toBe('<h1>Hello</h1>')
  expect((await plaza.visitByName('alice-page', '/')).text).toBe('<h1>Hello</h1>')
})

test('a plain Python server runs; a new commit replaces it, a failed one leaves it serving, a roll back is one call', async () => {
  const first = await plaza.publish('alice', 'server', { 'README.md': card('gradio'), 'app.py': server('one') })
  expect(await plaza.waitFor('alice/server', 'RUNNING')).toMatchObject({ sha: first })
  expect(await (await plaza.visit('alice/server')).text()).toBe('one')

  const second = await plaza.push('alice', 'server', { 'README.md': card('gradio'), 'app.py': server('two') })
  await plaza.waitFor('alice/server', (runtime) => runtime.stage === 'RUNNING' && runtime.sha === second)
  expect(await (await plaza.visit('alice/server')).text()).toBe('two')

  await plaza.push('alice', 'server', { 'README.md': card('gradio'), 'app.py': 'raise SystemExit("no")' })
  const failed = await plaza.waitFor('alice/server', (runtime) => runtime.errorMessage !== undefined)
  expect(failed).toMatchObject({ stage: 'RUNNING', sha: second })
  expect(await (await plaza.visit('alice/server')).text()).toBe('two')

  await plaza.json('POST', '/api/plaza/spaces/alice/server/rollback', 'alice', { sha: first })
  await plaza.waitFor('alice/server', (runtime) => runtime.stage === 'RUNNING' && runtime.sha === first)
  expect(await (await plaza.visit('alice/server')).text()).toBe('one')
})

test('it sleeps after the seconds that its owner set, and a request wakes it and is answered', async () => {
  await plaza.publish('bob', 'sleeper', { 'README.md': card('gradio'), 'app.py': server('awake') })
  await plaza.waitFor('bob/sleeper', 'RUNNING')
  await plaza.json('POST', '/api/spaces/bob/sleeper/sleeptime', 'bob', { seconds: 1 })
  await plaza.waitFor('bob/sleeper', 'SLEEPING')
  expect(await (await plaza.visit('bob/sleeper')).text()).toBe('awake')
})
