/** A sleeping Space that many visit at once, through the whole platform. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { capabilities } from '../../runtime/local/capabilities.ts'
import { TestPlaza } from '../plaza.ts'
import { probingApp } from '../probing-app.ts'

const isMissing = (await capabilities(undefined)).sandbox === undefined
const browser = '/usr/bin/chromium'
/** Seconds. */
const sleepTime = 5
const limit = 30_000

describe.skipIf(isMissing)('a Space that sleeps (needs bubblewrap and passt: its app keeps a list in /data)', () => {
  let plaza: TestPlaza
  const ids = new Map<string, string>()
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1_000 })

  const publish = async (name: string, options: Parameters<typeof probingApp>[0], sleepTimeSeconds = sleepTime) => {
    ids.set(name, await plaza.createSpace('alice', name, { sleepTimeSeconds }))
    await plaza.push('alice', name, probingApp(options))
    await plaza.waitFor(`alice/${name}`, 'RUNNING')
  }
  const starts = async (name: string) => {
    const file = path.join(plaza.data, 'spaces', ids.get(name) ?? '', 'data', 'starts')
    return (await readFile(file, 'utf8')).trim().split('\n')
  }

  beforeAll(async () => {
    plaza = await TestPlaza.start({ yaml: 'frozenMemory: 0' })
    await Promise.all([
      publish('quick', {}),
      publish('slow', { takes: 3 }),
      publish('broken', { first: 'if starts > 1: time.sleep(1.5); raise SystemExit("the model file is gone")' }),
      publish('page', { takes: 2 }),
      publish('brief', {}, 1),
    ])
  })
  afterAll(async () => {
    agent.destroy()
    await plaza[Symbol.asyncDispose]()
  })

  /** A request at the Space's own address, or by its host name at the platform's. */
  async function ask(name: string, by: 'address' | 'name', options: { route?: string; body?: Buffer } = {}) {
    const { route = '/', body } = options
    const own = new URL(await hostOf(name))
    const request = http.request({
      agent,
      method: body ? 'POST' : 'GET',
      path: route,
      host: by === 'address' ? own.hostname : '127.0.0.1',
      port: plaza.url.port,
      headers: {
        ...(by === 'name' ? { Host: `alice-${name}.spaces.localhost:${plaza.url.port}` } : {}),
        ...(body ? { 'Content-Length': body.length } : {}),
      },
      timeout: limit,
    })
    request.once('timeout', () => request.destroy(new Error('no answer in time')))
    request.end(body)
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text}`)
    return text
  }

  const hosts = new Map<string, Promise<string>>()
  const hostOf = (name: string) => {
    const known = hosts.get(name) ?? plaza.host(`alice/${name}`)
    hosts.set(name, known)
    return known
  }

  async function echo(name: string, by: 'address' | 'name', word: string) {
    const url = (await hostOf(name)).replace('http', 'ws')
    const socket =
      by === 'address'
        ? new WebSocket(`${url}/ws`)
        : new WebSocket(`ws://127.0.0.1:${plaza.url.port}/ws`, {
            headers: { Host: `alice-${name}.spaces.localhost:${plaza.url.port}` },
          })
    const signal = AbortSignal.timeout(limit)
    try {
      socket.on('error', () => {})
      await once(socket, 'open', { signal })
      const heard = once(socket, 'message', { signal })
      socket.send(word)
      const [message] = (await heard) as [Buffer]
      const [first, boot] = message.toString().split(' ')
      return { first, boot }
    } finally {
      socket.terminate()
    }
  }

  /** 200 requests of four kinds and 50 websockets, all in flight before the first is answered. */
  async function rush(name: string): Promise<Set<string | undefined>> {
    const by = (n: number) => (n % 2 ? 'name' : 'address')
    const reads = Array.from({ length: 100 }, async (_, n) => {
      return (JSON.parse(await ask(name, by(n))) as { boot: string }).boot
    })
    const posts = Array.from({ length: 80 }, async (_, n) => {
      const body = randomBytes(n === 0 ? 5_000_000 : 20_000 + n)
      const answer = JSON.parse(await ask(name, by(n), { body })) as { boot: string; sha256: string }
      expect(answer.sha256).toBe(createHash('sha256').update(body).digest('hex'))
      return answer.boot
    })
    const streams = Array.from({ length: 20 }, async (_, n) => {
      const events = (await ask(name, by(n), { route: '/events' })).trim().split('\n\n')
      expect(events).toHaveLength(5)
      return events[0]?.split(' ')[2]
    })
    const sockets = Array.from({ length: 50 }, async (_, n) => {
      const { first, boot } = await echo(name, by(n), `word-${n}`)
      expect(first).toBe(`word-${n}`)
      return boot
    })
    return new Set(await Promise.all([...reads, ...posts, ...streams, ...sockets]))
  }

  test.each(['quick', 'slow'])(
    '200 requests and 50 websockets at once: one start, every one answered, none dropped (an app that starts %sly)',
    async (name) => {
      await plaza.waitFor(`alice/${name}`, 'SLEEPING')
      const before = await starts(name)
      const answeredBy = await rush(name)
      const after = await starts(name)
      expect(after).toHaveLength(before.length + 1)
      expect([...answeredBy]).toEqual(after.slice(-1))
    },
  )

  test('one that is in use stays awake, however short its sleep time', async () => {
    await plaza.waitFor('alice/brief', 'SLEEPING')
    const { boot } = JSON.parse(await ask('brief', 'address')) as { boot: string }
    const until = Date.now() + 7_000
    while (Date.now() < until) {
      expect(JSON.parse(await ask('brief', 'address'))).toMatchObject({ boot })
      await sleep(250)
    }
    await plaza.waitFor('alice/brief', 'SLEEPING')
  })

  test('those who leave while they wait do not keep the others from being answered', async () => {
    await plaza.waitFor('alice/slow', 'SLEEPING')
    const before = await starts('slow')
    const { hostname } = new URL(await hostOf('slow'))
    const leavers = Array.from({ length: 20 }, () => {
      const request = http.request({ host: hostname, port: plaza.url.port, agent: false })
      request.on('error', () => {})
      request.end()
      return request
    })
    const answer = ask('slow', 'address')
    await plaza.waitFor('alice/slow', 'APP_STARTING')
    for (const request of leavers) request.destroy()
    expect(JSON.parse(await answer)).toMatchObject({ starts: before.length + 1 })
    expect(await starts('slow')).toHaveLength(before.length + 1)
  })

  test('requests and websockets that wait for a start which fails are told why', async () => {
    await plaza.waitFor('alice/broken', 'SLEEPING')
    const refused = await Promise.allSettled([
      ask('broken', 'address'),
      ask('broken', 'name', { body: Buffer.alloc(10_000) }),
      echo('broken', 'name', 'hello'),
    ])
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    const { stage, errorMessage } = await plaza.runtime('alice/broken')
    expect({ stage, errorMessage }).toEqual({
      stage: 'RUNTIME_ERROR',
      errorMessage: expect.stringContaining('the model file is gone'),
    })
    const [get, post, socket] = refused.map((one) => String(one.status === 'rejected' && one.reason))
    for (const words of [get, post]) {
      expect(words).toMatch(/^Error: 503 /)
      expect(words).toContain(`"errorMessage":${JSON.stringify(errorMessage)}`)
    }
    expect(socket).toContain('503')
  })

  test.skipIf(!existsSync(browser))(
    'a browser sees a page that says so, and that turns into the app (needs /usr/bin/chromium)',
    async () => {
      await plaza.waitFor('alice/page', 'SLEEPING')
      const folder = await mkdtemp(path.join(tmpdir(), 'plaza-chromium-'))
      const context = await chromium.launchPersistentContext(folder, {
        executablePath: browser,
        headless: true,
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      })
      try {
        const page = await context.newPage()
        const answer = await page.goto(`http://alice-page.spaces.localhost:${plaza.url.port}/page`)
        expect(answer?.status()).toBe(503)
        expect(await page.title()).not.toBe('App')
        await page.waitForSelector('#app', { timeout: limit })
        expect(await starts('page')).toHaveLength(2)
      } finally {
        await context.close()
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})
