import { createServer, type Server, type ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { expect, onTestFinished, test } from 'vitest'
import { BuildError, type LogSink } from '../builder.ts'
import { Unreached } from './failure.ts'
import { defaultBuildLimits, runBuild, type BuildRun } from './run-build.ts'

/** An engine that takes sessions, and answers builds as it is told. */
async function standIn(answers: ((response: ServerResponse) => void)[]) {
  const folder = await mkdtemp(join(tmpdir(), 'plaza-engine-'))
  const server: Server = createServer((request, response) => {
    if (request.url?.includes('/build?')) {
      request.resume()
      request.on('end', () => answers.shift()?.(response))
    } else response.end('OK')
  })
  server.on('upgrade', (_, socket) => {
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(join(folder, 'engine.sock'), resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  })
  const run: BuildRun = {
    context: folder,
    dockerfile: 'Dockerfile',
    labels: {},
    buildArgs: {},
    fresh: false,
    path: process.env['PATH'] ?? '',
    secrets: new Map(),
    credentials: () => undefined,
    steps: [],
    python: '',
    holdErrors: false,
    failure: ({ said }) => new (said.includes('resolving') ? Unreached : BuildError)('installing', said, ''),
  }
  let text = ''
  const log: LogSink = { write: (words) => (text += words), phase: () => undefined, steps: () => undefined }
  const engine = new Docker({ socketPath: join(folder, 'engine.sock') })
  const build = () => runBuild(engine, run, defaultBuildLimits, log, AbortSignal.timeout(20_000), [0.01, 0.02])
  return { build, said: () => text }
}

const image = `${JSON.stringify({ id: 'moby.image.id', aux: { ID: 'sha256:made' } })}\n`

test('a build that the engine dropped is done once more', async () => {
  const { build, said } = await standIn([
    (response) => response.write('{}\n', () => response.destroy()),
    (response) => response.end(image),
  ])
  expect(await build()).toBe('sha256:made')
  expect(said()).toMatch(/engine has stopped: waiting for it/)
})

test('twice is once too often', async () => {
  const { build } = await standIn([(response) => response.destroy(), (response) => response.end('{}\n')])
  await expect(build()).rejects.toThrow('The container engine stopped while it built')
})

test('a failure of the build itself is no such thing', async () => {
  const failed = `${JSON.stringify({ errorDetail: { message: 'exit code: 1' } })}\n`
  const { build, said } = await standIn([(response) => response.end(failed)])
  await expect(build()).rejects.toThrow('exit code: 1')
  expect(said()).toBe('')
})

const away = `${JSON.stringify({ errorDetail: { message: 'Temporary failure resolving' } })}\n`

test('what could not be reached is asked for again', async () => {
  const { build, said } = await standIn([(response) => response.end(away), (response) => response.end(image)])
  expect(await build()).toBe('sha256:made')
  expect(said()).toBe('\nTemporary failure resolving\nTrying again in 0.01 s.\n')
})

test('three times without reaching it is a failure', async () => {
  const { build } = await standIn(Array.from({ length: 3 }, () => (response) => response.end(away)))
  await expect(build()).rejects.toThrow('Temporary failure resolving')
})
