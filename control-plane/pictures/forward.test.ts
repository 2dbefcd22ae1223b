import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { forwardTo } from './forward.ts'

const page = (url: URL) => fetch(url, { signal: AbortSignal.timeout(5_000) })

test('an app elsewhere answers at a port of loopback, until that is over', async () => {
  const app = http.createServer((request, response) => response.end(`${request.method} ${request.url}`))
  app.listen(0, '127.0.0.9')
  await once(app, 'listening')
  const { port } = app.address() as AddressInfo
  const forward = await forwardTo({ host: '127.0.0.9', port })
  expect(forward.url.hostname).toBe('127.0.0.1')
  const answer = await page(new URL('/a?b', forward.url))
  expect(await answer.text()).toBe('GET /a?b')
  await forward[Symbol.asyncDispose]()
  await expect(page(forward.url)).rejects.toThrow()
  app.closeAllConnections()
  app.close()
  await once(app, 'close')
})

test('where nobody answers, neither does the port', async () => {
  const app = http.createServer().listen(0, '127.0.0.9')
  await once(app, 'listening')
  const { port } = app.address() as AddressInfo
  app.close()
  await once(app, 'close')
  await using forward = await forwardTo({ host: '127.0.0.9', port })
  await expect(page(forward.url)).rejects.toThrow()
})
