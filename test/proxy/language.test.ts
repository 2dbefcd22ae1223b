/** The proxy's own pages speak the language of the visitor's browser; programs get the same answer in every language. */
import { once } from 'node:events'
import http from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { testDatabase } from '../store/database.ts'
import { type Gate, openGate, until } from './gate.ts'

const chinese = 'zh-CN,zh;q=0.9,en;q=0.8'

function ask(gate: Gate, slug: string, route: string, headers: Record<string, string>): http.ClientRequest {
  const request = http.get({
    host: '127.0.0.1',
    port: gate.port,
    path: route,
    headers: { Host: gate.host(slug), ...headers },
    agent: false,
  })
  onTestFinished(() => void request.destroy())
  return request
}

async function page(gate: Gate, slug: string, headers: Record<string, string>): Promise<string> {
  const [response] = (await once(ask(gate, slug, '/', headers), 'response')) as [http.IncomingMessage]
  let text = ''
  for await (const piece of response.setEncoding('utf8')) text += piece
  return text
}

test('a waiting page and the page of nothing are in the language that the browser asks for', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  await gate.space('asleep', { stage: { title: 'Tides' } })
  await gate.space('paused', { stage: { stage: 'PAUSED', willStart: false, title: 'Tides' } })
  await gate.space('failed', { stage: { stage: 'BUILD_ERROR', willStart: false, errorMessage: 'No numpy.' } })
  const person = { Accept: 'text/html', 'Accept-Language': chinese }
  const asleep = await page(gate, 'asleep', person)
  expect(asleep).toContain('<html lang="zh">')
  expect(asleep).toContain('<title>Tides：正在唤醒</title>')
  expect(asleep).toContain('此页面会自动变成应用。')
  expect(asleep).not.toMatch(/Waking|turns into|Open its/)
  expect(await page(gate, 'paused', person)).toContain('已暂停')
  // What a build said is its own.
  expect(await page(gate, 'failed', person)).toMatch(/构建失败.*No numpy\./s)
  expect(await page(gate, 'nowhere', person)).toContain('这里没有 Space')
  const english = await page(gate, 'asleep', { ...person, 'Accept-Language': 'fr' })
  expect(english).toContain('<html lang="en">')
  expect(english).toContain('Waking up')
})

test('the feed of a waiting page goes on in its language', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  const id = await gate.space('one')
  const [response] = (await once(ask(gate, 'one', '/.plaza/events', { 'Accept-Language': chinese }), 'response')) as [
    http.IncomingMessage,
  ]
  let told = ''
  response.setEncoding('utf8').on('data', (piece: string) => (told += piece))
  response.on('error', () => {})
  await until(() => told.includes('正在唤醒'))
  const queued = { name: 'queued', startedAt: new Date(), position: 3 }
  gate.stages.set(id, { ...gate.stages.get(id)!, stage: 'BUILDING', phase: queued })
  await until(() => told.includes('在队列中排第 3 位。'))
})

test('a program is answered in English whatever it asks for', async () => {
  await using db = await testDatabase()
  await using gate = await openGate(db.store)
  const answer = await page(gate, 'nowhere', { Accept: 'application/json', 'Accept-Language': chinese })
  expect(JSON.parse(answer)).toMatchObject({ code: 'not_found', error: expect.stringMatching(/^There is no Space/) })
})
