/** How long a sleeping Space takes to answer its first visitor: frozen and stopped, on both drivers, beside a bare start of the same app. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestPlaza, type TestPlazaOptions } from '../plaza.ts'
import { benchEngine } from './engine.ts'
import { print } from './results.ts'
import { median, seconds } from './times.ts'

const rounds = 5
const limit = 60_000
const aims = { frozen: 0.1, stopped: 0.5 }

const app = `
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *a): pass
    def do_GET(self):
        self.send_response(200); self.send_header('Content-Length', '2'); self.end_headers(); self.wfile.write(b'hi')
http.server.ThreadingHTTPServer(('0.0.0.0', int(os.environ['PORT'])), Handler).serve_forever()
`

export async function wake(): Promise<void> {
  print(`A plain Python server falls asleep and is visited, ${rounds} rounds, median (each) in seconds.`)
  const bare = await bareStarts()
  print(`  bare: python app.py until it answers  ${told(bare)}\n`)
  await driver('processes', {}, bare)
  await using engine = await benchEngine((why) => print(`containers: not measured, ${why}`))
  if (engine) await driver('containers', { docker: { host: engine.host, images: engine.images } }, bare)
}

async function driver(name: string, options: TestPlazaOptions, bare: readonly number[]): Promise<void> {
  print(name)
  const frozen = await wakes({ ...options, yaml: 'frozenMemory: 1Gi' })
  print(`  frozen   ${told(frozen)}, aim ≤ ${aims.frozen} s: ${judged(median(frozen) <= aims.frozen)}`)
  const stopped = await wakes({ ...options, yaml: 'frozenMemory: 0' })
  const late = median(stopped) - median(bare)
  print(
    `  stopped  ${told(stopped)}, bare + ${late.toFixed(3)}, aim ≤ bare + ${aims.stopped} s: ${judged(late <= aims.stopped)}`,
  )
}

async function wakes(options: TestPlazaOptions): Promise<number[]> {
  await using plaza = await TestPlaza.start({ ...options, embeddedStore: true })
  await plaza.createSpace('alice', 'nap', { sleepTimeSeconds: 3 })
  await plaza.push('alice', 'nap', { 'README.md': '---\nsdk: gradio\n---\n', 'app.py': app })
  await plaza.waitFor('alice/nap', 'RUNNING', limit)
  const host = await plaza.host('alice/nap')
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    await plaza.waitFor('alice/nap', 'SLEEPING', limit)
    // What was ended ends behind the stage that people see.
    await sleep(1_000)
    const start = performance.now()
    const answer = await fetch(host, { signal: AbortSignal.timeout(limit) })
    if ((await answer.text()) !== 'hi') throw new Error(`The Space answered ${answer.status}.`)
    times.push(seconds(start))
  }
  return times
}

async function bareStarts(): Promise<number[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plaza-bench-wake-'))
  try {
    await writeFile(path.join(folder, 'app.py'), app)
    const times: number[] = []
    for (let round = 0; round < rounds; round++) times.push(await bareStart(folder))
    return times
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function bareStart(folder: string): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  const start = performance.now()
  const child = spawn('/usr/bin/python3', ['app.py'], { cwd: folder, env: { PORT: String(port) }, stdio: 'ignore' })
  try {
    while (seconds(start) < limit / 1000) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
      if ((await answer?.text()) === 'hi') return seconds(start)
      await sleep(5)
    }
    throw new Error('The bare app did not answer.')
  } finally {
    child.kill('SIGKILL')
  }
}

const told = (times: readonly number[]) =>
  `${median(times).toFixed(3)}  (${times.map((time) => time.toFixed(3)).join(', ')})`
const judged = (met: boolean) => (met ? 'met' : 'MISSED')
