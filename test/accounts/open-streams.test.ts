/** Streams that are open when what their reader may do changes. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { TestPlaza } from '../plaza.ts'

let plaza: TestPlaza
beforeAll(async () => {
  plaza = await TestPlaza.start({ people: ['carol', 'dora'] })
})
afterAll(async () => await plaza?.[Symbol.asyncDispose]())

const limit = 20_000
const page = { 'README.md': '---\ntitle: Tide\nsdk: static\n---\n', 'index.html': '<h1>Tide</h1>' }
const app = {
  'README.md': '---\ntitle: Talker\nsdk: gradio\n---\n',
  'app.py': `import http.server, os
print("here we are", flush=True)
http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler).serve_forever()
`,
}

async function signIn(name: string): Promise<string> {
  const answer = await fetch(new URL('/api/auth/sign-in/username', plaza.url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: plaza.url.origin },
    body: JSON.stringify({ username: name, password: `${name}-password` }),
  })
  const cookies = answer.headers.getSetCookie().map((one) => one.split(';')[0])
  return cookies.join('; ')
}

class Stream {
  /** 'left' where it was not the server that ended it. */
  readonly ended: Promise<'ended' | 'left'>
  text = ''
  readonly #heard = new Set<() => void>()

  private constructor(body: ReadableStream<Uint8Array>) {
    this.ended = this.#read(body).then(
      () => 'ended',
      () => 'left',
    )
  }

  static async open(route: string, headers: Record<string, string> = {}): Promise<Stream> {
    const leave = new AbortController()
    onTestFinished(() => leave.abort())
    const answer = await fetch(new URL(route, plaza.url), { headers, signal: leave.signal })
    if (answer.status !== 200 || !answer.body) throw new Error(`${route} answered ${answer.status}`)
    return new Stream(answer.body)
  }

  /** @throws Error with what it said instead, when time is up. */
  async says(words: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => this.text.includes(words) && resolve()
    const timer = setTimeout(() => reject(new Error(`no ${words} in: ${this.text}`)), limit)
    this.#heard.add(look)
    look()
    await promise.finally(() => {
      clearTimeout(timer)
      this.#heard.delete(look)
    })
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      this.text += decoder.decode(chunk, { stream: true })
      for (const heard of this.#heard) heard()
    }
  }
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const metrics = (id: string) => `/api/spaces/${id}/metrics`
const events = '/api/plaza/events'
const hide = async (id: string, isPrivate: boolean) =>
  await plaza.json('PUT', `/api/spaces/${id}/settings`, 'alice', { private: isPrivate })

test(
  'who could see a Space until it became private is told that one has gone, and not which',
  { timeout: 60_000 },
  async () => {
    await plaza.publish('alice', 'tide', page)
    await plaza.waitFor('alice/tide', 'RUNNING')
    const stranger = await Stream.open(events)
    const bob = await Stream.open(events, bearer(plaza.person('bob').token))
    const alice = await Stream.open(events, bearer(plaza.person('alice').token))
    for (const one of [stranger, bob, alice]) await one.says('hello')
    await hide('alice/tide', true)
    await stranger.says('{"space":null,')
    await bob.says('{"space":null,')
    await alice.says('alice/tide')
    const told = stranger.text
    // What happens to it from now on is told to its owner alone; what is public comes after it, and is heard.
    await plaza.json('POST', '/api/spaces/alice/tide/sleeptime', 'alice', { seconds: 7200 })
    await hide('alice/tide', true)
    await plaza.createSpace('alice', 'after')
    await stranger.says('alice/after')
    expect(stranger.text.slice(told.length)).not.toContain('null')
    expect(stranger.text + bob.text).not.toContain('tide')
  },
)

test(
  'what a Space uses is told to nobody whom it is hidden from, and on to who still sees it',
  { timeout: 60_000 },
  async () => {
    await plaza.publish('alice', 'watched', page)
    await plaza.waitFor('alice/watched', 'RUNNING')
    const stranger = await Stream.open(metrics('alice/watched'))
    const bob = await Stream.open(metrics('alice/watched'), bearer(plaza.person('bob').token))
    const alice = await Stream.open(metrics('alice/watched'), bearer(plaza.person('alice').token))
    for (const one of [stranger, bob, alice]) await one.says('cpu_usage_pct')
    await hide('alice/watched', true)
    expect(await Promise.all([stranger.ended, bob.ended])).toEqual(['ended', 'ended'])
    alice.text = ''
    await alice.says('cpu_usage_pct')
    await plaza.api('DELETE', '/api/repos/delete', 'alice', { type: 'space', name: 'watched' })
    expect(await alice.ended).toBe('ended')
  },
)

test('all streams of an account that is disabled end, and others go on', { timeout: 90_000 }, async () => {
  await plaza.publish('carol', 'talker', app)
  await plaza.waitFor('carol/talker', 'RUNNING')
  const cookie = { Cookie: await signIn('carol') }
  const token = bearer(plaza.person('carol').token)
  const log = '/api/spaces/carol/talker/logs/run'
  const hers = [
    await Stream.open(log, cookie),
    await Stream.open(log, token),
    await Stream.open(metrics('carol/talker'), cookie),
    await Stream.open(events, cookie),
    await Stream.open(events, token),
  ]
  const administrator = await Stream.open(log, bearer(plaza.person('root-admin').token))
  for (const one of [hers[0], hers[1], administrator]) await one?.says('here we are')
  const answer = await fetch(new URL('/api/plaza/admin/users/carol', plaza.url), {
    method: 'PATCH',
    headers: { Cookie: await signIn('root-admin'), Origin: plaza.url.origin, 'Content-Type': 'application/json' },
    body: JSON.stringify({ disabled: true }),
  })
  expect(answer.status).toBe(200)
  expect(await Promise.all(hers.map(async (one) => await one.ended))).toEqual(hers.map(() => 'ended'))
  expect(await Promise.race([administrator.ended, administrator.says('Application startup')])).toBeUndefined()
})

test(
  'the streams of a session that is ended elsewhere end, and those of the others go on',
  { timeout: 60_000 },
  async () => {
    const [first, second] = [await signIn('dora'), await signIn('dora')]
    const [left, right] = [await Stream.open(events, { Cookie: first }), await Stream.open(events, { Cookie: second })]
    for (const one of [left, right]) await one.says('hello')
    const signedOut = await fetch(new URL('/api/auth/sign-out', plaza.url), {
      method: 'POST',
      headers: { Cookie: first, Origin: plaza.url.origin, 'Content-Type': 'application/json' },
      body: '{}',
    })
    expect(signedOut.status).toBe(200)
    expect(await left.ended).toBe('ended')
    await plaza.createSpace('dora', 'still-heard')
    await right.says('dora/still-heard')
  },
)
